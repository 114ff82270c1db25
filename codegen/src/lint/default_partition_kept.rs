//! LT006: a policy that drops old partitions never looks into the default one, whose rows stay for ever.

use eventcore_schema_model::lint::LintCode;
use eventcore_schema_model::validate::{ObjectPath, ValidSchema};

use super::{Lint, is_allowed};

pub(super) fn check(schema: &ValidSchema) -> Vec<Lint> {
    let tables = schema.tables.iter();
    let spared = tables.filter(|table| {
        let policy = schema.find_policy(&table.name);
        policy.is_some_and(|it| it.default_partition && it.retention_months.is_some())
            && !is_allowed(LintCode::LT006, &[&table.allows])
    });
    spared
        .map(|table| Lint {
            code: LintCode::LT006,
            path: ObjectPath::new("table", &table.name),
            message: "its retention drops whole months, and rows in its default partition stay for ever".to_owned(),
            help: "leave the default partition out, so that a row without a month is an error; or delete its old rows in a job of \
                   your own"
                .to_owned(),
            place: table.place,
        })
        .collect()
}
