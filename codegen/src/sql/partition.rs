//! Partitions: the routines that make, drop and list them.

use eventcore_schema_model::routine::Routine;
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::table::Table;

/// The routines of a partition policy; none without one.
pub fn partition_routines(_schema: &Schema, _table: &Table) -> Vec<Routine> {
    Vec::new()
}
