//! Names, duplicates, texts and reasons.

use eventcore_schema_model::constraint::Key;
use eventcore_schema_model::expr::raw;
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::validate::Code::*;

use crate::shapes::{
    archive, command, find_order, guarded_leaf, log, monthly, order_row, orders, shop,
};
use crate::{Case, case};

#[expect(clippy::too_many_lines, reason = "a table of cases")]
pub(super) fn cases() -> Vec<Case> {
    let long = "l".repeat(64);
    let column = |name: &str| shop(orders().column(Column::new(name, DataType::Text).nullable()));
    let keyed = |name: &str| {
        let id = Column::new("id", DataType::BigInt);
        Table::new(name).column(id).primary_key(["id"])
    };
    let shown = |name: &str, columns: &[&str]| {
        let text = format!("SELECT 1 AS {}, 2 AS {}", columns[0], columns[1]);
        let view = View::new(name, text.as_str());
        let columns = columns.iter();
        columns.fold(view, |view, name| {
            view.column(*name, DataType::Integer, false)
        })
    };
    let row = |name: &str, columns: &[&str]| {
        let columns = columns.iter();
        columns.fold(Row::new(name, "It."), |row, name| {
            row.column(*name, DataType::Integer, "It.")
        })
    };
    let leaf = |suffix: String| {
        let key = Constraint::unique(suffix, Key::new(["position"]));
        archive(log(monthly().leaf(guarded_leaf().constraint(key))))
    };
    let mut long_log = log(monthly());
    long_log.name = QualifiedName::new("public", "l".repeat(56));
    let mut cases = vec![
        case(SM001, "empty", column("")),
        case(SM001, "64 bytes", column(&long)),
        case(
            SM001,
            "62 characters, 64 bytes",
            column(&format!("{}éé", "l".repeat(60))),
        ),
        case(SM001, "U+0000", column("a\0b")),
        case(
            SM001,
            "the PostgreSQL schema",
            shop(orders()).namespace(long.as_str()),
        ),
        case(
            SM001,
            "an index",
            shop(orders().index(Index::new(long.as_str(), ["note"]))),
        ),
        case(
            SM001,
            "a role",
            shop(orders()).grant(Grant::new(
                [Privilege::Select],
                ObjectRef::table("orders"),
                "",
            )),
        ),
        case(
            SM002,
            "a partition of a table of 56 bytes",
            archive(long_log),
        ),
        case(SM002, "a partition's own key", leaf("s".repeat(52))),
        case(
            SM003,
            "a view named as a table",
            shop(orders()).view(View::new("orders", "SELECT 1 AS one").column(
                "one",
                DataType::Integer,
                false,
            )),
        ),
        case(
            SM003,
            "an index named as another table's key",
            shop(orders()).table(
                Table::new("customers")
                    .column(Column::new("id", DataType::Uuid))
                    .index(Index::new("orders_pkey", ["id"])),
            ),
        ),
        case(
            SM003,
            "a namespace written out and not",
            shop(orders()).sequence(Sequence::new(QualifiedName::new("public", "orders"))),
        ),
        case(
            SM003,
            "a table named as a partition",
            archive(log(monthly()))
                .table(Table::new("log_2026_01").column(Column::new("id", DataType::Uuid))),
        ),
        case(SM004, "a column", column("note")),
        case(
            SM004,
            "a check",
            shop(
                orders()
                    .check("orders_total_check", col("total").ge(0))
                    .check("orders_total_check", col("total").lt(9)),
            ),
        ),
        case(
            SM062,
            "everybody in capitals",
            shop(orders()).grant(Grant::new(
                [Privilege::Select],
                ObjectRef::table("orders"),
                "PUBLIC",
            )),
        ),
        case(
            SM004,
            "a check named as what keeps a column from being NULL",
            shop(orders().check("orders_total_not_null", col("total").ge(0))),
        ),
        case(
            SM004,
            "a domain's check named as what keeps it from being NULL",
            shop(orders()).user_type(
                Domain::new("amount", DataType::Integer)
                    .not_null()
                    .check("amount_not_null", col("value").ge(0)),
            ),
        ),
        case(
            SM004,
            "a query",
            shop(orders()).query(find_order()).query(find_order()),
        ),
        case(
            SM004,
            "a parameter",
            shop(orders()).query(find_order().param(Param::new("id", DataType::Uuid, "Again."))),
        ),
        case(
            SM004,
            "a routine named as one of the partition policy's",
            archive(log(monthly())).routine(Routine::new(
                "drop_old_partitions",
                Returns::Void,
                "BEGIN END",
            )),
        ),
        case(
            SM004,
            "a migration's number",
            shop(orders())
                .migration(
                    Migration::new(1, "orders", "The table.").creates(ObjectRef::table("orders")),
                )
                .sequence(Sequence::new("numbers"))
                .migration(
                    Migration::new(1, "numbers", "Numbers.")
                        .creates(ObjectRef::sequence("numbers")),
                ),
        ),
        case(SM005, "a comment", shop(orders().comment("nothing\0more"))),
        case(
            SM005,
            "a constant",
            shop(orders().check("orders_note_check", col("note").not_eq("\0"))),
        ),
        case(
            SM006,
            "a function",
            shop(orders()).query({
                let mut query = find_order();
                query.name = Ident::new("findOrder").unwrap();
                query
            }),
        ),
        case(
            SM006,
            "a field that is a word of Rust",
            shop(orders()).query(command("SELECT 1").one(Row::new("Kind", "A kind.").column(
                "type",
                DataType::Text,
                "It.",
            ))),
        ),
        case(
            SM006,
            "a struct",
            shop(orders()).query(
                command("SELECT 1").one(Row::new("order_row", "A row.").column(
                    "id",
                    DataType::Uuid,
                    "It.",
                )),
            ),
        ),
        case(
            SM006,
            "a column of digits",
            shop(orders().column(Column::new("№ 1", DataType::Text))),
        ),
        case(
            SM006,
            "a table of another script",
            shop(orders()).table(keyed("заказы")),
        ),
        case(
            SM066,
            "two columns",
            shop(orders().column(Column::new("Note", DataType::Text).nullable())),
        ),
        case(SM066, "two tables", shop(orders()).table(keyed("Orders"))),
        case(
            SM066,
            "a table and a view",
            shop(orders()).view(shown("_orders", &["a", "b"])),
        ),
        case(
            SM066,
            "two columns of a view",
            shop(orders()).view(shown("shown", &["a", "_a"])),
        ),
        case(
            SM066,
            "a table under its PostgreSQL schema",
            shop(keyed("b_c")).table(keyed("a_b_c")).table(Table {
                name: QualifiedName::new("a", "b_c"),
                ..keyed("b_c")
            }),
        ),
        case(
            SM066,
            "two modules",
            shop(orders()).query(find_order()).query(Query::new(
                "orders_",
                "count_orders",
                "Counts.",
                "SELECT 1",
            )),
        ),
        case(
            SM066,
            "two fields",
            shop(orders())
                .query(command("SELECT 1 AS a_b, 2 AS a__b").one(row("Pair", &["a_b", "a__b"]))),
        ),
        case(
            SM066,
            "a row and a query",
            shop(orders())
                .query(command("SELECT 1 AS n").one(row("FindOrder", &["n"])))
                .query(find_order()),
        ),
        case(
            SM007,
            "a silenced lint",
            shop(orders().allow(LintCode::LT003, " ")),
        ),
        case(
            SM007,
            "a raw expression",
            shop(orders().check(
                "orders_raw_check",
                raw(
                    "total % 2 = 0",
                    DataType::Boolean,
                    Volatility::Immutable,
                    ["total"],
                    "",
                ),
            )),
        ),
        case(SM062, "a system column", column("ctid")),
        case(
            SM062,
            "a PostgreSQL schema of the server's that is declared",
            shop(orders()).declare_namespace(Namespace::new("pg_shop")),
        ),
        case(
            SM130,
            "the one that is always there",
            shop(orders()).declare_namespace(Namespace::new("public")),
        ),
        case(
            SM131,
            "a grant on one that is not declared",
            shop(orders()).grant(Grant::new(
                [Privilege::Usage],
                ObjectRef::namespace("billing"),
                "app",
            )),
        ),
        case(
            SM004,
            "a PostgreSQL schema that is declared twice",
            shop(orders())
                .declare_namespace(Namespace::new("billing"))
                .declare_namespace(Namespace::new("billing")),
        ),
        case(
            SM062,
            "the server's own PostgreSQL schema",
            shop(orders()).namespace("pg_shop"),
        ),
    ];
    let mut twice = shop(orders());
    for version in [1, 1, 0] {
        twice.events.push(event("order.placed", version));
    }
    let zero = twice.events.pop();
    cases.push(case(SM004, "an event type", twice));
    let mut shapes = shop(orders());
    shapes.events.extend(zero);
    shapes.events.push(event("order placed", 1));
    shapes.events.push(event("", 1));
    cases.push(case(SM064, "version 0, a blank, no name", shapes));
    cases.push(case(
        SM060,
        "a table without columns",
        shop(Table::new("orders")),
    ));
    cases.push(case(
        SM060,
        "a row without columns",
        shop(orders()).query(command("SELECT 1").one(Row::new("Empty", "Nothing."))),
    ));
    cases.push(case(
        SM060,
        "an index without parts",
        shop(orders().index(Index::new("orders_idx", Vec::<IndexPart>::new()))),
    ));
    cases.push(case(
        SM055,
        "one column more",
        shop(orders())
            .query(find_order())
            .query(command("SELECT 1, 2").one(order_row().column(
                "note",
                DataType::Text,
                "Its note.",
            ))),
    ));
    cases
}

fn event(name: &str, version: i32) -> eventcore_schema_model::event_type::EventType {
    eventcore_schema_model::event_type::EventType {
        name: name.to_owned(),
        version,
        fields: Vec::new(),
        aliases: Vec::new(),
        types: Vec::new(),
        closed: false,
        place: eventcore_schema_model::place::Place::default(),
    }
}
