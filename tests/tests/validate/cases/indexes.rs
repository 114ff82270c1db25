//! Indexes.

use eventcore_schema_model::expr::now;
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::validate::Code::*;

use crate::shapes::{archive, guarded_leaf, log, monthly, orders, shop};
use crate::{Case, case};

fn indexed(index: Index) -> Schema {
    shop(orders().index(index))
}

fn over(part: IndexPart) -> Index {
    Index::new("orders_idx", [part])
}

fn part(column: &str) -> IndexPart {
    IndexPart::new(col(column))
}

fn hosts() -> Table {
    Table::new("hosts").column(Column::new("host", DataType::Inet))
}

fn indexed_host(class: Option<&str>) -> Schema {
    let part = class.map_or(part("host"), |class| part("host").opclass(class));
    let index = Index::new("hosts_idx", [part]).method(IndexMethod::Gist);
    Schema::new("shop").table(hosts().index(index))
}

#[rustfmt::skip] // a case a line
pub(super) fn cases() -> Vec<Case> {
    use IndexMethod::{Brin, Gin, Gist, Hash};
    vec![
        case(SM008, "in an index", indexed(over(part("notes")))),
        case(SM008, "stored in an index", indexed(over(part("note")).include(["notes"]))),
        case(SM012, "an index's", indexed(over(part("note")).serves(["find_orders"]))),
        case(SM017, "D2: the time in a predicate", indexed(over(part("note")).only_where(col("placed_at").gt(now())))),
        case(SM017, "an instant's day in an index", indexed(over(IndexPart::new(col("placed_at").cast(DataType::Date))))),
        case(SM027, "of another extension", indexed(over(part("note").opclass("gin_trgm_ops")).method(Gin))),
        case(SM027, "of an extension that brings no such one", indexed(over(part("note").opclass("gin_trgm_ops")).method(Gin)).extension(Extension::new("btree_gist"))),
        case(SM028, "of an extension, on a number", indexed(over(part("total").opclass("gin_trgm_ops")).method(Gin)).extension(Extension::new("pg_trgm"))),
        case(SM029, "a number in gist", indexed(over(part("total")).method(Gist))),
        case(SM027, "of another method", indexed(over(part("document").opclass("jsonb_path_ops")))),
        case(SM028, "a text in an operator class for uuid", indexed(over(part("note").opclass("uuid_ops")))),
        case(SM029, "a text in gin", indexed(over(part("note")).method(Gin))),
        case(SM029, "jsonb in brin", indexed(over(part("document")).method(Brin))),
        case(SM029, "json in btree", indexed(over(part("source")))),
        case(SM029, "a network in gist", indexed_host(None)),
        case(SM029, "a network in gist, beside btree_gist", indexed_host(None).extension(Extension::new("btree_gist"))),
        case(SM160, "a network, by the class of btree_gist", indexed_host(Some("gist_inet_ops")).extension(Extension::new("btree_gist"))),
        case(SM160, "the class of btree_gist, without the extension", indexed_host(Some("gist_cidr_ops"))),
        case(SM160, "in an exclusion", Schema::new("shop").extension(Extension::new("btree_gist")).table(hosts().exclude("hosts_excl",
            Exclusion::new().part(part("host").opclass("gist_inet_ops"), ExclusionOperator::NotEqual)))),
        case(SM030, "a number in an index", indexed(over(part("total").collate("C")))),
        case(SM031, "a direction in brin", indexed(over(part("placed_at").descending()).method(Brin))),
        case(SM031, "a unique hash", indexed(over(part("note")).method(Hash).unique())),
        case(SM031, "hash of two", indexed(Index::new("orders_idx", ["note", "customer"]).method(Hash))),
        case(SM031, "stored in gin", indexed(over(part("document")).method(Gin).include(["note"]))),
        case(SM031, "NULLs of an index that is not unique", indexed(over(part("note")).nulls_not_distinct())),
        case(SM035, "the same", shop(orders().index(over(part("note"))).index(
            Index::new("orders_again_idx", [part("note").opclass("text_ops")])))),
        case(SM035, "a key's", indexed(over(part("id")))),
        case(SM035, "a partition's own", archive(log(monthly().leaf(guarded_leaf().index(Index::new("remark", ["remark"]))))
            .index(Index::new("log_remark_idx", ["remark"])))),
    ]
}
