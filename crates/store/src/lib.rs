//! The store: the event log of every session and the resources around it, on SQLite or PostgreSQL.
//!
//! One API over both. Most statements are the same text on either database and go through two small executors; the
//! hot path (append, claim, release) is written once per dialect. No business decisions are made here.

mod append;
mod blob;
mod cancellation;
mod capability;
mod claim;
mod configuration;
mod error;
mod event;
mod file;
mod filter;
mod fork;
mod gate;
mod image;
mod key;
mod log;
mod member;
mod migrate;
mod model;
mod once;
mod organization;
mod page;
mod postgres;
mod preview;
mod resource;
mod revision;
mod search;
mod secret;
mod seek;
mod session;
mod session_files;
mod session_list;
mod sqlite;
mod stats;
mod sweep;
mod tally;
mod turn;
mod value;
mod version;
mod workspace;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use everruns_core::Timestamp;

pub use append::{Append, Appended, Expected, Guard, Post, Posted, Posting, Refusal, StoredEvent, Then};
pub use blob::{Blob, BlobHash};
pub use capability::CapabilityUse;
pub use claim::Claim;
pub use error::{Error, OpenError};
pub use event::{EventQuery, EventRow, Scanned};
pub use file::{File, FileChange, FileStep, Holdings};
pub use filter::EventFilter;
pub use fork::{Fork, Tally};
pub use gate::{Gate, Operation, Passing, Work};
pub use image::Image;
pub use key::{ApiKey, Identity, Membership};
pub use log::{Base, Log, Segment};
pub use member::{Member, MemberChange, Principal};
pub use model::{ModelChange, PROVIDER_SECRETS, ProviderChange, Synced};
pub use once::{Once, OnceRecord};
pub use organization::Organization;
pub use postgres::Alone;
pub use preview::SessionEnds;
pub use resource::{Resource, ResourceQuery, Upserted};
pub use revision::{Change, Revision};
pub use secret::{Placed, SESSION_SECRETS, Sealed, SecretRow, StoredValue};
pub use session::{NewSession, SessionHead, SessionRow};
pub use session_files::SessionFiles;
pub use session_list::{SessionEdit, SessionQuery};
pub use sqlite::Durability;
pub use stats::{SessionStats, SessionsOf};
pub use tally::TypeCounts;
pub use turn::{EndedQuery, EndedTurn};
pub use version::AgentVersion;
pub use workspace::{Workspace, WorkspacePatch};

use value::{Row, Statement, Value};

/// The integer key of an organization, for the database alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrgKey(pub i64);

/// The organization that every installation has.
pub const DEFAULT_ORG_KEY: OrgKey = OrgKey(1);

/// The integer key of a session, for the database alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionKey(pub i64);

/// An open database.
#[derive(Debug)]
pub struct Store {
    database: Arc<Database>,
    /// Only in simulations.
    gate: Option<Arc<dyn Gate>>,
}

#[derive(Debug)]
enum Database {
    Sqlite(sqlite::Database),
    Postgres(postgres::Database),
}

/// What the database was asked to do since it was opened.
#[derive(Debug, Default)]
pub struct Counters {
    /// Statements run, reads included.
    pub statements: AtomicU64,
    /// Transactions committed.
    pub commits: AtomicU64,
    /// Events written.
    pub events: AtomicU64,
}

impl Counters {
    fn add(counter: &AtomicU64, count: u64) {
        counter.fetch_add(count, Ordering::Relaxed);
    }
}

impl Store {
    /// Opens the embedded database in `directory`, which is made if it is missing and locked while it is open, and
    /// brings its tables up to date.
    pub fn open_sqlite(directory: &Path, durability: Durability, now: Timestamp) -> Result<Self, OpenError> {
        Ok(Self::of(Database::Sqlite(sqlite::Database::open(directory, durability, now)?)))
    }

    /// Connects to PostgreSQL 14 or newer at `url` and brings its tables up to date.
    pub async fn open_postgres(url: &str, now: Timestamp) -> Result<Self, OpenError> {
        Ok(Self::of(Database::Postgres(postgres::Database::open(url, now).await?)))
    }

    fn of(database: Database) -> Self {
        Self { database: Arc::new(database), gate: None }
    }

    /// What the database was asked to do since it was opened.
    pub fn counters(&self) -> &Counters {
        match &*self.database {
            Database::Sqlite(database) => &database.counters,
            Database::Postgres(database) => &database.counters,
        }
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), Error> {
        self.query("SELECT 1", Vec::new()).await.map(drop)
    }

    /// Runs one reading statement.
    async fn query(&self, sql: &str, parameters: Vec<Value>) -> Result<Vec<Row>, Error> {
        self.query_within(sql, parameters, usize::MAX).await
    }

    /// Runs one reading statement whose one row is one number.
    async fn number(&self, sql: &str, parameters: Vec<Value>) -> Result<i64, Error> {
        self.query(sql, parameters).await?.into_iter().next().map_or(Ok(0), |mut row| row.int())
    }

    /// Runs one reading statement and stops behind the row with which so many bytes are there.
    async fn query_within(&self, sql: &str, parameters: Vec<Value>, bytes_max: usize) -> Result<Vec<Row>, Error> {
        self.through(Operation::Read, async {
            match &*self.database {
                Database::Sqlite(database) => database.query(sql, parameters, bytes_max).await,
                Database::Postgres(database) => database.query(sql, parameters, bytes_max).await,
            }
        })
        .await
    }

    /// Runs writing statements that leave session rows alone in one transaction; the rows that each returns.
    async fn write(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, Error> {
        self.write_touching(sqlite::Touches::Nothing, statements).await
    }

    /// Runs writing statements in one transaction; the rows that each returns.
    async fn write_touching(
        &self,
        touches: sqlite::Touches,
        statements: Vec<Statement>,
    ) -> Result<Vec<Vec<Row>>, Error> {
        self.through(Operation::Write, async {
            match &*self.database {
                Database::Sqlite(database) => database.write(statements, touches).await,
                Database::Postgres(database) => database.write(statements).await,
            }
        })
        .await
    }
}
