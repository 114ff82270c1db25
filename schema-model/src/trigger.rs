//! Triggers of tables and of partitions.

use serde::{Deserialize, Serialize};

use crate::expr::Expr;
use crate::is_default;
use crate::name::{Ident, IntoIdent, IntoName, QualifiedName, idents};
use crate::place::Place;

/// A trigger of the table that holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// Its name, unique within the table.
    pub name: Ident,
    /// Before or after the change.
    pub timing: TriggerTiming,
    /// What fires it.
    pub events: Vec<TriggerEvent>,
    /// Once a row or once a statement.
    pub level: TriggerLevel,
    /// Fires only where this holds, over [`Expr::New`] and [`Expr::Old`].
    #[serde(default, skip_serializing_if = "is_default")]
    pub when: Option<Expr>,
    /// The trigger function, a routine of the definition.
    pub function: QualifiedName,
    /// Why it is there, for the catalog and for readers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub comment: Option<String>,
    /// Where it was defined.
    #[serde(skip)]
    pub place: Place,
}

/// Before or after the change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerTiming {
    /// `BEFORE`
    Before,
    /// `AFTER`
    After,
}

/// What fires a trigger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerEvent {
    /// `INSERT`
    Insert,
    /// `UPDATE`, of these columns if there are any.
    Update(Vec<Ident>),
    /// `DELETE`
    Delete,
    /// `TRUNCATE`; statement level only.
    Truncate,
}

/// How often a trigger fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerLevel {
    /// `FOR EACH ROW`
    Row,
    /// `FOR EACH STATEMENT`
    Statement,
}

impl Trigger {
    /// A trigger that calls `function`; at row level unless it fires on truncate.
    #[track_caller]
    pub fn new(
        name: impl IntoIdent,
        timing: TriggerTiming,
        events: impl IntoIterator<Item = TriggerEvent>,
        function: impl IntoName,
    ) -> Self {
        let events: Vec<_> = events.into_iter().collect();
        let level = if events.contains(&TriggerEvent::Truncate) {
            TriggerLevel::Statement
        } else {
            TriggerLevel::Row
        };
        Self {
            name: name.into_ident(),
            timing,
            events,
            level,
            when: None,
            function: function.into_name(),
            comment: None,
            place: Place::here(),
        }
    }

    /// Fires once a statement.
    pub fn for_each_statement(mut self) -> Self {
        self.level = TriggerLevel::Statement;
        self
    }

    /// Fires only where this holds.
    pub fn when(mut self, condition: Expr) -> Self {
        self.when = Some(condition);
        self
    }

    /// Sets the comment.
    pub fn comment(mut self, text: impl Into<String>) -> Self {
        self.comment = Some(text.into());
        self
    }
}

impl TriggerEvent {
    /// `UPDATE OF columns`
    pub fn update_of<I: IntoIdent>(columns: impl IntoIterator<Item = I>) -> Self {
        Self::Update(idents(columns))
    }
}
