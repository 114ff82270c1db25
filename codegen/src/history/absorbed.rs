//! Annotations of changes that are planned already: what the definition says of them now would not reach their migrations.

use eventcore_schema_model::column::Column;
use eventcore_schema_model::diff::taken_back;
use eventcore_schema_model::expr::Expr;
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::table::Table;
use eventcore_schema_model::view::View;

use super::{Planning, Recorded};

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
            let Some(planned) = table_before(table, &snapshot.schema) else {
                continue;
            };
            let earlier = table_before(planned, before);
            for column in &table.columns {
                let old = column.renamed_from.as_ref();
                let was = planned.find_column(&column.name);
                let Some(was) = was.or_else(|| planned.find_column(old?)) else {
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

    /// What the migrations since `released` that stay lose, and the definition has again, each in words.
    pub fn lost_and_back(
        &self,
        released: &Schema,
        planning: Planning,
        definition: &Schema,
    ) -> Vec<String> {
        let stays = self.snapshot.as_ref().and_then(|planned| match planning {
            Planning::Onward => Some(&planned.schema),
            Planning::Amend => planned.newest.before.as_ref(),
            Planning::Founding => None,
        });
        stays.map_or_else(Vec::new, |stays| taken_back(released, stays, definition))
    }
}

fn table_before<'a>(table: &Table, before: &'a Schema) -> Option<&'a Table> {
    let old = table.renamed_from.as_ref();
    before
        .find_table(&table.name)
        .or_else(|| before.find_table(old?))
}

/// Whether the values that rows get are the same.
fn says_the_same(was: &Column, is: &Column) -> bool {
    fn using(column: &Column) -> Option<&Expr> {
        column.rewrite.as_ref().and_then(|it| it.using.as_ref())
    }
    was.backfill == is.backfill && using(was) == using(is)
}
