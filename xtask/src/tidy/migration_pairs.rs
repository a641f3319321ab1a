//! Each migration exists once for SQLite and once for PostgreSQL, under the same name and without a gap.

use super::Violation;
use super::tree::Tree;

const SQLITE: &str = "crates/store/migrations/sqlite/";
const POSTGRES: &str = "crates/store/migrations/postgres/";

/// Each migration without its twin, with a name of another form, or with a number out of line.
pub(super) fn violations(tree: &Tree) -> Vec<Violation> {
    let names_in = |folder: &str| -> Vec<&str> {
        let mut names: Vec<&str> = tree.files.iter().filter_map(|file| file.path.strip_prefix(folder)).collect();
        names.sort_unstable();
        names
    };
    let (sqlite, postgres) = (names_in(SQLITE), names_in(POSTGRES));
    let mut found = of_folder(SQLITE, &sqlite, POSTGRES, &postgres);
    found.extend(of_folder(POSTGRES, &postgres, SQLITE, &sqlite));
    found
}

fn of_folder(folder: &str, names: &[&str], other: &str, others: &[&str]) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut numbers_before = 0;
    for name in names {
        let mut add = |message: String| found.push(Violation::new(&format!("{folder}{name}"), 1, message));
        let Some(number) = number_of(name) else {
            add("not a migration's name; call it NNNN_what_it_does.sql, in lower case".into());
            continue;
        };
        let due = numbers_before + 1;
        if number != due {
            add(format!("out of line; the number due here is {due:04}"));
        }
        numbers_before = number;
        if !others.contains(name) {
            add(format!("no twin; write {other}{name} (the same step for the other database)"));
        }
    }
    found
}

/// The number of `NNNN_name.sql`; `None` for any other form.
fn number_of(name: &str) -> Option<u32> {
    let (number, rest) = name.split_at_checked(4)?;
    let label = rest.strip_prefix('_')?.strip_suffix(".sql")?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if label.is_empty() || !label.chars().all(plain) || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    number.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::*;

    #[test]
    fn migrations_come_in_pairs_and_in_order() {
        let check = |sqlite: &[&str], postgres: &[&str], expected: &[&str]| {
            let paths: Vec<String> = sqlite
                .iter()
                .map(|name| format!("{SQLITE}{name}"))
                .chain(postgres.iter().map(|name| format!("{POSTGRES}{name}")))
                .collect();
            let files: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), "")).collect();
            let expected: Vec<String> =
                expected.iter().map(|name| format!("crates/store/migrations/{name}:1")).collect();
            let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
            check(violations, &Tree::of_files(&files), &expected);
        };
        check(&[], &[], &[]);
        check(&["0001_init.sql", "0002_files.sql"], &["0002_files.sql", "0001_init.sql"], &[]);
        check(&["0001_init.sql"], &[], &["sqlite/0001_init.sql"]);
        check(&["0001_init.sql"], &["0001_start.sql"], &["postgres/0001_start.sql", "sqlite/0001_init.sql"]);
        check(
            &["0001_init.sql", "0003_files.sql"],
            &["0001_init.sql", "0003_files.sql"],
            &["postgres/0003_files.sql", "sqlite/0003_files.sql"],
        );
        check(&["0000_init.sql"], &["0000_init.sql"], &["postgres/0000_init.sql", "sqlite/0000_init.sql"]);
        check(
            &["0001_a.sql", "0001_b.sql"],
            &["0001_a.sql", "0001_b.sql"],
            &["postgres/0001_b.sql", "sqlite/0001_b.sql"],
        );
        check(
            &["1_init.sql", "0001-init.sql", "0001_Init.sql", "notes.md"],
            &[],
            &["sqlite/0001-init.sql", "sqlite/0001_Init.sql", "sqlite/1_init.sql", "sqlite/notes.md"],
        );
    }
}
