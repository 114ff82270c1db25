//! Types that refuse values, under each name that they have had: `#[event(same_as = "...")]` says which two are one.

use super::event_members::without_modules;
use crate::event_data::DataShape;
use crate::event_type::EventType;

/// Names of one type each.
pub(super) struct SameChecks(Vec<Vec<String>>);

impl SameChecks {
    /// What the shapes of event types say.
    pub(super) fn of<'a>(events: impl Iterator<Item = &'a EventType>) -> Self {
        let mut all = Self(Vec::new());
        for event in events {
            each_shape(&mut event.clone(), &mut |shape| {
                if let DataShape::Checked {
                    by,
                    also: Some(also),
                    ..
                } = shape
                {
                    all.add([without_modules(by), without_modules(also)]);
                }
            });
        }
        all
    }

    fn add(&mut self, names: [String; 2]) {
        let (mut same, others): (Vec<_>, Vec<_>) = std::mem::take(&mut self.0)
            .into_iter()
            .partition(|it| names.iter().any(|name| it.contains(name)));
        same.push(names.into());
        self.0 = others;
        self.0.push(same.concat());
    }

    /// An event type in which each type has the first of its names.
    pub(super) fn with_first_names(&self, event: &EventType) -> EventType {
        let mut event = event.clone();
        let first = |name: &mut String| {
            let known = without_modules(name);
            if let Some(first) = self
                .0
                .iter()
                .find(|it| it.contains(&known))
                .and_then(|it| it.first())
            {
                name.clone_from(first);
            }
        };
        each_shape(&mut event, &mut |shape| {
            if let DataShape::Checked { by, also, .. } = shape {
                first(by);
                also.iter_mut().for_each(first);
            }
        });
        event
    }
}

fn each_shape(event: &mut EventType, look: &mut dyn FnMut(&mut DataShape)) {
    for field in &mut event.fields {
        field.shape.each(look);
    }
    for ty in &mut event.types {
        ty.shape.each(look);
    }
}

impl DataShape {
    /// Looks at the shape and at those in it.
    fn each(&mut self, look: &mut dyn FnMut(&mut Self)) {
        look(self);
        match self {
            Self::Option(inner)
            | Self::List(inner)
            | Self::Set(inner)
            | Self::Array(inner, _)
            | Self::Checked { shape: inner, .. }
            | Self::Made { shape: inner, .. } => inner.each(look),
            Self::Tuple(all) => all.iter_mut().for_each(|it| it.each(look)),
            Self::Map(key, value) => {
                key.each(look);
                value.each(look);
            }
            Self::Struct(shape) => {
                shape.fields.iter_mut().for_each(|it| it.shape.each(look));
            }
            Self::Enum(shape) => {
                let contents = shape
                    .variants
                    .iter_mut()
                    .filter_map(|it| it.content.as_mut());
                contents.for_each(|it| it.each(look));
            }
            _ => {}
        }
    }
}
