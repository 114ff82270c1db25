//! Names that nobody wrote: of an identity's sequence, of partitions and of what they hold.

use eventcore_schema_model::constraint::Key;
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::validate::Code::*;

use crate::shapes::{archive, guarded_leaf, log, monthly, orders, shop};
use crate::{Case, case};

/// A table whose identity column's sequence is `<table>_<column>_seq`.
fn numbered(table: &str, column: &str) -> Table {
    let column = Column::new(column, DataType::BigInt).identity(Identity::Always);
    Table::new(table).column(column)
}

fn plain(name: &str) -> Table {
    Table::new(name).column(Column::new("id", DataType::Uuid))
}

/// A log whose partitions have a key `position_key` and an index `remark` of their own.
fn keyed_log(policy: PartitionPolicy) -> Schema {
    let leaf = guarded_leaf()
        .constraint(Constraint::unique("position_key", Key::new(["position"])))
        .index(Index::new("remark", ["remark"]));
    archive(log(policy.leaf(leaf)))
}

pub(super) fn cases() -> Vec<Case> {
    let identity = || Schema::new("shop").table(numbered("parcels", "id"));
    let with_default = || keyed_log(monthly().default_partition().detach_blocking());
    let long = ("t".repeat(40), "c".repeat(40));
    let cut = format!("{}_{}_seq", "t".repeat(29), "c".repeat(29));
    let accented = (format!("ta{}", "é".repeat(28)), "c".repeat(40));
    let cut_between = format!("ta{}_{}_seq", "é".repeat(13), "c".repeat(29));
    let sequence = |name: &str| identity().sequence(Sequence::new(name));
    vec![
        case(SM003, "an identity's sequence", sequence("parcels_id_seq")),
        case(
            SM003,
            "an index named as an identity's sequence",
            identity().table(orders().index(Index::new("parcels_id_seq", ["note"]))),
        ),
        case(
            SM003,
            "an identity's sequence, cut to 63 bytes",
            shop(numbered(&long.0, &long.1)).sequence(Sequence::new(cut.as_str())),
        ),
        case(
            SM003,
            "an identity's sequence, cut between characters",
            shop(numbered(&accented.0, &accented.1)).sequence(Sequence::new(cut_between.as_str())),
        ),
        case(
            SM003,
            "two identities whose sequences have one name",
            shop(numbered("a_b", "c")).table(numbered("a", "b_c")),
        ),
        case(
            SM003,
            "a table named as the default partition",
            with_default().table(plain("log_default")),
        ),
        case(
            SM003,
            "a table named as a key of the default partition",
            with_default().table(plain("log_default_position_key")),
        ),
        case(
            SM003,
            "a table named as a key of a partition",
            keyed_log(monthly()).table(plain("log_2026_01_position_key")),
        ),
        case(
            SM003,
            "a sequence named as an index of a partition",
            keyed_log(monthly()).sequence(Sequence::new("log_2026_01_remark")),
        ),
    ]
}

#[test]
fn names_that_only_look_like_those_of_partitions_are_free() {
    let schema = keyed_log(monthly())
        .table(plain("log_default"))
        .table(plain("log_2026_01_note"))
        .table(plain("log_2026_position_key"))
        .table(numbered("parcels", "id"))
        .sequence(Sequence::new(QualifiedName::new("other", "parcels_id_seq")));
    validate(schema).unwrap();
}
