//! Documentation of a schema, for people. Knows Markdown and Mermaid; what SQL looks like is `sql`'s business.

mod access;
mod diagram;
mod markdown;
mod partitions;
mod schema_md;
mod tables;

pub use schema_md::schema_md;
