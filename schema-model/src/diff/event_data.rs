//! Whether serde reads from JSON, as one shape, what it wrote of another. Accepts only what is read whatever the values are:
//! where that depends on them, or on what the shape does not tell, it refuses.

use super::event_members::{
    Member, Members, Unread, at, checks, is_same_check, missing, moved, other_check, resolved,
    within,
};
use super::event_shapes::{bits, is_plain, is_same, may_write};
use crate::event_data::{DataShape, EnumShape, NamedShape, Tagging, VariantShape};
use crate::event_type::{EventField, EventType};

/// The types of the event types that are compared, and the pairs of them that are under comparison.
pub(super) struct Comparison<'a> {
    old: &'a [NamedShape],
    new: &'a [NamedShape],
    pairs: Vec<(&'a str, &'a str, Buffered)>,
    buffered: Buffered,
}

/// Whether serde reads a value from what it has buffered, as it does below `flatten`, `tag` and `untagged`: integers of 128 bits
/// and keys that are no texts are not found there. What was written there before was read there before it was stored.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Buffered {
    old: bool,
    new: bool,
}

const DIRECT: Buffered = Buffered {
    old: false,
    new: false,
};

impl<'a> Comparison<'a> {
    pub(super) fn of(old: &'a EventType, new: &'a EventType) -> Self {
        Self {
            old: &old.types,
            new: &new.types,
            pairs: Vec::new(),
            buffered: DIRECT,
        }
    }

    /// Everything that keeps stored payloads from being read.
    pub(super) fn payload(&mut self, old: &'a EventType, new: &'a EventType) -> Vec<Unread> {
        self.object("", (&old.fields, old.closed), (&new.fields, new.closed))
    }

    /// Everything that keeps objects of these members from being read, each with whether others are refused.
    fn object(
        &mut self,
        path: &str,
        (old, old_closed): (&'a [EventField], bool),
        (new, new_closed): (&'a [EventField], bool),
    ) -> Vec<Unread> {
        let moved = moved(path, old, new);
        if !moved.is_empty() {
            return moved;
        }
        let old = Members::of(old, old_closed, self.old);
        let new = Members::of(new, new_closed, self.new);
        self.members(path, &old, &new)
    }

    /// Everything that keeps objects of the members before from being read. `path` leads to them, and is empty for the payload.
    fn members(&mut self, path: &str, old: &Members<'a>, new: &Members<'a>) -> Vec<Unread> {
        let mut all = Vec::new();
        for member in &new.all {
            all.extend(self.member(path, old, new, member));
        }
        if !new.closed {
            return all;
        }
        let place = at(path);
        if !old.closed {
            all.push(Unread {
                defect: format!(
                    "`deny_unknown_fields`{place} refuses members that earlier versions of the type may have written"
                ),
                remedy: "remove `#[serde(deny_unknown_fields)]`".to_owned(),
            });
        }
        let takes_others = new.all.iter().any(|it| it.field.flattened);
        for name in old.all.iter().flat_map(|it| it.field.read_names()) {
            if !takes_others && !new.all.iter().any(|it| it.is_read_as(name)) {
                let name = within(path, name);
                all.push(Unread {
                    defect: format!(
                        "`deny_unknown_fields` refuses the member `{name}`, which was removed"
                    ),
                    remedy: format!("keep a member that reads `{name}`"),
                });
            }
        }
        all
    }

    /// Why objects of the members before do not fit a member.
    fn member(
        &mut self,
        path: &str,
        old: &Members<'a>,
        new: &Members<'a>,
        member: &Member<'a>,
    ) -> Vec<Unread> {
        let field = member.field;
        if field.flattened {
            return self.flattened(path, old, field);
        }
        let mut before = old.read_like(field).peekable();
        if let Some(other) = self.wrote(old, field) {
            let (name, other) = (within(path, &field.name), &other.name);
            return vec![Unread {
                defect: format!(
                    "the member `{name}` has a name that the flattened member `{other}` may have been stored under"
                ),
                remedy: format!("choose another name for `{name}`"),
            }];
        }
        if before.peek().is_none() {
            let is_missing = !field.optional && !member.may_be_absent(old);
            let missing = is_missing.then(|| missing(path, old, new, field));
            return missing.into_iter().collect();
        }
        let name = within(path, &field.name);
        for before in before {
            let lost = before
                .field
                .read_names()
                .find(|old| !member.is_read_as(old));
            let is_option = |shape: &DataShape| matches!(shape, DataShape::Option(_));
            let loses_null = is_option(self.old_shape(&before.field.shape))
                && !is_option(self.new_shape(&field.shape));
            let is_required = before.may_lack(member) && !field.optional;
            if is_required && !loses_null && !member.is_alone(old) {
                return vec![Unread {
                    defect: format!("the member `{name}` may be absent, and is required"),
                    remedy: format!("add `#[serde(default)]` to `{name}`"),
                }];
            } else if let Some(lost) = lost {
                return vec![Unread {
                    defect: format!("the member `{name}` is not read under the name `{lost}`"),
                    remedy: format!("add `#[serde(alias = {lost:?})]` to `{name}`"),
                }];
            }
            let read = self.below(before.buffered, member.buffered, |it| {
                it.reads(&name, &field.shape, &before.field.shape)
            });
            if let Err(inner) = read {
                if !inner.is_empty() {
                    return inner;
                }
                let (was, is) = (&before.field.rust_type, &field.rust_type);
                let other = other_check((&field.shape, self.new), (&before.field.shape, self.old));
                if let Some((checked, checks)) = other {
                    return vec![Unread {
                        defect: format!(
                            "the member `{name}` was written for `{checked}`, and `{checks}` may refuse its values"
                        ),
                        remedy: format!(
                            "if it reads all of them, say `#[event(same_as = {checked:?})]`: on the type `{checks}`, or on the member where \
                             that names a function or says `json = ...`; otherwise keep what reads it, and add a new member with \
                             `#[serde(default)]`"
                        ),
                    }];
                }
                let how = if was == is {
                    " as it is defined now"
                } else {
                    ""
                };
                return vec![Unread {
                    defect: format!(
                        "the member `{name}` was written as `{was}`, which `{is}`{how} does not read"
                    ),
                    remedy: format!(
                        "keep the type `{was}`, and add a new member with `#[serde(default)]`"
                    ),
                }];
            }
        }
        Vec::new()
    }

    /// A flattened member reads what one before wrote, or whatever no other member does.
    fn flattened(&mut self, path: &str, old: &Members<'a>, field: &'a EventField) -> Vec<Unread> {
        let takes_all = match self.new_shape(&field.shape) {
            DataShape::Anything => true,
            DataShape::Map(key, value) => {
                *self.new_shape(key) == DataShape::Text
                    && *self.new_shape(value) == DataShape::Anything
            }
            _ => false,
        };
        let mut before = old.all.iter().filter(|it| it.field.flattened);
        let mut reads = |it: &Member<'a>| {
            self.below(true, true, |all| {
                all.reads(path, &field.shape, &it.field.shape)
            })
            .is_ok()
        };
        if takes_all || before.any(&mut reads) {
            return Vec::new();
        }
        let (name, ty) = (within(path, &field.name), &field.rust_type);
        vec![Unread {
            defect: format!("the flattened member `{name}: {ty}` was added or has another type"),
            remedy: "keep the type of the member, and add new members with `#[serde(default)]` beside it"
                .to_owned(),
        }]
    }

    /// The flattened member that may have written a name which no member of its object had. Those of flattened structs are
    /// members of the object themselves.
    fn wrote(&self, old: &Members<'a>, field: &EventField) -> Option<&'a EventField> {
        let flattened = old.all.iter().map(|it| it.field).filter(|it| it.flattened);
        let known = old.read_like(field).next().is_some();
        let may_write = |it: &&EventField| {
            let mut seen = Vec::new();
            let mut names = field.read_names();
            !known && names.any(|name| may_write(&it.shape, name, self.old, &mut seen))
        };
        { flattened }.find(may_write)
    }

    /// Compares what is read from a buffer, or not.
    fn below<T>(&mut self, old: bool, new: bool, compare: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.buffered;
        self.buffered.old |= old;
        self.buffered.new |= new;
        let compared = compare(self);
        self.buffered = outer;
        compared
    }

    /// Whether every value written as `old` is read as the same value by `new`. The error lists what is wrong inside of it,
    /// and is empty where the two have nothing in common.
    fn reads(
        &mut self,
        path: &str,
        new: &'a DataShape,
        old: &'a DataShape,
    ) -> Result<(), Vec<Unread>> {
        let known = self.pairs.len();
        if let (DataShape::Type(to), DataShape::Type(from)) = (new, old) {
            let pair = (to.as_str(), from.as_str(), self.buffered);
            if self.pairs.contains(&pair) {
                return Ok(());
            }
            self.pairs.push(pair);
        }
        let read = self.reads_inside(path, new, old);
        if read.is_err() {
            self.pairs.truncate(known);
        }
        read
    }

    fn reads_inside(
        &mut self,
        path: &str,
        new: &'a DataShape,
        old: &'a DataShape,
    ) -> Result<(), Vec<Unread>> {
        use DataShape as S;
        let passed = checks(old, self.old);
        let checks = checks(new, self.new);
        if !checks
            .iter()
            .all(|it| passed.iter().any(|other| is_same_check(it, other)))
        {
            return Err(Vec::new());
        }
        let written = old;
        let (new, old) = (self.new_shape(new), self.old_shape(old));
        let fits = |fits: bool| if fits { Ok(()) } else { Err(Vec::new()) };
        let was_buffered = self.buffered.old && new == old;
        // Keys that a type reads from texts may be no texts.
        let has_keys = !checks.is_empty() && matches!(new, S::Map(..));
        if self.buffered.new && !was_buffered && (has_keys || !self.is_read_from_buffers(new)) {
            return Err(Vec::new());
        }
        match (new, old) {
            (S::Struct(to), S::Struct(from)) => {
                let (from, to) = ((&from.fields[..], from.closed), (&to.fields[..], to.closed));
                found(self.object(path, from, to))
            }
            (S::Enum(to), S::Enum(from)) => self.variants(path, to, from),
            // The first variant that fits reads what is no enum.
            (S::Enum(to), _) if to.tagging == Tagging::Untagged => {
                let contents = to.variants.iter().map(|it| it.content.as_ref());
                let mut contents =
                    contents.skip_while(|it| it.is_some_and(|it| self.never_fits(it, old)));
                contents.next().flatten().map_or(Err(Vec::new()), |first| {
                    self.below(false, true, |it| it.reads(path, first, written))
                })
            }
            (
                S::Made { by, shape: to },
                S::Made {
                    by: was,
                    shape: from,
                },
            ) if by == was => self.reads(path, to, from),
            // As it was recorded while the shape was not known.
            (S::Made { by, .. }, S::Other(was)) => fits(by == was),
            (S::Raw, _) | (S::Text, S::Char | S::Format(_)) => Ok(()),
            (S::Anything, _) => fits(self.is_plain(old)),
            (S::Option(to), S::Option(from)) => self.reads(path, to, from),
            (S::Option(to), _) => self.reads(path, to, written),
            (S::List(to), S::List(from) | S::Set(from) | S::Array(from, _))
            | (S::Set(to), S::Set(from)) => self.reads(&format!("{path}[]"), to, from),
            (S::Array(to, length), S::Array(from, was)) if length == was => {
                self.reads(&format!("{path}[]"), to, from)
            }
            (S::Tuple(to), S::Tuple(from)) if to.len() == from.len() => {
                let mut pairs = to.iter().zip(from).enumerate();
                pairs
                    .try_for_each(|(at, (to, from))| self.reads(&format!("{path}[{at}]"), to, from))
            }
            (S::Map(to_key, to), S::Map(from_key, from)) => {
                self.reads(path, to_key, from_key)?;
                self.reads(&format!("{path}.*"), to, from)
            }
            (S::Text, S::Enum(from)) => fits(from.is_text()),
            (S::Float(to), S::Float(from)) => fits(to == from || to == "f64"),
            (S::Float(to), S::Integer(from)) => {
                let exact = if to == "f64" { 32 } else { 16 };
                fits(bits(from).is_some_and(|(_, bits)| bits <= exact))
            }
            (S::Integer(to), S::Integer(from)) => fits(match (bits(to), bits(from)) {
                (Some((true, to)), Some((false, from))) => to > from,
                (Some((to_sign, to)), Some((from_sign, from))) => {
                    to_sign == from_sign && to >= from
                }
                _ => false,
            }),
            (to, from) => fits(to == from),
        }
    }

    fn variants(
        &mut self,
        path: &str,
        new: &'a EnumShape,
        old: &'a EnumShape,
    ) -> Result<(), Vec<Unread>> {
        let is_untagged = |shape: &EnumShape, it: &VariantShape| {
            it.untagged || shape.tagging == Tagging::Untagged
        };
        let (to_untagged, from_untagged) = (
            new.variants.iter().filter(|it| is_untagged(new, it)),
            old.variants.iter().filter(|it| is_untagged(old, it)),
        );
        if new.tagging != old.tagging {
            return Err(vec![Unread {
                defect: format!(
                    "the enum{} has its variants' names elsewhere in JSON than before",
                    at(path)
                ),
                remedy: "keep `tag`, `content` and `untagged` of serde as they were".to_owned(),
            }]);
        }
        // The first that fits is read: what comes before a variant may not change, as it would take the other's values.
        let to_untagged: Vec<_> = to_untagged.map(|it| it.content.as_ref()).collect();
        let mut from_untagged = from_untagged
            .map(|it| it.content.as_ref())
            .enumerate()
            .peekable();
        let mut same = true;
        while let Some((index, from)) = from_untagged.next() {
            same &= match (to_untagged.get(index), from, from_untagged.peek()) {
                (Some(Some(to)), Some(from), None) => {
                    self.below(true, true, |it| it.reads("", to, from)).is_ok()
                }
                (Some(Some(to)), Some(from), Some(_)) => {
                    is_same((to, self.new), (from, self.old), &mut Vec::new())
                }
                (Some(to), from, _) => *to == from,
                (None, ..) => false,
            };
        }
        if !same {
            return Err(vec![Unread {
                defect: format!(
                    "the untagged variants{} changed, or others come before them: the first that fits is read",
                    at(path)
                ),
                remedy: "keep them as they were, in their order, and add new ones behind them"
                    .to_owned(),
            }]);
        }
        let tagged = old.variants.iter().filter(|it| !is_untagged(old, it));
        // jsonb may give back the content before the tag.
        let is_buffered = new.tagging != Tagging::External;
        let all = self.below(is_buffered, is_buffered, |it| -> Vec<_> {
            tagged
                .flat_map(|from| it.variant(path, new, from))
                .collect()
        });
        found(all)
    }

    fn variant(&mut self, path: &str, new: &'a EnumShape, from: &'a VariantShape) -> Vec<Unread> {
        let place = at(path);
        for name in std::iter::once(&from.name).chain(&from.aliases) {
            let mut variants = new.variants.iter().filter(|it| !it.untagged);
            let Some(to) = variants.find(|it| it.name == *name || it.aliases.contains(name)) else {
                // It has no place for content but among members that are passed over.
                let is_taken =
                    from.content.is_none() || matches!(new.tagging, Tagging::Internal(_));
                if is_taken && new.variants.iter().any(|it| it.other) {
                    continue;
                }
                return vec![Unread {
                    defect: format!("no variant{place} is read as `{name}`"),
                    remedy: format!(
                        "add the variant again, or `#[serde(alias = {name:?})]` to the one that it became"
                    ),
                }];
            };
            let inner = within(path, &to.name);
            let read = match (&to.content, &from.content) {
                (None, None) => Ok(()),
                (Some(to), Some(from)) => self.reads(&inner, to, from),
                _ => Err(Vec::new()),
            };
            match read {
                Ok(()) => {}
                Err(all) if !all.is_empty() => return all,
                Err(_) => {
                    return vec![Unread {
                        defect: format!(
                            "the variant `{name}`{place} holds something else than before"
                        ),
                        remedy: "keep what it holds, and add a new variant".to_owned(),
                    }];
                }
            }
        }
        Vec::new()
    }

    /// Whether objects of the members before always lack one that a struct requires.
    fn never_fits(&self, new: &'a DataShape, old: &DataShape) -> bool {
        let (DataShape::Struct(to), DataShape::Struct(from)) = (self.new_shape(new), old) else {
            return false;
        };
        let is_open = from.fields.iter().any(|it| it.flattened);
        let is_written = |name: &str| {
            from.fields
                .iter()
                .any(|it| it.read_names().any(|it| it == name))
        };
        let mut required = to.fields.iter().filter(|it| !it.optional && !it.flattened);
        !is_open && required.any(|it| !it.read_names().any(is_written))
    }

    /// Whether serde finds the value itself in a buffer, whatever is in it.
    fn is_read_from_buffers(&self, new: &'a DataShape) -> bool {
        match new {
            DataShape::Raw => false,
            DataShape::Integer(ty) => bits(ty).is_some_and(|(_, bits)| bits <= 64),
            DataShape::Map(key, _) => !matches!(
                self.new_shape(key),
                DataShape::Integer(_) | DataShape::Bool | DataShape::Float(_)
            ),
            _ => true,
        }
    }

    /// Whether `serde_json::Value` gives it back as it is: it reads an integer of over 64 bits as a float.
    fn is_plain(&self, old: &DataShape) -> bool {
        let mut seen = Vec::new();
        is_plain(old, self.old, &mut seen)
    }

    fn new_shape(&self, shape: &'a DataShape) -> &'a DataShape {
        resolved(shape, self.new)
    }

    fn old_shape(&self, shape: &'a DataShape) -> &'a DataShape {
        resolved(shape, self.old)
    }
}

fn found(all: Vec<Unread>) -> Result<(), Vec<Unread>> {
    if all.is_empty() { Ok(()) } else { Err(all) }
}
