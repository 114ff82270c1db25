//! Edits of the types that a random schema defines: enums get labels, domains other rules.

use eventcore_schema_model::constraint::ConstraintKind;
use eventcore_schema_model::prelude::*;

use crate::pairs::Pairs;

impl Pairs {
    pub(crate) fn add_label(&mut self, schema: &mut Schema) {
        let label = self.name("more");
        if let Some(at) = self.place(schema.types.len()) {
            let UserType::Enum(ty) = &mut schema.types[at] else {
                return;
            };
            let place = self.random.below(1 + ty.labels.len() as u64);
            ty.labels.insert(usize::try_from(place).unwrap(), label);
        }
    }

    /// Another comment, name or text of a label; or the type goes, if no column has it.
    pub(crate) fn change_type(&mut self, schema: &mut Schema) {
        let Some(at) = self.place(schema.types.len()) else {
            self.add_type(schema);
            return;
        };
        let kind = self.random.below(4);
        let (comment, new) = (self.text(), self.name("other"));
        if let UserType::Domain(ty) = &schema.types[at] {
            let domain = self.changed(schema, ty.clone());
            schema.types[at] = domain.into();
            return;
        }
        let UserType::Enum(ty) = &mut schema.types[at] else {
            return;
        };
        let old = ty.name.clone();
        match kind {
            0 => ty.comment = Some(comment),
            1 if ty.renamed_labels.is_empty() => {
                let from = ty.labels[0].clone();
                ty.labels[0].clone_from(&new);
                *ty = ty.clone().renamed_label(&from, &new);
                for table in &mut schema.tables {
                    relabel(table, &from, &new);
                }
            }
            2 if ty.renamed_from.is_none() => {
                ty.name = EnumType::new(new, [""]).name;
                ty.renamed_from = Some(old.clone());
                let name = ty.name.clone();
                let tables = schema.tables.iter_mut().flat_map(|it| &mut it.columns);
                for column in tables.filter(|it| it.ty.name() == Some(&old)) {
                    column.ty = DataType::Named(name.clone());
                }
                let views = schema.views.iter_mut().flat_map(|it| &mut it.columns);
                for column in views.filter(|it| it.ty.name() == Some(&old)) {
                    column.ty = DataType::Named(name.clone());
                }
            }
            3 if ty.renamed_from.is_none() => {
                let mut columns = schema.tables.iter().flat_map(|it| &it.columns);
                if !columns.any(|it| it.ty.name() == Some(&old)) {
                    schema.types.remove(at);
                    *schema = schema
                        .clone()
                        .drop(ObjectRef::user_type(old), "nobody uses it");
                }
            }
            _ => {}
        }
    }

    pub(crate) fn add_composite(&mut self, schema: &mut Schema) {
        let name = self.name("whole");
        let name = self.somewhere(schema, name);
        let mut ty = Composite::new(name);
        for _ in 0..=self.random.below(3) {
            ty = ty.attribute(self.attribute());
        }
        schema.types.push(ty.into());
    }

    /// Another shape of a composite type, or a new one.
    pub(crate) fn change_composite(&mut self, schema: &mut Schema) {
        let types = schema.types.iter().enumerate();
        let composites = types.filter(|(_, it)| matches!(it, UserType::Composite(_)));
        let places: Vec<usize> = composites.map(|(at, _)| at).collect();
        match self.pick(&places).copied() {
            Some(at) => {
                if let UserType::Composite(ty) = &schema.types[at] {
                    schema.types[at] = self.changed_composite(ty.clone()).into();
                }
            }
            None => self.add_composite(schema),
        }
    }

    fn attribute(&mut self) -> Attribute {
        let types = [
            DataType::Text,
            DataType::BigInt,
            DataType::Boolean,
            DataType::Numeric(Some((12, 2))),
        ];
        let ty = self.pick(&types).unwrap().clone();
        let mut attribute = Attribute::new(self.name("part"), ty);
        attribute.comment = self.random.chance(60).then(|| self.text());
        attribute
    }

    /// A composite type with an attribute more or less, or with another name or comment of one.
    fn changed_composite(&mut self, mut ty: Composite) -> Composite {
        ty.dropped_attributes.clear();
        let at = self.place(ty.attributes.len()).unwrap();
        match self.random.below(4) {
            0 => ty.attribute(self.attribute()),
            1 if ty.attributes.len() > 1 && ty.attributes[at].renamed_from.is_none() => {
                let gone = ty.attributes.remove(at);
                ty.drop_attribute(gone.name, "nobody reads it")
            }
            2 if ty.attributes[at].renamed_from.is_none() => {
                let new = Ident::new(self.name("other")).unwrap();
                let old = std::mem::replace(&mut ty.attributes[at].name, new);
                ty.attributes[at].renamed_from = Some(old);
                ty
            }
            _ => {
                ty.attributes[at].comment = self.random.chance(50).then(|| self.text());
                ty
            }
        }
    }

    /// A domain with another default, rule or comment.
    fn changed(&mut self, schema: &Schema, mut domain: Domain) -> Domain {
        match self.random.below(4) {
            0 => self.checked(domain),
            1 => {
                domain.checks.pop();
                domain
            }
            2 => {
                domain.default = self.constant(schema, &domain.base);
                domain
            }
            _ => domain.comment(self.text()),
        }
    }
}

/// Puts another text of a label into what names it.
fn relabel(table: &mut Table, from: &str, to: &str) {
    let swap = |value: &mut Expr| {
        if *value == lit(from) {
            *value = lit(to);
        }
    };
    for column in &mut table.columns {
        column.default.iter_mut().for_each(swap);
    }
    for constraint in &mut table.constraints {
        if let ConstraintKind::Check(Expr::Binary(compared, _, _)) = &mut constraint.kind
            && let Expr::Binary(_, _, label) = &mut **compared
        {
            swap(label);
        }
    }
}
