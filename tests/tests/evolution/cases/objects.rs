//! Views, routines, sequences and privileges.

use eventcore_schema_model::prelude::*;

use super::{Case, Layout, orders, shop};

fn view(text: &str) -> View {
    View::new("shown", Template::new(text).relation("t", "orders"))
}

fn of_ids() -> View {
    view("SELECT t.{t.id} FROM {t} AS t").column("id", DataType::BigInt, false)
}

fn of_ids_and_notes() -> View {
    let view = view("SELECT t.{t.id}, t.{t.note} FROM {t} AS t");
    view.column("id", DataType::BigInt, false)
        .column("note", DataType::Text, true)
}

fn of_notes() -> View {
    view("SELECT t.{t.note} FROM {t} AS t").column("note", DataType::Text, true)
}

fn filtered() -> View {
    view("SELECT t.{t.id} FROM {t} AS t WHERE t.{t.id} > 3").column("id", DataType::BigInt, false)
}

fn over() -> View {
    let body = Template::new("SELECT v.{v.id} FROM {v} AS v").relation("v", "shown");
    View::new("above", body).column("id", DataType::BigInt, false)
}

/// A view before and after, and whether another reads it.
#[rustfmt::skip] // a change a line
fn views() -> Vec<(&'static str, Vec<View>, Vec<View>)> {
    let renamed = || { let mut view = of_ids().renamed_from("shown"); view.name = View::new("seen", "").name; view };
    vec![
        ("add", vec![], vec![of_ids()]),
        ("add_two", vec![], vec![over(), of_ids()]),
        ("drop_without_word", vec![of_ids()], vec![]),
        ("rename", vec![of_ids()], vec![renamed()]),
        ("another_condition", vec![of_ids()], vec![filtered()]),
        ("more_columns", vec![of_ids()], vec![of_ids_and_notes()]),
        ("fewer_columns", vec![of_ids_and_notes()], vec![of_ids()]),
        ("other_columns", vec![of_ids()], vec![of_notes()]),
        ("comment", vec![of_ids()], vec![of_ids().comment("It's said.")]),
        ("comment_goes", vec![of_ids().comment("It's said.")], vec![of_ids()]),
        ("more_columns_under_view", vec![of_ids(), over()], vec![of_ids_and_notes(), over()]),
        ("fewer_columns_under_view", vec![of_ids_and_notes(), over()], vec![of_ids(), over()]),
        ("comment_and_columns", vec![of_ids().comment("One.")], vec![of_notes().comment("Two.")]),
    ]
}

fn routine(language: Language) -> Routine {
    let body = match language {
        Language::PlPgSql => "BEGIN\n    RETURN 1;\nEND;",
        _ => "SELECT 1::bigint",
    };
    Routine::new("counted", Returns::Value(DataType::BigInt), body).language(language)
}

fn sql() -> Routine {
    routine(Language::Sql)
}

fn of(name: &str) -> Argument {
    Argument::new(name, DataType::Integer)
}

#[rustfmt::skip] // a routine a line
fn routines() -> Vec<(&'static str, Routine)> {
    vec![
        ("sql", sql()),
        ("plpgsql", routine(Language::PlPgSql)),
        ("sql_standard_body", routine(Language::SqlAtomic)),
        ("other_body", Routine { body: "SELECT 2::bigint".into(), ..sql() }),
        ("stable", sql().volatility(Volatility::Stable)),
        ("immutable", sql().volatility(Volatility::Immutable)),
        ("parallel_safe", sql().parallel(Parallel::Safe)),
        ("security_definer", sql().security_definer()),
        ("strict", sql().strict()),
        ("setting", sql().setting("work_mem", "8MB")),
        ("comment", sql().comment("It's said.")),
        ("argument", sql().argument(of("n"))),
        ("argument_with_default", sql().argument(of("n").default(1))),
        ("result_set", Routine { returns: Returns::SetOf(DataType::BigInt), ..sql() }),
        ("result_table", Routine { returns: Returns::table([("n", DataType::BigInt)]), ..sql() }),
        ("result_type", Routine { returns: Returns::Value(DataType::Integer), body: "SELECT 1".into(), ..sql() }),
    ]
}

fn numbers() -> Sequence {
    Sequence::new("numbers")
}

#[rustfmt::skip] // a sequence a line
fn sequences() -> Vec<(&'static str, Sequence)> {
    vec![
        ("start", numbers().start(50)),
        ("increment", numbers().increment(10)),
        ("max", numbers().max(1000)),
        ("cache", numbers().cache(20)),
        ("comment", numbers().comment("It's said.")),
        ("all", numbers().start(50).increment(10).max(1000).cache(20).comment("It's said.")),
    ]
}

fn base() -> Schema {
    shop(orders(Layout::Plain))
}

fn grants(cases: &mut Vec<Case>) {
    let on = |layout: Layout| {
        shop(orders(layout))
            .view(of_ids())
            .sequence(numbers())
            .routine(sql().security_definer())
    };
    let kinds = [
        ("table", ObjectRef::table("orders"), vec![Privilege::Select]),
        (
            "writing",
            ObjectRef::table("orders"),
            vec![Privilege::Insert, Privilege::Update, Privilege::Delete],
        ),
        ("view", ObjectRef::view("shown"), vec![Privilege::Select]),
        (
            "sequence",
            ObjectRef::sequence("numbers"),
            vec![Privilege::Usage],
        ),
        (
            "routine",
            ObjectRef::routine("counted"),
            vec![Privilege::Execute],
        ),
    ];
    for (name, object, privileges) in kinds {
        let with =
            |layout| on(layout).grant(Grant::new(privileges.clone(), object.clone(), "public"));
        cases.push(Case::new(format!("grant_on_{name}"), |it| {
            (on(it), with(it))
        }));
        cases.push(Case::new(format!("revoke_on_{name}"), |it| {
            (with(it), on(it))
        }));
    }
    let orders = |layout, privileges: &[Privilege]| {
        on(layout).grant(Grant::new(
            privileges.to_vec(),
            ObjectRef::table("orders"),
            "public",
        ))
    };
    let (few, more) = ([Privilege::Select], [Privilege::Select, Privilege::Insert]);
    let other = [Privilege::Insert, Privilege::Delete];
    cases.push(Case::new("grant_more", |it| {
        (orders(it, &few), orders(it, &more))
    }));
    cases.push(Case::new("revoke_some", |it| {
        (orders(it, &more), orders(it, &few))
    }));
    cases.push(Case::new("change_privileges", |it| {
        (orders(it, &more), orders(it, &other))
    }));
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, before, after) in views() {
        let with = |layout, views: &[View]| {
            views
                .iter()
                .cloned()
                .fold(shop(orders(layout)), Schema::view)
        };
        cases.push(Case::new(format!("view_{name}"), |it| {
            (with(it, &before), with(it, &after))
        }));
    }
    let dropped = |layout| shop(orders(layout)).drop(ObjectRef::view("shown"), "unused");
    cases.push(Case::new("view_drop", |it| {
        (shop(orders(it)).view(of_ids()), dropped(it))
    }));
    for (name, routine) in routines() {
        let gone = || base().drop(ObjectRef::routine("counted"), "unused");
        let with = || base().routine(routine.clone());
        cases.push(Case::plain(format!("add_routine_{name}"), base(), with()));
        cases.push(Case::plain(format!("drop_routine_{name}"), with(), gone()));
        let mut other = routine.clone().renamed_from("counted");
        other.name = View::new("summed", "").name;
        cases.push(Case::plain(
            format!("rename_routine_{name}"),
            with(),
            base().routine(other),
        ));
        if routine != sql() {
            cases.push(Case::plain(
                format!("routine_becomes_{name}"),
                base().routine(sql()),
                with(),
            ));
            cases.push(Case::plain(
                format!("routine_is_no_more_{name}"),
                with(),
                base().routine(sql()),
            ));
        }
    }
    for (name, sequence) in sequences() {
        let with = |sequence: Sequence| base().sequence(sequence);
        let gone = base().drop(ObjectRef::sequence("numbers"), "unused");
        cases.push(Case::plain(
            format!("add_sequence_{name}"),
            base(),
            with(sequence.clone()),
        ));
        cases.push(Case::plain(
            format!("drop_sequence_{name}"),
            with(sequence.clone()),
            gone,
        ));
        cases.push(Case::plain(
            format!("sequence_gets_{name}"),
            with(numbers()),
            with(sequence.clone()),
        ));
        cases.push(Case::plain(
            format!("sequence_loses_{name}"),
            with(sequence.clone()),
            with(numbers()),
        ));
        let mut other = sequence.clone().renamed_from("numbers");
        other.name = View::new("counts", "").name;
        cases.push(Case::plain(
            format!("rename_sequence_{name}"),
            with(sequence),
            with(other),
        ));
    }
    grants(&mut cases);
    cases
}
