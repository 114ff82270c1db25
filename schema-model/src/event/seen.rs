//! A value as serde sees it, before JSON makes one of what differs: `None` and `Some(None)`, `1.0` and `1`, `0.0` and
//! `-0.0`. Two such values are compared; what JSON or a database makes of them is not known here.

mod serializer;

use std::fmt;

use serde::Serialize;

use super::json::{Place, join};

/// What `Serialize` says of a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Seen {
    None,
    Some(Box<Seen>),
    Unit,
    Bool(bool),
    Integer(i128),
    /// Beyond `i128`.
    Huge(u128),
    Float(Float),
    Text(String),
    Bytes(Vec<u8>),
    /// JSON text that the value holds as it is, in the form in which two are compared.
    Json(String),
    /// A variant of an externally tagged enum, and what it holds.
    Variant(&'static str, Box<Seen>),
    List(Vec<Seen>),
    /// A map or a struct.
    Map(Vec<(Seen, Seen)>),
}

/// A float by its bits, so that zeros of either sign differ; `f32` and `f64` do, too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Float {
    Single(u32),
    Double(u64),
}

impl Float {
    fn value(&self) -> f64 {
        match self {
            Self::Single(bits) => f64::from(f32::from_bits(*bits)),
            Self::Double(bits) => f64::from_bits(*bits),
        }
    }
}

/// A place in a value, and what is wrong there.
#[derive(Debug)]
pub(super) struct Found<T> {
    pub(super) path: String,
    pub(super) what: T,
}

impl Seen {
    /// The value, unless its own `Serialize` refuses it.
    pub(super) fn of<T: Serialize + ?Sized>(value: &T) -> Option<Self> {
        value.serialize(serializer::Looks).ok()
    }

    /// The first float that JSON has no way to write.
    pub(super) fn not_finite(&self) -> Option<Found<f64>> {
        self.search(&mut Vec::new())
    }

    fn search(&self, within: &mut Vec<Place>) -> Option<Found<f64>> {
        match self {
            Self::Float(float) if !float.value().is_finite() => Some(Found {
                path: join(within.iter()),
                what: float.value(),
            }),
            Self::Some(inner) => inner.search(within),
            _ => self.inside().find_map(|(place, inner)| {
                within.push(place);
                let found = inner.search(within);
                within.pop();
                found
            }),
        }
    }

    /// What a list, map or variant holds.
    fn inside(&self) -> Box<dyn Iterator<Item = (Place, &Self)> + '_> {
        match self {
            Self::Variant(name, inner) => {
                let place = Place::Key(Some((*name).to_owned()));
                Box::new(std::iter::once((place, &**inner)))
            }
            Self::List(elements) => {
                let elements = elements.iter().enumerate();
                Box::new(elements.map(|(index, inner)| (Place::Index(index), inner)))
            }
            Self::Map(entries) => {
                let entries = entries.iter();
                Box::new(entries.map(|(key, inner)| (Place::Key(Some(key.as_key())), inner)))
            }
            _ => Box::new(std::iter::empty()),
        }
    }

    /// The first place at which another value differs from this one, with what each holds there. Sets and maps keep no
    /// order, so two lists of the same elements, and two maps of the same entries, are equal in any order.
    pub(super) fn difference(&self, other: &Self) -> Option<Found<(String, String)>> {
        self.compare(other, &mut Vec::new())
    }

    fn compare(&self, other: &Self, within: &mut Vec<Place>) -> Option<Found<(String, String)>> {
        match (self, other) {
            (Self::Some(left), Self::Some(right)) => return left.compare(right, within),
            (Self::Variant(left, inner), Self::Variant(right, others)) if left == right => {
                return inner.compare_at(others, Place::Key(Some((*left).to_owned())), within);
            }
            (Self::List(left), Self::List(right)) if left.len() == right.len() => {
                let mut pairs = left.iter().zip(right).enumerate();
                let found = pairs.find_map(|(index, (left, right))| {
                    left.compare_at(right, Place::Index(index), within)
                })?;
                return (self.ordered() != other.ordered()).then_some(found);
            }
            (Self::Map(left), Self::Map(right)) if left.len() == right.len() => {
                return compare_entries(left, right, within);
            }
            _ => {}
        }
        (self != other).then(|| differ(within, self, other))
    }

    fn compare_at(
        &self,
        other: &Self,
        place: Place,
        within: &mut Vec<Place>,
    ) -> Option<Found<(String, String)>> {
        within.push(place);
        let found = self.compare(other, within);
        within.pop();
        found
    }
}

fn compare_entries(
    left: &[(Seen, Seen)],
    right: &[(Seen, Seen)],
    within: &mut Vec<Place>,
) -> Option<Found<(String, String)>> {
    let (mut left, mut right): (Vec<_>, Vec<_>) = (left.iter().collect(), right.iter().collect());
    if left
        .iter()
        .zip(&right)
        .any(|(left, right)| left.0 != right.0)
    {
        left.sort_by(|one, other| one.0.cmp(&other.0));
        right.sort_by(|one, other| one.0.cmp(&other.0));
    }
    let mut pairs = left.into_iter().zip(right);
    pairs.find_map(|((key, left), (other, right))| {
        if key == other {
            left.compare_at(right, Place::Key(Some(key.as_key())), within)
        } else {
            Some(differ(within, key, other))
        }
    })
}

fn differ(within: &[Place], left: &Seen, right: &Seen) -> Found<(String, String)> {
    Found {
        path: join(within.iter()),
        what: (left.to_string(), right.to_string()),
    }
}

impl Seen {
    /// The same with the elements of each list and map in one order.
    fn ordered(&self) -> Self {
        match self {
            Self::Some(inner) => Self::Some(Box::new(inner.ordered())),
            Self::Variant(name, inner) => Self::Variant(name, Box::new(inner.ordered())),
            Self::List(elements) => {
                let mut elements: Vec<_> = elements.iter().map(Self::ordered).collect();
                elements.sort();
                Self::List(elements)
            }
            Self::Map(entries) => {
                let entries = entries.iter();
                let mut entries: Vec<_> = entries
                    .map(|(key, value)| (key.ordered(), value.ordered()))
                    .collect();
                entries.sort();
                Self::Map(entries)
            }
            leaf => leaf.clone(),
        }
    }

    /// As a member's name in a path.
    fn as_key(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Variant(name, _) => (*name).to_owned(),
            other => other.to_string(),
        }
    }
}

/// For messages: what kind of value it is, and its content only where that is no text.
impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("`None`"),
            Self::Some(inner) if matches!(**inner, Self::None | Self::Unit) => {
                write!(f, "`Some` of {inner}")
            }
            Self::Some(inner) => inner.fmt(f),
            Self::Unit => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::Integer(value) => value.fmt(f),
            Self::Huge(value) => value.fmt(f),
            Self::Float(Float::Single(bits)) => write!(f, "{:?}", f32::from_bits(*bits)),
            Self::Float(Float::Double(bits)) => write!(f, "{:?}", f64::from_bits(*bits)),
            Self::Text(_) => f.write_str("a text"),
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Json(_) => f.write_str("JSON text"),
            Self::Variant(name, _) => write!(f, "variant `{name}`"),
            Self::List(elements) => write!(f, "a list of {}", elements.len()),
            Self::Map(entries) => {
                let names: Vec<_> = entries.iter().map(|(key, _)| key.as_key()).collect();
                write!(f, "an object with `{}`", names.join("`, `"))
            }
        }
    }
}
