//! What a reader saw against what is stored. Knows nothing of how either came about.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

/// An event, as far as order is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) position: i64,
    pub(crate) stream: String,
    pub(crate) version: i64,
    pub(crate) event_id: Uuid,
}

/// What is wrong with what one reader saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Committed, never seen.
    pub(crate) missed: usize,
    /// Seen after a higher position, or after a higher version of its stream.
    pub(crate) inverted: usize,
    /// Seen more than once.
    pub(crate) doubled: usize,
    /// Seen, and not stored.
    pub(crate) phantom: usize,
}

/// Compares what is stored, of what the reader asked for, with what it saw, in the order in which it did.
pub(crate) fn judge<'a>(stored: impl IntoIterator<Item = &'a Seen>, seen: &[Seen]) -> Verdict {
    let stored: HashMap<Uuid, &Seen> = stored
        .into_iter()
        .map(|event| (event.event_id, event))
        .collect();
    let mut times: HashMap<Uuid, usize> = HashMap::new();
    let mut versions: BTreeMap<&str, i64> = BTreeMap::new();
    let mut verdict = Verdict::default();
    let mut last = 0;
    for event in seen {
        *times.entry(event.event_id).or_default() += 1;
        let version = versions.entry(&event.stream).or_default();
        if event.position <= last || event.version <= *version {
            verdict.inverted += 1;
        }
        last = last.max(event.position);
        *version = event.version.max(*version);
        if stored.get(&event.event_id) != Some(&event) {
            verdict.phantom += 1;
        }
    }
    verdict.doubled = times.values().filter(|times| **times > 1).count();
    verdict.missed = stored.keys().filter(|id| !times.contains_key(*id)).count();
    verdict
}

#[test]
fn the_judge_sees_each_fault() {
    let event = |position, version| Seen {
        position,
        stream: "s".to_owned(),
        version,
        event_id: Uuid::from_u128(u128::from(u64::try_from(position).unwrap())),
    };
    let all = [event(1, 1), event(4, 2), event(9, 3)];
    let of = |seen: &[Seen]| {
        let Verdict {
            missed,
            inverted,
            doubled,
            phantom,
        } = judge(&all, seen);
        (missed, inverted, doubled, phantom)
    };
    let [a, b, c] = all.clone();
    assert_eq!(of(&all), (0, 0, 0, 0));
    assert_eq!(of(&[a.clone(), c.clone()]), (1, 0, 0, 0));
    assert_eq!(of(&[a.clone(), c.clone(), b.clone()]), (0, 1, 0, 0));
    assert_eq!(
        of(&[a.clone(), b.clone(), b.clone(), c.clone()]),
        (0, 1, 1, 0)
    );
    assert_eq!(of(&[a, b, event(5, 3), c]), (0, 1, 0, 1));
}
