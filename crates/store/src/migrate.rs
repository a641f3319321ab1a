//! Forward-only migrations, applied at start. Every database has the same list, one file per dialect.

use crate::OpenError;

pub(crate) struct Migration {
    pub(crate) version: i64,
    pub(crate) name: &'static str,
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

macro_rules! migrations {
    ($($version:literal $name:literal;)*) => {
        &[$(Migration {
            version: $version,
            name: $name,
            sqlite: include_str!(concat!("../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../migrations/postgres/", $name, ".sql")),
        },)*]
    };
}

/// All of them, oldest first.
pub(crate) const MIGRATIONS: &[Migration] = migrations! {
    1 "0001_init";
    2 "0002_once";
    3 "0003_revision";
    4 "0004_fork";
    5 "0005_identity";
    6 "0006_files";
    7 "0007_rollback";
    8 "0008_version";
    9 "0009_model";
    10 "0010_owner";
    11 "0011_name_text";
    12 "0012_turn_end";
    13 "0013_default_model";
    14 "0014_cost";
};

/// Where the runner keeps its own record.
pub(crate) const RECORD: &str = "CREATE TABLE IF NOT EXISTS schema_migration (
    version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)";
pub(crate) const APPLIED: &str = "SELECT version, name FROM schema_migration ORDER BY version";
pub(crate) const APPLY: &str = "INSERT INTO schema_migration (version, name, applied_at) VALUES ($1, $2, $3)";

/// What is still to be applied, given the record of a database.
pub(crate) fn pending(applied: &[(i64, String)]) -> Result<&'static [Migration], OpenError> {
    let known = MIGRATIONS.last().map_or(0, |migration| migration.version);
    for (version, name) in applied {
        match MIGRATIONS.iter().find(|migration| migration.version == *version) {
            None => {
                return Err(OpenError::Newer { found: *version, known });
            }
            Some(migration) if migration.name != name => {
                return Err(OpenError::Foreign { version: *version });
            }
            Some(_) => {}
        }
    }
    Ok(&MIGRATIONS[applied.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_past_is_accepted() {
        #[track_caller]
        fn check(applied: &[(i64, &str)], expected: Result<usize, &str>) {
            let applied: Vec<_> = applied.iter().map(|(version, name)| (*version, (*name).to_owned())).collect();
            let found = pending(&applied).map(<[_]>::len).map_err(|error| error.to_string());
            match (found, expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected),
                (Err(found), Err(expected)) => assert!(found.contains(expected), "{found}"),
                (found, expected) => panic!("{found:?} is not {expected:?}"),
            }
        }
        check(&[], Ok(MIGRATIONS.len()));
        check(&[(1, "0001_init")], Ok(MIGRATIONS.len() - 1));
        check(&[(1, "0001_init"), (9_999, "9999_future")], Err("use the newer build"));
        check(&[(1, "0001_other")], Err("another program"));
    }
}
