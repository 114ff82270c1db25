//! The parameters that several queries share.

use crate::query::Param;
use crate::ty::DataType;

/// Where a page begins.
pub(super) fn after() -> Param {
    Param::new(
        "after",
        DataType::BigInt,
        "Only events after this position; 0 for all.",
    )
}

/// How long a page is.
pub(super) fn limit() -> Param {
    Param::new("max_events", DataType::BigInt, "How many events at most.")
}
