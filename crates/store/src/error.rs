//! What can go wrong with the database, sorted by what the caller can do.

use std::path::PathBuf;

/// A statement did not succeed. Nothing of it was written, except perhaps where it is said otherwise.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// A unique name or id is taken by another row.
    #[error("conflict with another row: {0}")]
    Conflict(String),
    /// Another request of the same name did it already; see [`Once`](crate::Once).
    #[error("it was done already")]
    Repeated,
    /// What the change was planned on has changed meanwhile; read it again.
    #[error("what was read has changed meanwhile")]
    Stale,
    /// The disk is full; free some space and try again.
    #[error("the disk is full")]
    Full,
    /// Too much is waiting already, or the database is out of reach; try again.
    #[error("the database is busy: {0}")]
    Busy(String),
    /// The connection broke while the database was at work: whether it wrote is unknown, the rows tell.
    #[error("the connection to the database broke: {0}")]
    Broken(String),
    /// The page of a list is larger than this; ask for fewer rows.
    #[error("a page of {bytes} bytes is larger than {max}")]
    Large {
        /// What it would have.
        bytes: i64,
        /// What it may have.
        max: i64,
    },
    /// A stored record cannot be read.
    #[error("a stored record cannot be read: {0}")]
    Corrupt(String),
    /// Anything else.
    #[error("the database failed: {0}")]
    Failed(String),
}

/// The database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another server uses the directory.
    #[error("the data directory {0} is in use by another server; stop it, or choose another directory with --data-dir")]
    Locked(PathBuf),
    /// Another server uses the PostgreSQL database.
    #[error("the database is in use by another server; stop that one, since a database takes one server so far")]
    Taken,
    /// The directory cannot be used.
    #[error("the data directory {path} cannot be used: {source}")]
    Directory {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A newer build wrote it.
    #[error("the database has schema version {found}, this build knows {known}; use the newer build that wrote it")]
    Newer {
        /// The file's version.
        found: i64,
        /// The newest version this build knows.
        known: i64,
    },
    /// Its history is not ours.
    #[error("the database's migration {version} is not the one of this build; it belongs to another program or branch")]
    Foreign {
        /// The migration that differs.
        version: i64,
    },
    /// Anything else.
    #[error("the database cannot be opened: {0}")]
    Failed(String),
}

impl From<Error> for OpenError {
    fn from(error: Error) -> Self {
        Self::Failed(error.to_string())
    }
}
