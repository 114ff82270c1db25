//! Event shapes that were recorded and never released: no log that anybody keeps has such events.

use eventcore_schema_model::diff::unread_events;
use eventcore_schema_model::event_type::EventType;
use eventcore_schema_model::schema::Schema;

use super::Recorded;

impl Recorded {
    /// Whether the definition cannot read the events of some recorded type.
    pub fn has_unread_events(&self, definition: &Schema) -> bool {
        self.histories()
            .any(|schema| !unread_events(schema, definition).is_empty())
    }

    /// Replaces the shapes that the definition cannot read, and that `released` does not have, by those that it has. Returns those
    /// replaced. `released` is what others have recorded; none if they have nothing of this store.
    pub fn forget_unreleased_events(
        &mut self,
        definition: &Schema,
        released: Option<&Schema>,
    ) -> Vec<EventType> {
        let released: Vec<&EventType> = released
            .iter()
            .flat_map(|it| it.recorded_events())
            .collect();
        let mut replaced: Vec<EventType> = Vec::new();
        let Some(snapshot) = &mut self.snapshot else {
            return replaced;
        };
        for schema in std::iter::once(&mut snapshot.schema).chain(&mut snapshot.newest.before) {
            let unread = unread_events(schema, definition).into_iter();
            let unreleased: Vec<_> = unread
                .filter(|event| !released.contains(event))
                .cloned()
                .collect();
            schema.events.retain(|event| !unreleased.contains(event));
            schema
                .former_events
                .retain(|event| !unreleased.contains(event));
            for event in &released {
                let is_heir = unreleased.iter().any(|it| share_a_name(it, event));
                if is_heir && !schema.recorded_events().any(|it| it == *event) {
                    schema.former_events.push((*event).clone());
                }
            }
            for event in unreleased {
                if replaced.iter().all(|known| known.name != event.name) {
                    replaced.push(event);
                }
            }
        }
        replaced
    }

    /// The recorded schema, and the one before the newest migrations.
    fn histories(&self) -> impl Iterator<Item = &Schema> {
        let snapshots = self.snapshot.iter();
        snapshots.flat_map(|it| std::iter::once(&it.schema).chain(&it.newest.before))
    }
}

fn share_a_name(one: &EventType, other: &EventType) -> bool {
    one.read_names()
        .any(|name| other.read_names().any(|it| it == name))
}
