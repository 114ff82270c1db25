//! Names that follow their table: what is called `<table>_<rest>` goes along when the table is renamed, where all else
//! of it stays. The form is the server's own for names that nobody chooses.

use super::named::Named;
use crate::name::Ident;

/// Of a table's parts before, those that are called after it and have the name after its new one on the other side: the
/// part as it was, and as it is defined. `renamed` are the parts before with their columns under today's names.
pub(super) fn following<'a, T: Named<Name = Ident>>(
    (old_table, new_table): (&Ident, &Ident),
    before: &'a [T],
    renamed: &[T],
    after: &'a [T],
    seen: impl Fn(&T) -> T,
) -> Vec<(&'a T, &'a T)> {
    let mut found = Vec::new();
    if old_table == new_table {
        return found;
    }
    for (old, current) in before.iter().zip(renamed) {
        let rest = old.name().as_str().strip_prefix(old_table.as_str());
        let Some(rest) = rest.filter(|rest| rest.starts_with('_')) else {
            continue;
        };
        let name = format!("{new_table}{rest}");
        let is_free = current.name() == old.name()
            && !after.iter().any(|it| it.name() == old.name())
            && !before.iter().any(|it| it.name().as_str() == name);
        let new = after
            .iter()
            .find(|it| it.name().as_str() == name && it.renamed_from().is_none());
        if let Some(new) =
            new.filter(|new| is_free && seen(&current.under(new.name())) == seen(new))
        {
            found.push((old, new));
        }
    }
    found
}
