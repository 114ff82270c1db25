//! Partitions: the routines of a policy.

mod build;
mod declared;
mod leaf;
mod leaves;
mod tree;

use eventcore_schema_model::expr::Volatility;
use eventcore_schema_model::name::QualifiedName;
use eventcore_schema_model::partition::{BoundEncoding, PartitionPolicy};
use eventcore_schema_model::routine::{Argument, Language, Returns, Routine};
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::table::Table;
use eventcore_schema_model::template::{Binding, Template};
use eventcore_schema_model::ty::DataType;

pub(super) use self::build::{
    add_partitioned_reference, build_leaf_index, build_partitioned_index, build_partitioned_key,
    key_words,
};
pub(crate) use self::declared::bound;
pub(super) use self::declared::{
    by_key, create_partition, create_partitions, detach_partition, partition_grants,
};
use self::leaf::Leaf;
pub(super) use self::leaves::alter_leaves;
use super::layout::text_indented;
use super::quote::{qualified, quote_ident, quote_literal};

/// How long a routine waits for a lock on the table before it gives up: long enough for ordinary
/// transactions to end, short enough for those that queue behind it.
const LOCK_TIMEOUT: &str = "3s";

/// The routines of a table's partition policy, in the order in which they can be created: create, drop,
/// maintain, list. None without a policy.
pub fn partition_routines(schema: &Schema, table: &Table) -> Vec<Routine> {
    let policy = table
        .partitioning
        .as_ref()
        .and_then(|partitioning| partitioning.policy.as_ref());
    policy.map_or_else(Vec::new, |policy| {
        let parts = Parts {
            schema,
            table,
            policy,
        };
        vec![parts.create(), parts.drop(), parts.maintain(), parts.list()]
    })
}

/// A time as a value of the key: for a UUID the least one of that millisecond.
fn encoded(encoding: BoundEncoding, time: &str) -> String {
    match encoding {
        BoundEncoding::UuidV7 => format!(
            "rpad(lpad(to_hex((extract(epoch FROM {time}) * 1000)::bigint), 12, '0'), 32, '0')::uuid"
        ),
        BoundEncoding::TimestampTz => time.to_owned(),
    }
}

/// What the routines of one table are made of.
struct Parts<'a> {
    schema: &'a Schema,
    table: &'a Table,
    policy: &'a PartitionPolicy,
}

impl Parts<'_> {
    fn create(&self) -> Routine {
        let parent = self.parent();
        let attach = self.attach(&parent);
        let body = self
            .template(include_str!("create.sql"))
            .bind("prefix", text(format!("{}_", self.table.name.name)))
            .bind("namespace", text(self.namespace()))
            .bind("bounds", self.bounds(4))
            .bind(
                "leaf",
                text(self.leaf(
                    1,
                    &Leaf {
                        partition: "v_partition",
                        name: "v_name",
                        comment: "format('Rows of %s, in UTC.', to_char(v_month, 'YYYY-MM'))",
                    },
                )),
            )
            .bind("attach", text(text_indented(&attach, 1)));
        let comment = format!(
            "Makes the partition of {} for the month that a day lies in, in UTC, if it is not there yet, and \
             returns its name. Safe when two sessions call it at once.",
            self.table.name
        );
        self.routine(
            &self.policy.create_routine,
            Returns::Value(DataType::Text),
            body,
        )
        .argument(Argument::new("p_month", DataType::Date))
        .comment(comment)
    }

    /// The statement that attaches a month. A default partition may hold rows of it already.
    fn attach(&self, parent: &str) -> String {
        let pattern = "ALTER TABLE ".to_owned()
            + &leaf::escaped(parent)
            + " ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)";
        let [from, to] = ["v_from", "v_to"].map(|it| encoded(self.policy.encoding, it));
        let pattern = quote_literal(&pattern);
        let attach = format!("EXECUTE format(\n    {pattern},\n    v_partition, {from}, {to}\n);");
        if !self.policy.default_partition {
            return attach;
        }
        format!(
            "BEGIN
{}
EXCEPTION WHEN check_violation THEN
    RAISE EXCEPTION 'partitions: the default partition of % has rows that belong into %', {}, v_partition
        USING ERRCODE = 'check_violation',
              HINT = 'In one transaction: detach the default partition, make the month, insert its rows into the table, delete them from \
             the former default partition, and attach that again.';
END;",
            text_indented(&attach, 1),
            quote_literal(parent)
        )
    }

    fn drop(&self) -> Routine {
        let months = Argument::new("p_months", DataType::Integer);
        let months = match self.policy.retention_months {
            Some(kept) => months.default(i64::from(kept)),
            None => months,
        };
        let detach = format!(
            "ALTER TABLE {} DETACH PARTITION %s",
            leaf::escaped(&self.parent())
        );
        let before_drop = self.policy.before_drop.as_ref();
        let before_drop = before_drop.map_or_else(String::new, |routine| {
            let routine = qualified(self.schema, routine);
            format!("    PERFORM {routine}(v_kept_from);\n")
        });
        let body = self
            .template(include_str!("drop.sql"))
            .bind("bounds", self.bounds(3))
            .bind("bounds_deeper", self.bounds(4))
            .bind("detach", text(detach))
            .bind("before_drop", text(before_drop));
        let comment = format!(
            "Drops the partitions of {} that ended before the given number of months that precede this one, in UTC, \
             and returns their names. Blocks the table for a moment; gives up when it has to wait long.",
            self.table.name
        );
        self.routine(
            &self.policy.drop_routine,
            Returns::SetOf(DataType::Text),
            body,
        )
        .argument(months)
        .comment(comment)
    }

    fn maintain(&self) -> Routine {
        let ahead = self.policy.ahead;
        let (first, from) = match self.policy.late_days {
            0 => (String::new(), "this month".to_owned()),
            days => (
                format!(" - INTERVAL '{days} days'"),
                format!("the month of {days} days ago"),
            ),
        };
        // The DEFAULT partition has a part of the text only where the policy wants one.
        let default = if self.policy.default_partition {
            include_str!("default.sql")
        } else {
            ""
        };
        let name = format!("{}_default", self.table.name.name);
        let partition = quote_literal(&format!(
            "{}.{}",
            quote_ident(&self.namespace()),
            quote_ident(&name)
        ));
        let attach = format!(
            "ALTER TABLE {} ATTACH PARTITION %s DEFAULT",
            leaf::escaped(&self.parent())
        );
        let target = Leaf {
            partition: &partition,
            name: &quote_literal(&name),
            comment: "'Rows that fit no other partition.'",
        };
        let body = self
            .template(&include_str!("maintain.sql").replace("{default}", default))
            .bind("first", text(first))
            .bind("ahead", Binding::Integer(ahead.into()))
            .bind("bounds", self.bounds(5))
            .bind(
                "create",
                Binding::Routine(self.policy.create_routine.clone()),
            )
            .bind("leaf", text(self.leaf(2, &target)))
            .bind("partition", text(partition.clone()))
            .bind("attach", text(attach));
        let comment = format!(
            "Makes the partitions of {} that are missing from {from} to {ahead} months ahead, in UTC, and returns \
             their names. For a scheduler, daily.",
            self.table.name
        );
        self.routine(
            &self.policy.maintain_routine,
            Returns::SetOf(DataType::Text),
            body,
        )
        .comment(comment)
    }

    fn list(&self) -> Routine {
        let body = self
            .template(include_str!("list.sql"))
            .bind("bounds", self.bounds(2));
        let columns = [
            ("partition_name", DataType::Text),
            ("lower_bound", DataType::TimestampTz),
            ("upper_bound", DataType::TimestampTz),
            ("is_current", DataType::Boolean),
            ("is_ahead", DataType::Boolean),
            ("is_detaching", DataType::Boolean),
            ("estimated_rows", DataType::BigInt),
            ("total_bytes", DataType::BigInt),
        ];
        let comment = format!(
            "The partitions of {}, by time, with their bounds (lower included, upper not; NULL for a DEFAULT \
             partition), rows as last analyzed (NULL before) and bytes with indexes.",
            self.table.name
        );
        self.routine(&self.policy.list_routine, Returns::table(columns), body)
            .language(Language::Sql)
            .volatility(Volatility::Stable)
            .comment(comment)
    }

    /// Bounds are written and read as text, so the settings that shape it are pinned.
    fn routine(&self, name: &QualifiedName, returns: Returns, body: Template) -> Routine {
        let routine = Routine::new(name, returns, body)
            .setting("timezone", "UTC")
            .setting("datestyle", "ISO, YMD");
        if *name == self.policy.list_routine {
            return routine;
        }
        let routine = routine.setting("lock_timeout", LOCK_TIMEOUT);
        if *name == self.policy.create_routine {
            // Its body sets it to the table's own.
            routine.setting("default_tablespace", "")
        } else {
            routine
        }
    }

    fn template(&self, text: &str) -> Template {
        Template::new(text).relation("parent", &self.table.name)
    }

    fn parent(&self) -> String {
        qualified(self.schema, &self.table.name)
    }

    fn namespace(&self) -> String {
        self.schema.namespace_of(&self.table.name).to_string()
    }

    /// The subquery that reads the partition tree, indented to its place.
    fn bounds(&self, levels: usize) -> Binding {
        let bounds = include_str!("bounds.sql")
            .trim_end()
            .replace(
                "{lower}",
                &self.decoded("r.bound[1]", "MINVALUE", "-infinity"),
            )
            .replace(
                "{upper}",
                &self.decoded("r.bound[2]", "MAXVALUE", "infinity"),
            )
            .replace("{parent:literal}", &quote_literal(&self.parent()));
        text(text_indented(&bounds, levels))
    }

    /// A bound's text as a time. NULL for a DEFAULT partition, which has no bounds.
    fn decoded(&self, bound: &str, open: &str, infinity: &str) -> String {
        let time = match self.policy.encoding {
            BoundEncoding::UuidV7 => format!(
                "to_timestamp(('x' || left(replace({bound}, '-', ''), 12))::bit(48)::bigint / 1000.0::float8)"
            ),
            BoundEncoding::TimestampTz => format!("{bound}::timestamptz"),
        };
        format!(
            "CASE {bound}\n           WHEN '{open}' THEN '{infinity}'::timestamptz\n           ELSE {time}\n       END"
        )
    }

    /// The statements that make a partition's table.
    fn leaf(&self, levels: usize, target: &Leaf<'_>) -> String {
        let statements = leaf::statements(self.schema, self.table, self.policy, target);
        text_indented(&statements.join("\n"), levels)
    }
}

fn text(text: String) -> Binding {
    Binding::Text(text)
}
