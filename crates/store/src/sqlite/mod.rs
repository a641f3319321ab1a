//! The embedded database: one writer thread that groups commits, and readers with connections of their own.

mod append;
mod checkpoint;
mod claim;
mod heads;
mod reader;
mod writer;

use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use everruns_core::Timestamp;
use rusqlite::{Connection, types};
use tokio::sync::oneshot;

use crate::migrate::{APPLIED, APPLY, RECORD, pending};
use crate::value::{Row, Statement, Value};
use crate::{Append, Appended, Claim, Counters, Error, OpenError, Post, Posted, Refusal, SessionKey};

/// The database's file in its directory.
const DATABASE: &str = "everruns.db";

/// What a commit has survived when it is acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Power failure: every commit is synced to the disk.
    #[default]
    PowerFailure,
    /// Death of the process, but the last commits may be lost with the power.
    ProcessCrash,
}

/// Which cached session heads a write makes stale.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Touches {
    Nothing,
    Session(SessionKey),
    AllSessions,
}

#[derive(Debug)]
pub(crate) struct Database {
    writer: writer::Writer,
    readers: reader::Readers,
    pub(crate) counters: Arc<Counters>,
    /// Held for its lock, which ends with the process.
    _lock: File,
}

impl Database {
    pub(crate) fn open(directory: &Path, durability: Durability, now: Timestamp) -> Result<Self, OpenError> {
        let cannot = |source| OpenError::Directory { path: directory.to_owned(), source };
        std::fs::create_dir_all(directory).map_err(cannot)?;
        let lock = File::create(directory.join("lock")).map_err(cannot)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => OpenError::Locked(directory.to_owned()),
            TryLockError::Error(source) => cannot(source),
        })?;

        let path = directory.join(DATABASE);
        keep_private(&path).map_err(cannot)?;
        let mut connection = connect(&path, durability).map_err(failed)?;
        let checkpoint = checkpoint::Checkpoint::watch(&mut connection).map_err(failed)?;
        migrate(&mut connection, now)?;
        let counters = Arc::new(Counters::default());
        let readers = reader::Readers::start(&path, durability, counters.clone()).map_err(failed)?;
        let writer = writer::Writer::start(connection, checkpoint, counters.clone()).map_err(cannot)?;
        Ok(Self { writer, readers, counters, _lock: lock })
    }

    pub(crate) async fn query(&self, sql: &str, parameters: Vec<Value>, bytes_max: usize) -> Result<Vec<Row>, Error> {
        self.readers.query(sql.to_owned(), parameters, bytes_max).await
    }

    pub(crate) async fn write(&self, statements: Vec<Statement>, touches: Touches) -> Result<Vec<Vec<Row>>, Error> {
        self.ask(|reply| writer::Work::Write { statements, touches, reply }).await
    }

    pub(crate) async fn post_input(&self, post: Post, record: Option<Box<Statement>>) -> Result<Posted, Refusal> {
        self.ask(|reply| writer::Work::Post { post, record, reply }).await
    }

    pub(crate) async fn append_events(
        &self,
        append: Append,
        record: Option<Box<Statement>>,
    ) -> Result<Appended, Refusal> {
        self.ask(|reply| writer::Work::Append { append, record, reply }).await
    }

    pub(crate) async fn claim_sessions(&self, holder: &str, now: Timestamp, limit: usize) -> Result<Vec<Claim>, Error> {
        self.ask(|reply| writer::Work::Claim { holder: holder.to_owned(), now, limit, reply }).await
    }

    async fn ask<T, E: From<Error>>(
        &self,
        work: impl FnOnce(oneshot::Sender<Result<T, E>>) -> writer::Work,
    ) -> Result<T, E> {
        let (reply, answer) = oneshot::channel();
        self.writer.send(work(reply))?;
        answer.await.map_err(|_| Error::Failed("the writer has stopped".to_owned()))?
    }
}

/// Lets nobody but the owner, and whomever the owner's group was given, read the database. Its log and index are made with
/// the mode that it has.
fn keep_private(path: &Path) -> std::io::Result<()> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    for ending in ["", "-wal", "-shm"] {
        let file = path.with_file_name(format!("{DATABASE}{ending}"));
        match std::fs::metadata(&file).map(|found| found.permissions().mode()) {
            Ok(mode) if mode & 0o007 != 0 => std::fs::set_permissions(&file, Permissions::from_mode(mode & 0o770))?,
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn connect(path: &PathBuf, durability: Durability) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.set_prepared_statement_cache_capacity(128);
    let synchronous = match durability {
        Durability::PowerFailure => "FULL",
        Durability::ProcessCrash => "NORMAL",
    };
    connection.execute_batch(&format!(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}; PRAGMA wal_autocheckpoint = 0;
         PRAGMA busy_timeout = 5000; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;"
    ))?;
    Ok(connection)
}

fn migrate(connection: &mut Connection, now: Timestamp) -> Result<(), OpenError> {
    connection.execute_batch(RECORD).map_err(failed)?;
    let applied: Vec<(i64, String)> = {
        let mut statement = connection.prepare(APPLIED).map_err(failed)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(failed)?;
        rows.collect::<Result<_, _>>().map_err(failed)?
    };
    for migration in pending(&applied)? {
        let transaction = connection.transaction().map_err(failed)?;
        transaction.execute_batch(migration.sqlite).map_err(failed)?;
        if migration.version == 1 {
            let default = (crate::DEFAULT_ORG_KEY.0, everruns_core::DEFAULT_ORG.to_string(), now.as_micros());
            transaction
                .execute("INSERT INTO organization (id, public_id, created_at) VALUES ($1, $2, $3)", default)
                .map_err(failed)?;
        }
        transaction.execute(APPLY, (migration.version, migration.name, now.as_micros())).map_err(failed)?;
        transaction.commit().map_err(failed)?;
    }
    Ok(())
}

fn failed(error: rusqlite::Error) -> OpenError {
    OpenError::Failed(error.to_string())
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::{ErrorCode, ffi};
        if let rusqlite::Error::SqliteFailure(failure, _) = &error
            && matches!(failure.extended_code, ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY)
        {
            return Self::Conflict(error.to_string());
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy(error.to_string()),
            _ => Self::Failed(error.to_string()),
        }
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<types::ToSqlOutput<'_>> {
        Ok(types::ToSqlOutput::Borrowed(match self {
            Self::Null => types::ValueRef::Null,
            Self::Int(number) => types::ValueRef::Integer(*number),
            Self::Text(text) => types::ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => types::ValueRef::Blob(bytes),
        }))
    }
}

/// Runs one statement and takes all of its rows.
fn run(connection: &Connection, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, Error> {
    run_within(connection, sql, parameters, usize::MAX)
}

/// Runs one statement and takes its rows up to the one with which so many bytes are there.
fn run_within(connection: &Connection, sql: &str, parameters: &[Value], bytes_max: usize) -> Result<Vec<Row>, Error> {
    let mut statement = connection.prepare_cached(sql)?;
    let columns = statement.column_count();
    // To SQLite `$7` is a name, numbered by where it first stands in the text; its digits say which parameter is meant.
    for place in 1..=statement.parameter_count() {
        let number = statement.parameter_name(place).and_then(|name| name[1..].parse::<usize>().ok());
        let value = number.and_then(|number| parameters.get(number - 1));
        let value = value.ok_or_else(|| Error::Failed(format!("placeholder {place} of {sql:?} has no parameter")))?;
        statement.raw_bind_parameter(place, value)?;
    }
    let mut rows = statement.raw_query();
    let mut result = Vec::new();
    let mut bytes = 0;
    while bytes < bytes_max
        && let Some(row) = rows.next()?
    {
        let mut values = Vec::with_capacity(columns);
        for column in 0..columns {
            values.push(match row.get_ref(column)? {
                types::ValueRef::Null => Value::Null,
                types::ValueRef::Integer(number) => Value::Int(number),
                types::ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                types::ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
                types::ValueRef::Real(number) => {
                    return Err(Error::Corrupt(format!("unexpected number {number}")));
                }
            });
        }
        bytes += values.iter().map(Value::bytes).sum::<usize>();
        result.push(Row(values.into_iter()));
    }
    Ok(result)
}
