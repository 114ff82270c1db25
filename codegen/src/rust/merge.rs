//! What several stores have in common: one function, row and relation for what is the same in them, and
//! an error for what only seems the same.

use std::collections::BTreeMap;

use eventcore_schema_model::column::Column;
use eventcore_schema_model::name::Ident;
use eventcore_schema_model::query::{Cardinality, Query, Row};
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::ty::DataType;
use eventcore_schema_model::view::ViewColumn;
use quote::format_ident;

use super::{EmitError, StoreFiles, distinct, names, support};
use crate::Store;
use crate::sql::qualified;

/// Everything that the stores have, each once.
pub(super) struct Merged<'a> {
    /// The stores' names; each is a layout.
    pub(super) layouts: Vec<&'a Ident>,
    /// The queries, in the order of the definitions.
    pub(super) queries: Vec<MergedQuery<'a>>,
    /// The rows, by name.
    pub(super) rows: BTreeMap<&'a Ident, &'a Row>,
    /// Tables and views, by schema and name.
    pub(super) relations: Vec<MergedRelation<'a>>,
}

/// A query with its text in each store that has it.
pub(super) struct MergedQuery<'a> {
    pub(super) query: &'a Query,
    /// Layout and text.
    pub(super) texts: Vec<(&'a Ident, String)>,
}

/// A table or view with the columns that any store gives it.
pub(super) struct MergedRelation<'a> {
    pub(super) namespace: &'a Ident,
    pub(super) name: &'a Ident,
    pub(super) layouts: Vec<&'a Ident>,
    pub(super) columns: Vec<MergedColumn<'a>>,
}

/// A column of a relation.
pub(super) struct MergedColumn<'a> {
    pub(super) name: &'a Ident,
    pub(super) ty: &'a DataType,
    pub(super) nullable: bool,
    pub(super) comment: Option<&'a str>,
    /// The definition's own type in SQL, of the column or of its elements.
    pub(super) own_type: Option<String>,
    pub(super) layouts: Vec<&'a Ident>,
}

impl MergedQuery<'_> {
    /// Whether all stores that have the query have one text for it.
    pub(super) fn is_shared(&self) -> bool {
        self.texts.windows(2).all(|pair| pair[0].1 == pair[1].1)
    }

    /// The constants that hold its texts, in their order: one and the same where the text is shared.
    pub(super) fn text_constants(&self) -> Result<Vec<proc_macro2::Ident>, EmitError> {
        let info = names::screaming("query", self.query.name.as_str())?;
        let texts = self.texts.iter().map(|(layout, _)| {
            if self.is_shared() {
                return Ok(format_ident!("{info}_SQL"));
            }
            let suffix = names::screaming("store", layout.as_str())?;
            Ok(format_ident!("{info}_SQL_{suffix}"))
        });
        texts.collect()
    }
}

impl<'a> Merged<'a> {
    pub(super) fn of(stores: &[StoreFiles<'a>]) -> Result<Self, EmitError> {
        let mut merged = Self {
            layouts: Vec::new(),
            queries: Vec::new(),
            rows: BTreeMap::new(),
            relations: Vec::new(),
        };
        if stores.is_empty() {
            return Err(EmitError::NoStore);
        }
        for StoreFiles { store, .. } in stores {
            merged.layouts.push(&store.schema.name);
            for query in &store.schema.queries {
                merged.add_query(store, query)?;
            }
            merged.add_relations(store)?;
        }
        distinct::check(&merged)?;
        Ok(merged)
    }

    /// What the files say that they come from.
    pub(super) fn source(&self) -> String {
        let names: Vec<String> = self
            .layouts
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        let word = if names.len() == 1 {
            "schema"
        } else {
            "schemas"
        };
        format!("{word} {}", names.join(", "))
    }

    /// The query modules' names, sorted, each once.
    pub(super) fn modules(&self) -> Vec<&'a Ident> {
        let mut modules: Vec<&Ident> = self
            .queries
            .iter()
            .map(|merged| &merged.query.module)
            .collect();
        modules.sort();
        modules.dedup();
        modules
    }

    /// The module of a relation's columns; where schemas share its name, theirs stands before it.
    pub(super) fn module_of(
        &self,
        relation: &MergedRelation<'_>,
    ) -> Result<proc_macro2::Ident, EmitError> {
        let name = relation.name.as_str();
        let namesakes = self.relations.iter();
        if namesakes
            .filter(|other| other.name == relation.name)
            .count()
            > 1
        {
            names::snake("relation", &format!("{}_{name}", relation.namespace))
        } else {
            names::snake("relation", name)
        }
    }

    fn add_query(&mut self, store: &'a Store<'a>, query: &'a Query) -> Result<(), EmitError> {
        check_query(query)?;
        if let Some(row) = &query.row {
            self.add_row(query, row)?;
        }
        let layout = &store.schema.name;
        let text = crate::sql::query_text(store.schema, query)?;
        let Some(known) = self
            .queries
            .iter_mut()
            .find(|known| known.query.name == query.name)
        else {
            self.queries.push(MergedQuery {
                query,
                texts: vec![(layout, text)],
            });
            return Ok(());
        };
        if let Some(what) = difference(known.query, query) {
            return Err(EmitError::QueryConflict {
                query: query.name.to_string(),
                what,
                first: known.texts[0].0.to_string(),
                second: layout.to_string(),
            });
        }
        known.texts.push((layout, text));
        Ok(())
    }

    fn add_row(&mut self, query: &'a Query, row: &'a Row) -> Result<(), EmitError> {
        let columns = row.columns.iter().map(|column| &column.name);
        distinct::idents("column", columns, names::snake)?;
        let known = *self.rows.entry(&row.name).or_insert(row);
        if known.columns == row.columns {
            return Ok(());
        }
        let first = self.queries.iter().find(|merged| {
            merged
                .query
                .row
                .as_ref()
                .is_some_and(|other| other.name == row.name)
        });
        Err(EmitError::RowConflict {
            row: row.name.to_string(),
            first: first.map_or_else(String::new, |merged| merged.query.name.to_string()),
            second: query.name.to_string(),
        })
    }

    fn add_relations(&mut self, store: &'a Store<'a>) -> Result<(), EmitError> {
        let schema = store.schema;
        for table in &schema.tables {
            let columns = table.columns.iter();
            let columns = columns
                .map(|it| MergedColumn::of_table(schema, it))
                .collect();
            self.add_relation(
                store,
                schema.namespace_of(&table.name),
                &table.name.name,
                columns,
            )?;
        }
        for view in &schema.views {
            let columns = view.columns.iter();
            let columns = columns
                .map(|it| MergedColumn::of_view(schema, it))
                .collect();
            self.add_relation(
                store,
                schema.namespace_of(&view.name),
                &view.name.name,
                columns,
            )?;
        }
        Ok(())
    }

    fn add_relation(
        &mut self,
        store: &'a Store<'a>,
        namespace: &'a Ident,
        name: &'a Ident,
        columns: Vec<MergedColumn<'a>>,
    ) -> Result<(), EmitError> {
        let layout = &store.schema.name;
        let same = |known: &MergedRelation<'_>| known.namespace == namespace && known.name == name;
        let at = self.relations.iter().position(same).unwrap_or_else(|| {
            self.relations.push(MergedRelation {
                namespace,
                name,
                layouts: Vec::new(),
                columns: Vec::new(),
            });
            self.relations.len() - 1
        });
        let relation = &mut self.relations[at];
        relation.layouts.push(layout);
        for mut column in columns {
            match relation
                .columns
                .iter_mut()
                .find(|known| known.name == column.name)
            {
                None => {
                    column.layouts.push(layout);
                    relation.columns.push(column);
                }
                Some(known) if known.ty == column.ty && known.own_type == column.own_type => {
                    known.nullable |= column.nullable;
                    known.layouts.push(layout);
                }
                Some(known) => {
                    return Err(EmitError::ColumnConflict {
                        column: format!("{name}.{}", column.name),
                        first: format!("{} in store `{}`", known.ty, known.layouts[0]),
                        second: format!("{} in store `{layout}`", column.ty),
                    });
                }
            }
        }
        let columns = relation.columns.iter().map(|column| column.name);
        distinct::idents("column", columns, names::screaming).map_err(|error| EmitError::Relation {
            relation: format!("{namespace}.{name}"),
            error: Box::new(error),
        })
    }
}

impl<'a> MergedColumn<'a> {
    fn of_table(schema: &'a Schema, column: &'a Column) -> Self {
        Self {
            name: &column.name,
            ty: schema.base_of(&column.ty),
            nullable: column.nullable,
            comment: column.comment.as_deref(),
            own_type: own_type(schema, schema.base_of(&column.ty)),
            layouts: Vec::new(),
        }
    }

    fn of_view(schema: &'a Schema, column: &'a ViewColumn) -> Self {
        Self {
            name: &column.name,
            ty: schema.base_of(&column.ty),
            nullable: column.nullable,
            comment: None,
            own_type: own_type(schema, schema.base_of(&column.ty)),
            layouts: Vec::new(),
        }
    }
}

/// The name in SQL of the definition's own type that a column or its elements have.
fn own_type(schema: &Schema, ty: &DataType) -> Option<String> {
    ty.name().map(|name| qualified(schema, name))
}

fn check_query(query: &Query) -> Result<(), EmitError> {
    let module = names::snake("module", query.module.as_str())?.to_string();
    if support::is_reserved(&module) {
        return Err(EmitError::ReservedModule {
            query: query.name.to_string(),
            module,
        });
    }
    let rowless = matches!(query.cardinality, Cardinality::None | Cardinality::Affected);
    if query.row.is_none() && !rowless {
        return Err(EmitError::NoRow {
            query: query.name.to_string(),
        });
    }
    if query.outside_transaction && !query.params.is_empty() {
        return Err(EmitError::UtilityParams {
            query: query.name.to_string(),
        });
    }
    let params = query.params.iter().map(|param| &param.name);
    distinct::idents("parameter", params, names::snake)
}

/// What makes two queries different functions.
fn difference(left: &Query, right: &Query) -> Option<&'static str> {
    let types = |query: &Query| -> Vec<_> {
        let params = query.params.iter();
        params
            .map(|p| {
                (
                    p.name.clone(),
                    p.ty.clone(),
                    p.nullable,
                    p.nullable_elements,
                )
            })
            .collect()
    };
    let row = |query: &Query| query.row.as_ref().map(|row| row.name.clone());
    if left.module != right.module {
        Some("module")
    } else if types(left) != types(right) {
        Some("list of parameters")
    } else if row(left) != row(right) {
        Some("row")
    } else if left.cardinality != right.cardinality {
        Some("cardinality")
    } else if left.outside_transaction != right.outside_transaction {
        Some("need of a transaction")
    } else {
        None
    }
}
