//! Tables, columns, constraints, sequences, triggers, partition keys.

use eventcore_schema_model::constraint::{Constraint, ConstraintKind, Key};
use eventcore_schema_model::expr::{next_value, now};
use eventcore_schema_model::prelude::*;

use super::{assert_lines, founded, texts};

fn types() -> Vec<DataType> {
    use DataType::{
        BigInt, Boolean, Bytea, Date, DoublePrecision, Inet, Integer, Interval, Json, Jsonb,
        Numeric, Real, SmallInt, Text, Time, Timestamp, TimestampTz, Uuid, VarChar, Xid8,
    };
    let plain = vec![
        SmallInt,
        Integer,
        BigInt,
        Numeric(None),
        Numeric(Some((12, 2))),
        Numeric(Some((3, -2))),
        Real,
        DoublePrecision,
        Boolean,
        Text,
        VarChar(50),
        Bytea,
        Uuid,
        Date,
        Time,
        Timestamp,
        TimestampTz,
        Interval,
        Json,
        Jsonb,
        Inet,
        Xid8,
        DataType::Range(RangeOf::Integer),
        DataType::Range(RangeOf::BigInt),
        DataType::Range(RangeOf::Numeric),
        DataType::Range(RangeOf::Date),
        DataType::Range(RangeOf::Timestamp),
        DataType::Range(RangeOf::TimestampTz),
    ];
    let arrays = plain.clone().into_iter().map(DataType::array);
    plain.clone().into_iter().chain(arrays).collect()
}

#[tokio::test]
async fn every_type_is_the_servers() {
    let table = types()
        .into_iter()
        .enumerate()
        .fold(Table::new("t"), |table, (number, ty)| {
            let column = Column::new(format!("c{number}"), ty);
            table.column(if number.is_multiple_of(2) {
                column.nullable()
            } else {
                column
            })
        });
    let expected: Vec<_> = table
        .columns
        .iter()
        .map(|c| format!("{} {} {}", c.name, c.ty, !c.nullable))
        .collect();
    let (_db, client) = founded(&Schema::new("x").namespace("s").table(table)).await;
    let found = texts(
        &client,
        "SELECT format('%s %s %s', attname, format_type(atttypid, atttypmod), attnotnull::text)
           FROM pg_attribute WHERE attrelid = 's.t'::regclass AND attnum > 0 ORDER BY attnum",
    )
    .await;
    assert_lines(&found, &expected);
}

#[tokio::test]
async fn columns_are_as_defined() {
    let table = Table::new("t")
        .column(
            Column::new("a", DataType::BigInt)
                .identity(Identity::Always)
                .comment("Numbered."),
        )
        .column(Column::new("b", DataType::Integer).identity(Identity::ByDefault))
        .column(
            Column::new("c", DataType::Text)
                .collate("C")
                .default("it's \\ \n done"),
        )
        .column(Column::new("d", DataType::Text).generated(call(Function::Lower, [col("c")])))
        .column(
            Column::new("e", DataType::TimestampTz)
                .nullable()
                .default(now()),
        )
        .column(Column::new("f", DataType::BigInt).default(next_value("numbers")))
        .column(
            Column::new("g", DataType::Jsonb)
                .default(lit(Literal::Typed("{}".into(), DataType::Jsonb))),
        )
        .column(Column::new("h", DataType::Boolean).default(lit(true).and(lit(2).gt(1))))
        .column(Column::new("i", DataType::BigInt).default(lit(i64::MIN)))
        .storage("fillfactor", 70)
        .storage("autovacuum_enabled", "off")
        .storage("toast.autovacuum_vacuum_scale_factor", "0.05")
        .comment("A table.");
    let schema = Schema::new("x")
        .namespace("s")
        .sequence(Sequence::new("numbers"))
        .table(table);
    let (_db, client) = founded(&schema).await;
    let found = texts(
        &client,
        "SELECT concat_ws(' | ', a.attname, a.attnotnull::text, a.attidentity::text, a.attgenerated::text,
                          CASE WHEN a.attcollation <> t.typcollation THEN c.collname::text END,
                          pg_get_expr(d.adbin, d.adrelid), col_description(a.attrelid, a.attnum))
           FROM pg_attribute AS a
           JOIN pg_type AS t ON t.oid = a.atttypid
           LEFT JOIN pg_collation AS c ON c.oid = a.attcollation
           LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
          WHERE a.attrelid = 's.t'::regclass AND a.attnum > 0 ORDER BY a.attnum",
    )
    .await;
    let expected = [
        "a | true | a |  | Numbered.",
        "b | true | d | ",
        "c | true |  |  | C | 'it''s \\ \n done'::text",
        "d | true |  | s | lower(c)",
        "e | false |  |  | now()",
        "f | true |  |  | nextval('s.numbers'::regclass)",
        "g | true |  |  | '{}'::jsonb",
        "h | true |  |  | (true AND (2 > 1))",
        "i | true |  |  | '-9223372036854775808'::bigint",
    ];
    let found: Vec<_> = found
        .iter()
        .map(|line| line.replace("E'it''s \\\\", "'it''s \\"))
        .collect();
    assert_lines(&found, &expected.map(str::to_owned));
    let found = texts(
        &client,
        "SELECT concat_ws(' | ', array_to_string(c.reloptions, ' '), array_to_string(t.reloptions, ' '),
                          obj_description(c.oid, 'pg_class'))
           FROM pg_class AS c JOIN pg_class AS t ON t.oid = c.reltoastrelid WHERE c.oid = 's.t'::regclass",
    )
    .await;
    assert_eq!(
        found,
        ["fillfactor=70 autovacuum_enabled=off | autovacuum_vacuum_scale_factor=0.05 | A table."]
    );
}

#[tokio::test]
async fn constraints_are_as_defined() {
    use ForeignKeyAction::{Cascade, NoAction, Restrict, SetDefault, SetNull};
    let parent = Table::new("parent")
        .column(Column::new("id", DataType::Integer))
        .column(Column::new("part", DataType::Integer))
        .column(Column::new("extra", DataType::Text))
        .constraint(Constraint::new(
            "parent_pkey",
            ConstraintKind::PrimaryKey(Key::new(["id", "part"]).include(["extra"])),
        ))
        .constraint(
            Constraint::unique(
                "parent_extra",
                Key::new(["extra"]).nulls_not_distinct().include(["id"]),
            )
            .comment("Only one."),
        )
        .check(
            "parent_part_check",
            col("part").between(1, 9).or(col("extra").eq("none")),
        );
    let actions = [NoAction, Restrict, Cascade, SetNull, SetDefault];
    let mut child = Table::new("child");
    let mut expected = Vec::new();
    for (number, action) in actions.into_iter().enumerate() {
        let other = actions[(number + 1) % actions.len()];
        let (a, b) = (format!("a{number}"), format!("b{number}"));
        let key = ForeignKey::new([a.as_str(), b.as_str()], "parent", ["id", "part"])
            .on_delete(action)
            .on_update(other);
        let key = if number.is_multiple_of(2) {
            key.deferred()
        } else {
            key
        };
        child = child
            .column(Column::new(a, DataType::Integer).nullable())
            .column(Column::new(b, DataType::Integer).nullable())
            .foreign_key(format!("child_{number}_fkey"), key);
        let code = |action| match action {
            NoAction => 'a',
            Restrict => 'r',
            Cascade => 'c',
            SetNull => 'n',
            SetDefault => 'd',
        };
        let deferred = number.is_multiple_of(2);
        expected.push(format!(
            "child_{number}_fkey f s.parent {{a{number},b{number}}} {{id,part}} {}{} {deferred} {deferred} true",
            code(action),
            code(other)
        ));
    }
    let schema = Schema::new("x").namespace("s").table(parent).table(child);
    let (_db, client) = founded(&schema).await;
    let names = |oid: &str, numbers: &str| {
        format!(
            "(SELECT array_agg(a.attname::text ORDER BY u.place) FROM unnest({numbers}) WITH ORDINALITY AS u (number, place)
               JOIN pg_attribute AS a ON a.attrelid = {oid} AND a.attnum = u.number)"
        )
    };
    let found = texts(
        &client,
        &format!(
            "SELECT concat_ws(' ', c.conname, c.contype::text, c.confrelid::regclass, {}, {}, c.confdeltype::text || c.confupdtype::text,
                              c.condeferrable::text, c.condeferred::text, c.convalidated::text)
               FROM pg_constraint AS c WHERE c.conrelid = 's.child'::regclass AND c.contype = 'f' ORDER BY c.conname",
            names("c.conrelid", "c.conkey"),
            names("c.confrelid", "c.confkey"),
        ),
    )
    .await;
    assert_lines(&found, &expected);
    let found = texts(
        &client,
        &format!(
            "SELECT concat_ws(' ', c.conname, c.contype::text, {}, {}, i.indnkeyatts, i.indnullsnotdistinct::text, obj_description(c.oid, 'pg_constraint'))
               FROM pg_constraint AS c JOIN pg_index AS i ON i.indexrelid = c.conindid
              WHERE c.conrelid = 's.parent'::regclass AND c.contype IN ('p', 'u') ORDER BY c.conname",
            names("c.conrelid", "c.conkey"),
            names("i.indrelid", "i.indkey"),
        ),
    )
    .await;
    let expected = [
        "parent_extra u {extra} {extra,id} 1 true Only one.",
        "parent_pkey p {id,part} {id,part,extra} 2 false",
    ];
    assert_lines(&found, &expected.map(str::to_owned));
    let found = texts(
        &client,
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'parent_part_check'",
    )
    .await;
    assert_eq!(
        found,
        ["CHECK ((((part >= 1) AND (part <= 9)) OR (extra = 'none'::text)))"]
    );
}

#[tokio::test]
async fn exclusions_are_as_defined() {
    use ExclusionOperator::{Adjacent, Equal, NotEqual, Overlaps};
    let during = || {
        let ends = [col("starts"), col("ends"), lit("[]")];
        call(Function::Range(RangeOf::TimestampTz), ends)
    };
    let table = Table::new("t")
        .column(Column::new("room", DataType::Integer))
        .column(Column::new("net", DataType::Inet))
        .column(Column::new("days", DataType::Range(RangeOf::Date)))
        .column(Column::new("starts", DataType::TimestampTz))
        .column(Column::new("ends", DataType::TimestampTz))
        .constraint(
            Constraint::new(
                "a",
                ConstraintKind::Exclude(Box::new(
                    Exclusion::new()
                        .part(IndexPart::new(col("net")).opclass("inet_ops"), Equal)
                        .part("days", Overlaps)
                        .part(during(), Overlaps)
                        .include(["room"])
                        .storage("fillfactor", 70)
                        .only_where(col("room").gt(3))
                        .deferred(),
                )),
            )
            .comment("Never twice."),
        )
        .exclude(
            "b",
            Exclusion::new()
                .method(IndexMethod::Btree)
                .part("room", Equal)
                .part("starts", Equal),
        )
        .exclude(
            "c",
            Exclusion::new()
                .method(IndexMethod::Hash)
                .part("net", Equal),
        )
        .exclude(
            "d",
            Exclusion::new()
                .method(IndexMethod::SpGist)
                .part("days", Adjacent),
        )
        .exclude(
            "e",
            Exclusion::new().part(IndexPart::new(col("net")).opclass("inet_ops"), NotEqual),
        );
    let schema = Schema::new("x").namespace("s").table(table);
    let (db, client) = founded(&schema).await;
    let found = texts(
        &client,
        "SELECT concat_ws(' ', c.conname, pg_get_constraintdef(c.oid), array_to_string(i.reloptions, ' '), obj_description(c.oid, 'pg_constraint'))
           FROM pg_constraint AS c JOIN pg_class AS i ON i.oid = c.conindid
          WHERE c.conrelid = 's.t'::regclass AND c.contype = 'x' ORDER BY c.conname",
    )
    .await;
    let expected = [
        "a EXCLUDE USING gist (net inet_ops WITH =, days WITH &&, tstzrange(starts, ends, '[]'::text) WITH &&) INCLUDE (room) WITH (fillfactor='70') WHERE ((room > 3)) DEFERRABLE INITIALLY DEFERRED fillfactor=70 Never twice.",
        "b EXCLUDE USING btree (room WITH =, starts WITH =)",
        "c EXCLUDE USING hash (net WITH =)",
        "d EXCLUDE USING spgist (days WITH -|-)",
        "e EXCLUDE USING gist (net inet_ops WITH <>)",
    ];
    // A class that is the default, as this one from 19 on, the catalog does not write.
    let is_default = db.server().version().major >= 19;
    let shown = |it: &str| {
        if is_default {
            it.replace(" inet_ops", "")
        } else {
            it.to_owned()
        }
    };
    assert_lines(&found, &expected.map(shown));
}

#[tokio::test]
async fn sequences_are_as_defined() {
    let sequences = vec![
        Sequence::new("a").comment("Plain."),
        Sequence::new("b").start(0).increment(5).cache(7),
        Sequence::new("c").max((1 << 48) - 1),
        Sequence::new("d").start(10).increment(-2),
        Sequence::new("e").start(-5).increment(-1).max(-1),
    ];
    let expected: Vec<_> = sequences
        .iter()
        .map(|s| {
            let max = s.max.unwrap_or(if s.increment > 0 {
                i64::MAX
            } else {
                s.start.max(-1)
            });
            format!(
                "{} bigint {} {} {max} {} false{}",
                s.name,
                s.start,
                s.increment,
                s.cache,
                s.comment
                    .as_ref()
                    .map(|text| format!(" {text}"))
                    .unwrap_or_default()
            )
        })
        .collect();
    let schema = sequences
        .into_iter()
        .fold(Schema::new("x").namespace("s"), Schema::sequence);
    let (_db, client) = founded(&schema).await;
    let found = texts(
        &client,
        "SELECT concat_ws(' ', sequencename, data_type, start_value, increment_by, max_value, cache_size, cycle::text,
                          obj_description(format('s.%I', sequencename)::regclass, 'pg_class'))
           FROM pg_sequences WHERE schemaname = 's' ORDER BY 1",
    )
    .await;
    assert_lines(&found, &expected);
}

#[tokio::test]
async fn triggers_are_as_defined() {
    let routine = Routine::new("f", Returns::Trigger, "BEGIN\n    RETURN NULL;\nEND;");
    let table = Table::new("t")
        .column(Column::new("a", DataType::Integer))
        .column(Column::new("b", DataType::Integer))
        .trigger(
            Trigger::new(
                "t1",
                TriggerTiming::Before,
                [TriggerEvent::update_of(["b", "a"])],
                "f",
            )
            .when(new("a").is_distinct_from(old("a")))
            .comment("Changed."),
        )
        .trigger(Trigger::new(
            "t2",
            TriggerTiming::After,
            [TriggerEvent::Insert, TriggerEvent::Delete],
            "f",
        ))
        .trigger(Trigger::new(
            "t3",
            TriggerTiming::Before,
            [
                TriggerEvent::Update(vec![]),
                TriggerEvent::Delete,
                TriggerEvent::Truncate,
            ],
            "f",
        ))
        .trigger(
            Trigger::new("t4", TriggerTiming::After, [TriggerEvent::Insert], "f")
                .for_each_statement(),
        );
    let (_db, client) = founded(
        &Schema::new("x")
            .namespace("s")
            .routine(routine)
            .table(table),
    )
    .await;
    let found = texts(&client, "SELECT concat_ws(' | ', pg_get_triggerdef(oid), obj_description(oid, 'pg_trigger')) FROM pg_trigger ORDER BY tgname").await;
    let expected = [
        "CREATE TRIGGER t1 BEFORE UPDATE OF b, a ON s.t FOR EACH ROW WHEN (new.a IS DISTINCT FROM old.a) EXECUTE FUNCTION s.f() | Changed.",
        "CREATE TRIGGER t2 AFTER INSERT OR DELETE ON s.t FOR EACH ROW EXECUTE FUNCTION s.f()",
        "CREATE TRIGGER t3 BEFORE DELETE OR UPDATE OR TRUNCATE ON s.t FOR EACH STATEMENT EXECUTE FUNCTION s.f()",
        "CREATE TRIGGER t4 AFTER INSERT ON s.t FOR EACH STATEMENT EXECUTE FUNCTION s.f()",
    ];
    let found: Vec<_> = found
        .iter()
        .map(|line| {
            line.replace(
                "((new.a IS DISTINCT FROM old.a))",
                "(new.a IS DISTINCT FROM old.a)",
            )
        })
        .collect();
    assert_lines(&found, &expected.map(str::to_owned));
}

#[tokio::test]
async fn partition_keys_and_policies_are_as_defined() {
    let table = |name: &str, encoding, ty| {
        let mut policy = PartitionPolicy::monthly(encoding).ahead(1, 1).routines(
            format!("create_{name}"),
            format!("drop_{name}"),
            format!("maintain_{name}"),
            format!("list_{name}"),
        );
        policy.default_partition = name == "b";
        Table::new(name)
            .column(Column::new("k", ty))
            .column(Column::new("n", DataType::BigInt).identity(Identity::Always))
            .partition_by_policy(PartitionKey::range(["k"]), policy)
    };
    let schema = Schema::new("x")
        .namespace("s")
        .table(table("a", BoundEncoding::UuidV7, DataType::Uuid))
        .table(table(
            "b",
            BoundEncoding::TimestampTz,
            DataType::TimestampTz,
        ))
        .table(
            Table::new("c")
                .column(Column::new("x", DataType::Integer))
                .column(Column::new("y", DataType::Integer))
                .partition_by(PartitionKey::range(["y", "x"])),
        );
    let (_db, client) = founded(&schema).await;
    let found = texts(&client, "SELECT pg_get_partkeydef(c.oid) FROM pg_class AS c WHERE c.relkind = 'p' ORDER BY c.relname").await;
    assert_eq!(found, ["RANGE (k)", "RANGE (k)", "RANGE (y, x)"]);
    for (name, partitions) in [("a", 2), ("b", 3)] {
        assert_eq!(
            texts(&client, &format!("SELECT s.maintain_{name}()"))
                .await
                .len(),
            partitions
        );
        assert_eq!(
            texts(
                &client,
                &format!("SELECT partition_name FROM s.list_{name}()")
            )
            .await
            .len(),
            partitions
        );
    }
    client
        .batch_execute("INSERT INTO s.b (k) VALUES (now()), ('1999-01-01')")
        .await
        .unwrap();
}
