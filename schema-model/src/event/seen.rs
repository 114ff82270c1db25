//! A value as serde sees it, before JSON makes one of what differs: `None` and `Some(None)`, `1.0` and `1`, `0.0` and
//! `-0.0`. Two such values are compared; what JSON or a database makes of them is not known here.

mod serializer;

use std::fmt;

use serde::Serialize;

use super::json::{Place, join};
pub(super) use serializer::Refused;

/// What `Serialize` says of a value. Types are kept where two of them look alike in JSON: of two variants of an untagged enum,
/// the first that fits is read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Seen {
    None,
    Some(Box<Seen>),
    Unit,
    UnitStruct(&'static str),
    Bool(bool),
    /// An integer and its type.
    Integer(i128, &'static str),
    /// Beyond `i128`.
    Huge(u128),
    Float(Float),
    Char(char),
    Text(String),
    Bytes(Vec<u8>),
    /// JSON text that the value holds as it is, in the form in which two are compared.
    Json(String),
    /// A variant of an externally tagged enum, and what it holds.
    Variant(&'static str, Box<Seen>),
    /// A struct of one unnamed field.
    Newtype(&'static str, Box<Seen>),
    List(Vec<Seen>),
    /// A tuple or an array; of a struct, with its name.
    Tuple(&'static str, Vec<Seen>),
    Map(Vec<(Seen, Seen)>),
    /// A struct; of a variant, without a name.
    Struct(&'static str, Vec<(Seen, Seen)>),
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
    /// The value.
    ///
    /// # Errors
    /// When its own `Serialize` refuses it.
    pub(super) fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self, Refused> {
        value.serialize(serializer::Looks)
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
            Self::Some(inner) | Self::Newtype(_, inner) => inner.search(within),
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
            Self::List(elements) | Self::Tuple(_, elements) => {
                let elements = elements.iter().enumerate();
                Box::new(elements.map(|(index, inner)| (Place::Index(index), inner)))
            }
            Self::Map(entries) | Self::Struct(_, entries) => {
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
            (Self::Newtype(name, left), Self::Newtype(other, right)) if name == other => {
                return left.compare(right, within);
            }
            (Self::Variant(left, inner), Self::Variant(right, others)) if left == right => {
                return inner.compare_at(others, Place::Key(Some((*left).to_owned())), within);
            }
            (Self::List(left), Self::List(right)) if left.len() == right.len() => {
                let found = compare_elements(left, right, within)?;
                return (self.ordered() != other.ordered()).then_some(found);
            }
            (Self::Tuple(name, left), Self::Tuple(other, right))
                if name == other && left.len() == right.len() =>
            {
                return compare_elements(left, right, within);
            }
            (Self::Map(left), Self::Map(right)) if left.len() == right.len() => {
                return compare_entries(left, right, within);
            }
            (Self::Struct(name, left), Self::Struct(other, right))
                if name == other && left.len() == right.len() =>
            {
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

fn compare_elements(
    left: &[Seen],
    right: &[Seen],
    within: &mut Vec<Place>,
) -> Option<Found<(String, String)>> {
    let mut pairs = left.iter().zip(right).enumerate();
    pairs.find_map(|(index, (left, right))| left.compare_at(right, Place::Index(index), within))
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
    let mut what = (left.to_string(), right.to_string());
    if what.0 == what.1 {
        for (text, seen) in [(&mut what.0, left), (&mut what.1, right)] {
            *text = format!("{text} ({})", seen.type_name());
        }
    }
    Found {
        path: join(within.iter()),
        what,
    }
}

impl Seen {
    /// The same with the elements of each list and map in one order.
    fn ordered(&self) -> Self {
        match self {
            Self::Some(inner) => Self::Some(Box::new(inner.ordered())),
            Self::Variant(name, inner) => Self::Variant(name, Box::new(inner.ordered())),
            Self::Newtype(name, inner) => Self::Newtype(name, Box::new(inner.ordered())),
            Self::Tuple(name, elements) => {
                Self::Tuple(name, elements.iter().map(Self::ordered).collect())
            }
            Self::List(elements) => {
                let mut elements: Vec<_> = elements.iter().map(Self::ordered).collect();
                elements.sort();
                Self::List(elements)
            }
            Self::Map(entries) => Self::Map(ordered_entries(entries)),
            Self::Struct(name, entries) => Self::Struct(name, ordered_entries(entries)),
            leaf => leaf.clone(),
        }
    }

    /// As a member's name in a path.
    fn as_key(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Char(letter) => letter.to_string(),
            Self::Newtype(_, inner) => inner.as_key(),
            Self::Variant(name, _) => (*name).to_owned(),
            other => other.to_string(),
        }
    }

    /// The type of a value, for a message that its text alone does not explain.
    fn type_name(&self) -> String {
        match self {
            Self::Integer(_, ty) => (*ty).to_owned(),
            Self::Huge(_) => "u128".to_owned(),
            Self::Float(Float::Single(_)) => "f32".to_owned(),
            Self::Float(Float::Double(_)) => "f64".to_owned(),
            Self::UnitStruct(name) | Self::Newtype(name, _) => format!("struct `{name}`"),
            Self::Tuple(name, _) | Self::Struct(name, _) if !name.is_empty() => {
                format!("struct `{name}`")
            }
            Self::Some(inner) => inner.type_name(),
            Self::Unit => "unit".to_owned(),
            Self::Tuple(..) => "tuple or array".to_owned(),
            Self::List(_) => "sequence".to_owned(),
            Self::Struct(..) => "enum".to_owned(),
            Self::Map(_) => "map".to_owned(),
            other => other.to_string(),
        }
    }
}

fn ordered_entries(entries: &[(Seen, Seen)]) -> Vec<(Seen, Seen)> {
    let entries = entries.iter();
    let mut entries: Vec<_> = entries
        .map(|(key, value)| (key.ordered(), value.ordered()))
        .collect();
    entries.sort();
    entries
}

/// For messages: what kind of value it is, and its content only where that is no text.
impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("`None`"),
            Self::Some(inner) if matches!(**inner, Self::None | Self::Unit) => {
                write!(f, "`Some` of {inner}")
            }
            Self::Some(inner) | Self::Newtype(_, inner) => inner.fmt(f),
            Self::Unit | Self::UnitStruct(_) => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::Integer(value, _) => value.fmt(f),
            Self::Huge(value) => value.fmt(f),
            Self::Float(Float::Single(bits)) => write!(f, "{:?}", f32::from_bits(*bits)),
            Self::Float(Float::Double(bits)) => write!(f, "{:?}", f64::from_bits(*bits)),
            Self::Char(_) => f.write_str("a character"),
            Self::Text(_) => f.write_str("a text"),
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Json(_) => f.write_str("JSON text"),
            Self::Variant(name, _) => write!(f, "variant `{name}`"),
            Self::List(elements) | Self::Tuple(_, elements) => {
                write!(f, "a list of {}", elements.len())
            }
            Self::Map(entries) | Self::Struct(_, entries) => {
                let names: Vec<_> = entries.iter().map(|(key, _)| key.as_key()).collect();
                write!(f, "an object with `{}`", names.join("`, `"))
            }
        }
    }
}
