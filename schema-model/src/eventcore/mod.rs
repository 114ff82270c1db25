//! The EventCore schema as code.
