//! Rendering: objects of a definition as SQL text, one file a kind. Knows nothing of files, migrations or
//! the order of statements.
//!
//! Every function returns complete statements, each ending in `;` and a line end, with qualified names,
//! and the object's `COMMENT ON` behind it. Blank lines between objects are the caller's.

mod alter_table;
mod change;
mod column;
mod comment;
mod constraint;
mod expr;
mod extension;
mod grant;
mod index;
mod keywords;
mod layout;
mod migration;
mod namespace;
mod partition;
mod privileges;
mod query;
mod quote;
mod routine;
mod sequence;
mod settings;
mod storage;
mod table;
mod template;
mod trigger;
mod ty;
mod user_type;
mod view;

pub(crate) use comment::comment_lines;
pub use constraint::constraint_definition;
pub use eventcore_schema_model::lexer;
pub use expr::expr;
pub use extension::create_extension;
pub use grant::grant;
pub use index::create_index;
pub use migration::{migration, whole_schema};
pub use namespace::create_namespace;
pub(crate) use partition::bound;
pub use partition::partition_routines;
pub use privileges::owner_alone;
pub use query::{prepare_header_types, query_text};
pub use quote::{qualified, quote_ident, quote_literal};
pub use routine::{create_routine, routine_signature};
pub use sequence::create_sequence;
pub use settings::{pin_session, pinned};
pub use table::create_table;
pub use template::{RenderError, template};
pub use trigger::create_trigger;
pub use ty::data_type;
pub use user_type::create_type;
pub use view::create_view;
