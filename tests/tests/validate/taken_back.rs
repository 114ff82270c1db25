//! What an unreleased change loses and a later one has again: found, whatever it is and under whatever name it is by then; and a
//! name that goes round is none of that.

use eventcore_schema_model::diff::taken_back;
use eventcore_schema_model::expr::lit;
use eventcore_schema_model::prelude::*;

fn items() -> Table {
    Table::new("items")
        .column(Column::new("id", DataType::BigInt))
        .primary_key(["id"])
}

fn shop(table: Table) -> Schema {
    Schema::new("public").table(table)
}

fn with(column: Column) -> Schema {
    shop(items().column(column))
}

fn text(name: &str) -> Column {
    Column::new(name, DataType::Text).nullable()
}

fn of(ty: DataType) -> Schema {
    with(Column::new("c", ty).nullable().rewrite("it is small"))
}

fn renamed(table: Table) -> Table {
    let mut table = table.renamed_from("items");
    table.name = Table::new("wares").name;
    table
}

fn parts(kinds: &[(&str, &str)]) -> Table {
    let mut by = Partitioning::by(PartitionKey::list("kind"));
    for (name, kind) in kinds {
        by = by.partition(Partition::new(*name, PartitionBound::list([*kind])));
    }
    let table = Table::new("parts").column(Column::new("kind", DataType::Text));
    table.partitioned(by)
}

fn address(attributes: &[&str]) -> Composite {
    let ty = Composite::new("address");
    let attributes = attributes.iter();
    attributes.fold(ty, |ty, name| {
        ty.attribute(Attribute::new(*name, DataType::Text))
    })
}

fn numbered(identity: Option<Identity>) -> Schema {
    let column = Column::new("no", DataType::BigInt);
    with(match identity {
        Some(identity) => column.identity(identity),
        None => column,
    })
}

/// Before, planned, and the definition now.
type Way = (&'static str, [Schema; 3], &'static [&'static str]);

#[rustfmt::skip] // a way a line
fn ways() -> Vec<Way> {
    let a = || with(text("a"));
    let no_a = || shop(items().drop_column("a", "x"));
    let two = || parts(&[("p_a", "a"), ("p_b", "b")]);
    let one = || parts(&[("p_a", "a")]);
    let of_address = |ty: Composite| a().user_type(ty);
    let counted = || a().sequence(Sequence::new("sq"));
    let numeric = |scale| of(DataType::Numeric(Some((10, scale))));
    let swapped = |names: [&str; 2], from: &str, old: &str| {
        let column = |name: &str| if name == from { text(name).renamed_from(old) } else { text(name) };
        shop(items().column(column(names[0])).column(column(names[1])))
    };
    vec![
        ("a column", [a(), no_a(), a()], &["column `a` of `items`"]),
        ("a column of a table that is renamed first", [a(), shop(renamed(items().drop_column("a", "x"))), shop(renamed(items().column(text("a"))))], &["column `a` of `wares`"]),
        ("a column of a table that is renamed then", [a(), no_a(), shop(renamed(items().column(text("a"))))], &["column `a` of `wares`"]),
        ("a table", [a().table(two()), a().drop(ObjectRef::table("parts"), "x"), a().table(two())], &["table `parts`"]),
        ("a sequence", [counted(), a().drop(ObjectRef::sequence("sq"), "x"), counted()], &["sequence `sq`"]),
        ("a partition", [shop(two()), shop(one().drop_partition("p_b", "x")), shop(two())], &["partition `p_b` of `parts`"]),
        ("a partition of another name", [shop(two()), shop(one().drop_partition("p_b", "x")), shop(parts(&[("p_a", "a"), ("p_c", "b")]))], &["partition `p_c` of `parts`"]),
        ("a partition that was kept", [shop(two()), shop(one().detach_partition("p_b", "x")), shop(parts(&[("p_a", "a"), ("p_c", "b")]))], &[]),
        ("an attribute", [of_address(address(&["zip", "city"])), of_address(address(&["city"]).drop_attribute("zip", "x")), of_address(address(&["city", "zip"]))], &["attribute `zip` of `address`"]),
        ("digits", [numeric(4), numeric(2), numeric(4)], &["column `c` of `items`"]),
        ("the time of a day", [of(DataType::Timestamp), of(DataType::Date), of(DataType::Timestamp)], &["column `c` of `items`"]),
        ("a longer text", [of(DataType::VarChar(5)), of(DataType::Text), of(DataType::VarChar(9))], &[]),
        ("a count", [numbered(Some(Identity::ByDefault)), numbered(None), numbered(Some(Identity::Always))], &["column `no` of `items`"]),
        ("nothing", [a(), a(), no_a()], &[]),
        ("a column of another one's name", [a(), shop(items().column(text("b")).drop_column("a", "x")), shop(items().column(text("a").renamed_from("b")))], &[]),
        ("two columns that change names by a third", [swapped(["a", "b"], "", ""), swapped(["c", "b"], "c", "a"), swapped(["c", "a"], "a", "b")], &[]),
        ("a default", [with(Column::new("d", DataType::Text).default(lit("a"))), with(text("d")), with(Column::new("d", DataType::Text).default("a"))], &[]),
    ]
}

#[test]
fn what_is_lost_and_there_again_is_found() {
    for (name, [before, planned, definition], expected) in ways() {
        let found = taken_back(&before, &planned, &definition);
        assert_eq!(found, expected, "{name}");
    }
}
