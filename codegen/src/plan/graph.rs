//! The order of changes: a graph whose nodes are what must be done together, and whose edges say why one comes before
//! another. Knows nothing of kinds of changes.

use eventcore_schema_model::name::{Ident, QualifiedName};

use super::{Action, Condition, Execution, Hazard, Lock, PlanError};

/// What an edge is about. Names carry their PostgreSQL schema.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Thing {
    /// A PostgreSQL schema.
    Namespace(Ident),
    /// An extension.
    Extension(Ident),
    /// A table, view, sequence or index.
    Relation(QualifiedName),
    /// A column of a table.
    Column(QualifiedName, Ident),
    /// A column's refusal of NULL.
    NotNull(QualifiedName, Ident),
    /// A constraint of a table.
    Constraint(QualifiedName, Ident),
    /// The uniqueness of some columns of a table, sorted.
    Key(QualifiedName, Vec<Ident>),
    /// A routine.
    Routine(QualifiedName),
    /// A type of the definition's own, with all its labels.
    Type(QualifiedName),
}

impl Thing {
    /// The PostgreSQL schema that it stands in.
    pub(super) fn namespace(&self) -> Option<&Ident> {
        match self {
            Self::Namespace(_) | Self::Extension(_) => None,
            Self::Relation(name)
            | Self::Column(name, _)
            | Self::NotNull(name, _)
            | Self::Constraint(name, _)
            | Self::Key(name, _)
            | Self::Routine(name)
            | Self::Type(name) => name.namespace.as_ref(),
        }
    }
}

/// When a node comes, where no edge says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Names change first: all that follows uses the new ones.
    Rename,
    /// What all else may stand in or use comes: PostgreSQL schemas and extensions.
    Prepare,
    /// Enum types get their labels.
    Label,
    /// What is in the way goes.
    Release,
    /// What is new comes, in forms that take a moment.
    Expand,
    /// Indexes are built.
    Build,
    /// Rows that are there get their values.
    Fill,
    /// Rows that are there are checked.
    Validate,
    /// What needed that is put in force.
    Enforce,
    /// What was replaced goes.
    Replace,
    /// What is given up goes.
    Contract,
    /// Extensions go that nothing uses any more.
    Withdraw,
}

/// What must be done together.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// What it does, a clause: ``column `note` of `orders` is added``.
    pub(super) label: String,
    pub(super) phase: Phase,
    pub(super) actions: Vec<Action>,
    pub(super) execution: Execution,
    /// It has a transaction of its own.
    pub(super) alone: bool,
    /// It reads or writes whole tables, so no time limit fits.
    pub(super) long: bool,
    pub(super) locks: Vec<Lock>,
    pub(super) hazards: Vec<Hazard>,
    pub(super) before: Vec<Condition>,
    pub(super) leaves: Vec<Condition>,
    pub(super) needs: Vec<Thing>,
    pub(super) makes: Vec<Thing>,
    pub(super) releases: Vec<Thing>,
    pub(super) removes: Vec<Thing>,
    /// Nodes that come before it whatever they make.
    pub(super) follows: Vec<usize>,
    /// What it uses from the moment in which it is there, although the server does not ask for it.
    pub(super) wishes: Vec<Thing>,
}

impl Node {
    pub(super) fn new(phase: Phase, label: String, actions: Vec<Action>) -> Self {
        Self {
            label,
            phase,
            actions,
            execution: Execution::Transaction,
            alone: false,
            long: false,
            locks: Vec::new(),
            hazards: Vec::new(),
            before: Vec::new(),
            leaves: Vec::new(),
            needs: Vec::new(),
            makes: Vec::new(),
            releases: Vec::new(),
            removes: Vec::new(),
            follows: Vec::new(),
            wishes: Vec::new(),
        }
    }

    /// One statement outside of any transaction.
    pub(super) fn outside(mut self) -> Self {
        self.execution = Execution::Outside;
        self.alone = true;
        self.long = true;
        self
    }

    /// Statements that the catalog gives, each outside of any transaction.
    pub(super) fn expanded(self) -> Self {
        Self {
            execution: Execution::Expanded,
            ..self.outside()
        }
    }

    pub(super) fn needs(mut self, things: impl IntoIterator<Item = Thing>) -> Self {
        self.needs.extend(things);
        self
    }

    pub(super) fn makes(mut self, things: impl IntoIterator<Item = Thing>) -> Self {
        self.makes.extend(things);
        self
    }

    pub(super) fn releases(mut self, things: impl IntoIterator<Item = Thing>) -> Self {
        self.releases.extend(things);
        self
    }

    pub(super) fn removes(mut self, things: impl IntoIterator<Item = Thing>) -> Self {
        self.removes.extend(things);
        self
    }

    pub(super) fn hazard(mut self, hazard: Hazard) -> Self {
        self.hazards.push(hazard);
        self
    }

    pub(super) fn hazards(mut self, hazards: impl IntoIterator<Item = Hazard>) -> Self {
        self.hazards.extend(hazards);
        self
    }

    pub(super) fn before(mut self, conditions: impl IntoIterator<Item = Condition>) -> Self {
        self.before.extend(conditions);
        self
    }

    pub(super) fn leaves(mut self, conditions: impl IntoIterator<Item = Condition>) -> Self {
        self.leaves.extend(conditions);
        self
    }
}

/// Why one node comes before another, as a sentence.
fn reason(before: &Node, after: &Node) -> Option<String> {
    let shared = |left: &[Thing], right: &[Thing]| left.iter().any(|thing| right.contains(thing));
    if shared(&before.makes, &after.needs) {
        return Some(format!(
            "{} before {}, which needs it",
            before.label, after.label
        ));
    }
    if shared(&before.releases, &after.removes) {
        return Some(format!(
            "{} before {}, which it stands in the way of",
            before.label, after.label
        ));
    }
    // Two indexes can keep the same columns unique: one goes, and what needs that is to rest on the other.
    let (keys, named): (Vec<_>, Vec<_>) = before
        .removes
        .iter()
        .partition(|thing| matches!(thing, Thing::Key(..)));
    if keys.iter().any(|thing| after.needs.contains(thing)) {
        return Some(format!(
            "{} before {}, which must not rest on it",
            before.label, after.label
        ));
    }
    if named.iter().any(|thing| after.makes.contains(thing)) {
        return Some(format!(
            "{} before {}, which takes its place",
            before.label, after.label
        ));
    }
    None
}

/// The nodes, each after those that come before it, in the order of phases apart from that.
///
/// # Errors
/// When nodes wait for each other in a circle.
pub(super) fn sorted(nodes: Vec<Node>) -> Result<Vec<Node>, PlanError> {
    let mut waits: Vec<Vec<(usize, String)>> = Vec::with_capacity(nodes.len());
    let index = Makers::of(&nodes);
    for (place, node) in nodes.iter().enumerate() {
        let mut reasons: Vec<(usize, String)> = Vec::new();
        for other in index.candidates(node) {
            if other != place
                && let Some(reason) = reason(&nodes[other], node)
            {
                reasons.push((other, reason));
            }
        }
        let follows = node.follows.iter().map(|other| {
            let reason = format!("{} before {}", nodes[*other].label, node.label);
            (*other, reason)
        });
        reasons.extend(follows);
        waits.push(reasons);
    }
    for (place, node) in nodes.iter().enumerate() {
        for (other, maker) in nodes.iter().enumerate() {
            let is_wished = node.wishes.iter().any(|it| maker.makes.contains(it));
            if is_wished && !waits_for(&waits, other, place) {
                let reason = format!("{} before {}, which uses it", maker.label, node.label);
                waits[place].push((other, reason));
            }
        }
    }
    let mut done = vec![false; nodes.len()];
    let mut order = Vec::with_capacity(nodes.len());
    while order.len() < nodes.len() {
        let ready = (0..nodes.len())
            .filter(|place| !done[*place] && waits[*place].iter().all(|(other, _)| done[*other]))
            .min_by_key(|place| (nodes[*place].phase, *place));
        let Some(ready) = ready else {
            let mut objects: Vec<String> = (0..nodes.len())
                .filter(|place| !done[*place])
                .flat_map(|place| waits[place].iter().filter(|(other, _)| !done[*other]))
                .map(|(_, reason)| reason.clone())
                .collect();
            objects.dedup();
            return Err(PlanError::Circle { objects });
        };
        done[ready] = true;
        order.push(ready);
    }
    let mut nodes: Vec<Option<Node>> = nodes.into_iter().map(Some).collect();
    Ok(order
        .into_iter()
        .filter_map(|place| nodes[place].take())
        .collect())
}

/// Whether a node waits for another, also through others, or is that one.
fn waits_for(waits: &[Vec<(usize, String)>], node: usize, other: usize) -> bool {
    let mut open = vec![node];
    let mut seen = vec![false; waits.len()];
    while let Some(place) = open.pop() {
        if place == other {
            return true;
        }
        if !std::mem::replace(&mut seen[place], true) {
            open.extend(waits[place].iter().map(|(before, _)| *before));
        }
    }
    false
}

/// Which nodes have to do with a thing, so that not every pair need be looked at.
struct Makers<'a>(std::collections::BTreeMap<&'a Thing, Vec<usize>>);

impl<'a> Makers<'a> {
    fn of(nodes: &'a [Node]) -> Self {
        let mut known: std::collections::BTreeMap<&Thing, Vec<usize>> =
            std::collections::BTreeMap::new();
        for (place, node) in nodes.iter().enumerate() {
            for thing in node.makes.iter().chain(&node.releases).chain(&node.removes) {
                known.entry(thing).or_default().push(place);
            }
        }
        Self(known)
    }

    fn candidates(&self, node: &Node) -> Vec<usize> {
        let things = node.needs.iter().chain(&node.removes).chain(&node.makes);
        let mut found: Vec<usize> = things
            .filter_map(|thing| self.0.get(thing))
            .flatten()
            .copied()
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}
