//! Declared partitions, and how they change.

use eventcore_schema_model::constraint::Key;
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::validate::Code::*;

use crate::shapes::{archive, log, monthly};
use crate::{Case, case, change};

fn parts(partitioning: Partitioning) -> Table {
    Table::new("parts")
        .column(Column::new("id", DataType::Integer))
        .column(Column::new("kind", DataType::VarChar(4)))
        .partitioned(partitioning)
}

fn shop(table: Table) -> Schema {
    Schema::new("shop").table(table)
}

/// A table of these partitions.
fn of<const N: usize>(key: PartitionKey, bounds: [PartitionBound; N]) -> Schema {
    let by = bounds.into_iter().enumerate();
    shop(parts(by.fold(Partitioning::by(key), |by, (at, bound)| {
        by.partition(Partition::new(format!("parts_{at}"), bound))
    })))
}

fn range() -> PartitionKey {
    PartitionKey::range(["id"])
}

fn list() -> PartitionKey {
    PartitionKey::list("kind")
}

fn kinds() -> Partitioning {
    Partitioning::by(list())
        .partition(Partition::new("parts_a", PartitionBound::list(["a"])))
        .partition(Partition::new("parts_b", PartitionBound::list(["b"])))
}

/// The table with a default of a column.
fn defaulted(mut table: Table, column: &str, value: impl Into<Expr>) -> Table {
    let mut columns = table.columns.iter_mut();
    if let Some(column) = columns.find(|it| it.name == *column) {
        column.default = Some(value.into());
    }
    table
}

/// Parts of kind `b` partitioned again.
fn deeper(below: Partitioning) -> Partitioning {
    let mut kinds = kinds();
    kinds.partitions[1].partitioning = Some(Box::new(below));
    kinds
}

#[rustfmt::skip] // a case a line
pub(super) fn cases() -> Vec<Case> {
    let hash = || PartitionKey::hash(["id"]);
    let without_b = || Partitioning::by(list()).partition(kinds().partitions.remove(0));
    let unique = || Constraint::unique("id_key", Key::new(["id"]));
    vec![
        case(SM100, "another kind of bound", of(range(), [PartitionBound::list([1])])),
        case(SM100, "too few values", of(PartitionKey::range(["id", "kind"]), [PartitionBound::range([1], [2])])),
        case(SM100, "a value of another type", of(range(), [PartitionBound::range(["one"], ["two"])])),
        case(SM100, "a text for a number", of(range(), [PartitionBound::range(["1x"], ["2"])])),
        case(SM100, "a number too large", of(range(), [PartitionBound::range([1], [3_000_000_000_i64])])),
        case(SM100, "a text too long", of(list(), [PartitionBound::list(["abcde"])])),
        case(SM100, "NULL in a range", of(range(), [PartitionBound::range([BoundValue::Min], [BoundValue::Value(Literal::Null)])])),
        case(SM100, "a value behind an open end", of(PartitionKey::range(["id", "kind"]), [
            PartitionBound::range([BoundValue::Min, BoundValue::from("a")], [BoundValue::Max, BoundValue::Max])])),
        case(SM100, "a remainder too large", of(hash(), [PartitionBound::hash(2, 2)])),
        case(SM100, "a default of a hash", of(hash(), [PartitionBound::Default])),
        case(SM060, "a list of nothing", of(list(), [PartitionBound::List(Vec::new())])),
        case(SM101, "nothing between", of(range(), [PartitionBound::range([5], [5])])),
        case(SM101, "ranges that overlap", of(range(), [PartitionBound::range([1], [5]), PartitionBound::range([4], [9])])),
        case(SM101, "a value in two lists", of(list(), [PartitionBound::list(["a", "b"]), PartitionBound::list(["b"])])),
        case(SM101, "moduli that do not divide each other", of(hash(), [PartitionBound::hash(2, 0), PartitionBound::hash(3, 1)])),
        case(SM101, "a remainder twice", of(hash(), [PartitionBound::hash(2, 1), PartitionBound::hash(4, 3)])),
        case(SM101, "two defaults", of(range(), [PartitionBound::Default, PartitionBound::Default])),
        case(SM100, "a value that a domain refuses", {
            let small = Domain::new("small", DataType::Integer).check("small_check", value().lt(10));
            let table = Table::new("parts").column(Column::new("id", DataType::named("small")));
            let by = Partitioning::by(PartitionKey::list("id")).partition(Partition::new("parts_0", PartitionBound::list([12])));
            shop(table.partitioned(by)).user_type(small)
        }),
        case(SM103, "a default of no list", shop(defaulted(parts(kinds()), "kind", "c"))),
        case(SM103, "a default between ranges", shop(defaulted(parts(Partitioning::by(range()).partition(Partition::new("parts_0", PartitionBound::range([10], [20])))), "id", 20))),
        case(SM103, "random ids under months", archive(defaulted(log(monthly()), "id", call(Function::GenRandomUuid, <[Expr; 0]>::default())))),
        case(SM003, "partitions of a table's former name", {
            let mut former = log(monthly()).renamed_from("log");
            former.name = Table::new("old").name;
            archive(former).table(log(monthly().routines("c", "d", "m", "l")))
        }),
        case(SM102, "beside a policy", {
            let mut table = log(monthly());
            let partition = Partition::new("log_rest", PartitionBound::Default);
            table.partitioning = table.partitioning.map(|by| by.partition(partition));
            archive(table)
        }),
        case(SM102, "a template below the table", shop(parts(deeper(Partitioning::by(range()).leaf(LeafTemplate::default().storage("fillfactor", 80)))))),
        case(SM014, "the key of a partition of a partition", shop(parts(deeper(Partitioning::by(range()))).constraint(Constraint::unique("parts_key", Key::new(["kind"]))))),
        case(SM037, "a policy of lists", {
            let policy = PartitionPolicy::monthly(BoundEncoding::UuidV7);
            shop(Table::new("parts").column(Column::new("id", DataType::Uuid)).partition_by_policy(PartitionKey::list("id"), policy))
        }),
        case(SM008, "a key of a partition", shop(parts(deeper(Partitioning::by(PartitionKey::list("color")))))),
        case(SM003, "a partition", shop(parts(kinds())).table(Table::new("parts_a").column(Column::new("id", DataType::Integer)))),
        case(SM003, "a partition's key", shop(parts(kinds().leaf(LeafTemplate::default().constraint(unique()))))
            .table(Table::new("parts_a_id_key").column(Column::new("id", DataType::Integer)))),
        case(SM002, "a partition's key", shop(parts(Partitioning::by(list()).leaf(LeafTemplate::default().constraint(unique()))
            .partition(Partition::new("p".repeat(60), PartitionBound::Default))))),
        case(SM003, "a type named as a partition", archive(log(monthly())).user_type(EnumType::new("log_2026_01", ["a"]))),
        case(SM040, "rows that are later than what is kept", archive(log(monthly().late_days(90).retain_months(1)))),
        case(SM010, "a policy's routine", archive(log(monthly().before_drop("nowhere")))),
        case(SM048, "a policy's routine without an argument", archive(log(monthly().before_drop("told"))).routine(Routine::new("told", Returns::Void, "BEGIN END"))),
        change(SM071, "a partition without a word", shop(parts(kinds())), shop(parts(without_b()))),
        change(SM072, "a partition that is kept by now", shop(parts(without_b()).drop_partition("parts_b", "sold")), shop(parts(without_b()).detach_partition("parts_b", "sold"))),
        change(SM072, "a partition that is to go after it was kept", shop(parts(without_b()).detach_partition("parts_b", "sold")), shop(parts(without_b()).drop_partition("parts_b", "sold"))),
        change(SM072, "a partition that is to go and to be kept", shop(parts(kinds())), shop(parts(without_b()).drop_partition("parts_b", "sold").detach_partition("parts_b", "sold"))),
        change(SM076, "a partition named as a detached one", shop(parts(without_b()).detach_partition("parts_b", "sold")), shop(parts(kinds()))),
        change(SM076, "a table named as a detached partition", shop(parts(kinds())), shop(parts(without_b()).detach_partition("parts_b", "sold")).table(Table::new("parts_b").column(Column::new("id", DataType::Integer)))),
        change(SM072, "a partition that stays", shop(parts(kinds())), shop(parts(kinds()).drop_partition("parts_b", "sold"))),
        change(SM072, "a partition that never was", shop(parts(kinds())), shop(parts(kinds()).detach_partition("parts_c", "sold"))),
        change(SM070, "a partition renamed from nothing", shop(parts(kinds())), {
            let mut kinds = kinds();
            kinds.partitions.push(Partition::new("parts_c", PartitionBound::list(["c"])).renamed_from("parts_d"));
            shop(parts(kinds))
        }),
        change(SM076, "another key", shop(parts(kinds())), of(hash(), [PartitionBound::hash(1, 0)])),
        change(SM076, "other bounds", shop(parts(kinds())), {
            let mut kinds = kinds();
            kinds.partitions[1].bound = PartitionBound::list(["b", "c"]);
            shop(parts(kinds))
        }),
        change(SM076, "a partition that is partitioned", shop(parts(kinds())), shop(parts(deeper(Partitioning::by(range()))))),
    ]
}
