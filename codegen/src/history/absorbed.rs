//! Annotations of changes that are planned already: what the definition says of them now would not reach their migrations.

use eventcore_schema_model::column::Column;
use eventcore_schema_model::expr::Expr;
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::table::Table;
use eventcore_schema_model::view::View;

use super::Recorded;

impl Recorded {
    /// Columns and views whose migrations are among the newest, and of which the definition says by now otherwise how they
    /// come about, each in words.
    pub fn changed_annotations(&self, schema: &Schema) -> Vec<String> {
        let Some(snapshot) = &self.snapshot else {
            return Vec::new();
        };
        let Some(before) = &snapshot.newest.before else {
            return Vec::new();
        };
        let mut all = Vec::new();
        for table in &schema.tables {
            let Some(planned) = snapshot.schema.find_table(&table.name) else {
                continue;
            };
            let earlier = table_before(planned, before);
            for column in &table.columns {
                let Some(was) = planned.find_column(&column.name) else {
                    continue;
                };
                let old = was.renamed_from.as_ref().unwrap_or(&was.name);
                let before = earlier.and_then(|it| it.find_column(old));
                if before != Some(was) && !says_the_same(was, column) {
                    all.push(format!("column `{}` of `{}`", column.name, table.name));
                }
            }
        }
        all.extend(taken_back(before, &snapshot.schema, schema));
        for view in &schema.views {
            let Some(planned) = snapshot.schema.find_view(&view.name) else {
                continue;
            };
            let is_planned = before.find_view(&view.name) != Some(planned);
            let empty = |it: &View| it.materialized.as_ref().is_some_and(|it| it.empty);
            if is_planned && empty(planned) != empty(view) {
                all.push(format!("view `{}`", view.name));
            }
        }
        all
    }
}

/// Tables and columns that the newest migrations drop, and that the definition has again as they were: planned onward, they would
/// come back empty.
fn taken_back(before: &Schema, planned: &Schema, schema: &Schema) -> Vec<String> {
    let mut all = Vec::new();
    for table in &schema.tables {
        let Some(earlier) = before.find_table(&table.name) else {
            continue;
        };
        let Some(between) = planned.find_table(&table.name) else {
            all.push(format!("table `{}`", table.name));
            continue;
        };
        let is_back = |column: &&Column| {
            earlier.find_column(&column.name).is_some()
                && between.find_column(&column.name).is_none()
        };
        let columns = table.columns.iter().filter(is_back);
        all.extend(columns.map(|it| format!("column `{}` of `{}`", it.name, table.name)));
    }
    all
}

fn table_before<'a>(planned: &Table, before: &'a Schema) -> Option<&'a Table> {
    let old = planned.renamed_from.as_ref();
    before
        .find_table(&planned.name)
        .or_else(|| before.find_table(old?))
}

/// Whether the values that rows get are the same.
fn says_the_same(was: &Column, is: &Column) -> bool {
    fn using(column: &Column) -> Option<&Expr> {
        column.rewrite.as_ref().and_then(|it| it.using.as_ref())
    }
    was.backfill == is.backfill && using(was) == using(is)
}
