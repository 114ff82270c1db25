//! Functions of the database.

use serde::{Deserialize, Serialize};

use crate::expr::{Expr, Volatility};
use crate::is_default;
use crate::name::{Ident, IntoIdent, IntoName, QualifiedName};
use crate::place::Place;
use crate::template::Template;
use crate::ty::DataType;

/// A function. Its `search_path` is pinned to `pg_catalog, pg_temp`, so bodies qualify every name; only an
/// [atomic](Language::SqlAtomic) body, whose names are bound already, needs none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Routine {
    /// Its name; one definition holds one routine of a name.
    pub name: QualifiedName,
    /// Its arguments.
    #[serde(default, skip_serializing_if = "is_default")]
    pub arguments: Vec<Argument>,
    /// What it returns.
    pub returns: Returns,
    /// The language of its body.
    pub language: Language,
    /// Its volatility.
    pub volatility: Volatility,
    /// Whether parallel plans may call it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub parallel: Parallel,
    /// With whose rights it runs.
    #[serde(default, skip_serializing_if = "is_default")]
    pub security: Security,
    /// Returns NULL at once when an argument is NULL.
    #[serde(default, skip_serializing_if = "is_default")]
    pub strict: bool,
    /// Settings beyond the pinned search path, such as `lock_timeout = '3s'`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub settings: Vec<(Ident, String)>,
    /// The body.
    pub body: Template,
    /// What it does, for the catalog and for readers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub comment: Option<String>,
    /// The name that it had before.
    #[serde(default, skip_serializing_if = "is_default")]
    pub renamed_from: Option<QualifiedName>,
    /// Where it was defined.
    #[serde(skip)]
    pub place: Place,
}

/// An argument of a routine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Argument {
    /// Its name.
    pub name: Ident,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: DataType,
    /// The value when a caller leaves it out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub default: Option<Expr>,
}

/// What a routine returns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Returns {
    /// Nothing.
    Void,
    /// A trigger function.
    Trigger,
    /// One value.
    Value(DataType),
    /// Any number of values.
    SetOf(DataType),
    /// Rows of these columns.
    Table(Vec<(Ident, DataType)>),
}

impl Returns {
    /// Rows of these columns.
    pub fn table<I: IntoIdent>(columns: impl IntoIterator<Item = (I, DataType)>) -> Self {
        Self::Table(
            columns
                .into_iter()
                .map(|(name, ty)| (name.into_ident(), ty))
                .collect(),
        )
    }
}

/// The language of a routine's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// `sql`, read at each call.
    Sql,
    /// `sql`, read when it is created (`BEGIN ATOMIC`): names are looked up then, and a query can take the
    /// body in.
    SqlAtomic,
    /// `plpgsql`
    PlPgSql,
}

/// Whether parallel plans may call a routine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parallel {
    /// Never.
    #[default]
    Unsafe,
    /// In the leader only.
    Restricted,
    /// Anywhere.
    Safe,
}

/// With whose rights a routine runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Security {
    /// The caller's.
    #[default]
    Invoker,
    /// The owner's; only granted roles may call it.
    Definer,
}

impl Argument {
    /// An argument that every call gives.
    pub fn new(name: impl IntoIdent, ty: DataType) -> Self {
        Self {
            name: name.into_ident(),
            ty,
            default: None,
        }
    }

    /// Sets the value when a caller leaves it out.
    pub fn default(mut self, value: impl Into<Expr>) -> Self {
        self.default = Some(value.into());
        self
    }
}

impl Routine {
    /// A volatile `plpgsql` function that runs with the caller's rights.
    #[track_caller]
    pub fn new(name: impl IntoName, returns: Returns, body: impl Into<Template>) -> Self {
        Self {
            name: name.into_name(),
            arguments: Vec::new(),
            returns,
            language: Language::PlPgSql,
            volatility: Volatility::Volatile,
            parallel: Parallel::Unsafe,
            security: Security::Invoker,
            strict: false,
            settings: Vec::new(),
            body: body.into(),
            comment: None,
            renamed_from: None,
            place: Place::here(),
        }
    }

    /// Adds an argument.
    pub fn argument(mut self, argument: Argument) -> Self {
        self.arguments.push(argument);
        self
    }

    /// Sets the language.
    pub fn language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// Sets the volatility.
    pub fn volatility(mut self, volatility: Volatility) -> Self {
        self.volatility = volatility;
        self
    }

    /// Sets whether parallel plans may call it.
    pub fn parallel(mut self, parallel: Parallel) -> Self {
        self.parallel = parallel;
        self
    }

    /// Runs with the owner's rights; only granted roles may call it.
    pub fn security_definer(mut self) -> Self {
        self.security = Security::Definer;
        self
    }

    /// Returns NULL at once when an argument is NULL.
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// Adds a setting that holds while it runs.
    pub fn setting(mut self, name: impl IntoIdent, value: impl Into<String>) -> Self {
        self.settings.push((name.into_ident(), value.into()));
        self
    }

    /// The types of its arguments and its result.
    pub fn types(&self) -> Vec<&DataType> {
        let mut types: Vec<&DataType> = self.arguments.iter().map(|it| &it.ty).collect();
        match &self.returns {
            Returns::Value(ty) | Returns::SetOf(ty) => types.push(ty),
            Returns::Table(columns) => types.extend(columns.iter().map(|(_, ty)| ty)),
            Returns::Void | Returns::Trigger => {}
        }
        types
    }

    /// The names of its arguments and of the columns of its result.
    pub(crate) fn names(&self) -> impl Iterator<Item = &Ident> {
        let columns = match &self.returns {
            Returns::Table(columns) => &columns[..],
            _ => &[],
        };
        let arguments = self.arguments.iter().map(|it| &it.name);
        arguments.chain(columns.iter().map(|(name, _)| name))
    }

    /// The values of arguments that a caller leaves out.
    pub fn expressions(&self) -> impl Iterator<Item = &Expr> {
        self.arguments.iter().flat_map(|it| &it.default)
    }

    /// Whether a call that was written for `before` calls this one too: the same arguments, by name and type, none of which
    /// loses its default; more only with one; and the same result.
    pub fn takes_calls_of(&self, before: &Self) -> bool {
        let has_default = |it: &Argument| it.default.is_some();
        let mut pairs = before.arguments.iter().zip(&self.arguments);
        let mut more = self.arguments.iter().skip(before.arguments.len());
        before.returns == self.returns
            && before.arguments.len() <= self.arguments.len()
            && pairs.all(|(before, after)| {
                before.name == after.name
                    && before.ty == after.ty
                    && (!has_default(before) || has_default(after))
            })
            && more.all(has_default)
    }

    /// Says which name it had before: a rename, not a new one beside the loss of an old one.
    pub fn renamed_from(mut self, name: impl IntoName) -> Self {
        self.renamed_from = Some(name.into_name());
        self
    }

    /// Sets the comment.
    pub fn comment(mut self, text: impl Into<String>) -> Self {
        self.comment = Some(text.into());
        self
    }
}
