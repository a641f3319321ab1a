//! PostgreSQL: a pool of connections, statements prepared once per connection.

mod alone;
mod append;
mod claim;

use everruns_core::limits::DATABASE_CONNECTIONS_MAX;
use std::error::Error as _;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Transaction};
use everruns_core::Timestamp;
use futures::TryStreamExt as _;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};
use tokio_postgres::{Config, NoTls};

use crate::migrate::{APPLIED, APPLY, RECORD, pending};
use crate::value::{Row, Statement, Value};
use crate::{Counters, Error, OpenError};

pub use alone::Alone;

/// A server that does not take a connection for this long is out of reach.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Serializes migrations of all nodes that start at the same time.
const MIGRATION_LOCK: i64 = 0x4556_4552_5255_4e53;

pub(crate) struct Database {
    pool: Pool,
    pub(crate) counters: Arc<Counters>,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("counters", &self.counters).finish_non_exhaustive()
    }
}

impl Database {
    pub(crate) async fn open(url: &str, now: Timestamp) -> Result<Self, OpenError> {
        let config = config(url)?;
        let manager = Manager::from_config(config, NoTls, ManagerConfig { recycling_method: RecyclingMethod::Fast });
        let pool = Pool::builder(manager).max_size(DATABASE_CONNECTIONS_MAX).build().map_err(failed)?;
        migrate(&pool, now).await?;
        Ok(Self { pool, counters: Arc::new(Counters::default()) })
    }

    async fn connection(&self) -> Result<Object, Error> {
        self.pool.get().await.map_err(|error| Error::Busy(error.to_string()))
    }

    pub(crate) async fn query(&self, sql: &str, parameters: Vec<Value>, bytes_max: usize) -> Result<Vec<Row>, Error> {
        let connection = self.connection().await?;
        Counters::add(&self.counters.statements, 1);
        let statement = connection.prepare_cached(sql).await?;
        // Row by row: what stands behind the bound is never in memory as a whole.
        let mut rows = pin!(connection.query_raw(&statement, borrowed(&parameters)).await?);
        let (mut found, mut bytes) = (Vec::new(), 0);
        while bytes < bytes_max
            && let Some(next) = rows.try_next().await?
        {
            let next = row(&next)?;
            bytes += next.bytes();
            found.push(next);
        }
        Ok(found)
    }

    pub(crate) async fn write(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, Error> {
        let mut connection = self.connection().await?;
        let transaction = connection.transaction().await?;
        let mut results = Vec::with_capacity(statements.len());
        for statement in &statements {
            results.push(self.run(&transaction, statement).await?);
        }
        transaction.commit().await?;
        Counters::add(&self.counters.commits, 1);
        Ok(results)
    }

    /// Runs a writing statement within a transaction.
    async fn run(&self, transaction: &Transaction<'_>, statement: &Statement) -> Result<Vec<Row>, Error> {
        Counters::add(&self.counters.statements, 1);
        let prepared = transaction.prepare_cached(&statement.sql).await?;
        let rows = transaction.query(&prepared, &borrowed(&statement.parameters)).await?;
        statement.accept(rows.iter().map(row).collect::<Result<_, _>>()?)
    }
}

/// How a server connects to the database at `url`.
fn config(url: &str) -> Result<Config, OpenError> {
    let mut config: Config =
        url.parse().map_err(|error| OpenError::Failed(format!("the database URL is not valid: {error}")))?;
    config.tcp_user_timeout(Duration::from_secs(10));
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    let limits = "-c idle_in_transaction_session_timeout=10s -c lock_timeout=10s -c timezone=UTC";
    let options = config.get_options().map_or_else(|| limits.to_owned(), |own| format!("{limits} {own}"));
    config.options(&options);
    Ok(config)
}

async fn migrate(pool: &Pool, now: Timestamp) -> Result<(), OpenError> {
    let mut connection = pool.get().await.map_err(failed)?;
    let transaction = connection.transaction().await.map_err(failed)?;
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&MIGRATION_LOCK]).await.map_err(failed)?;
    transaction.batch_execute(RECORD).await.map_err(failed)?;
    let rows = transaction.query(APPLIED, &[]).await.map_err(failed)?;
    let applied: Vec<(i64, String)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    for migration in pending(&applied)? {
        transaction.batch_execute(migration.postgres).await.map_err(failed)?;
        if migration.version == 1 {
            let (key, id) = (crate::DEFAULT_ORG_KEY.0, everruns_core::DEFAULT_ORG.to_string());
            transaction
                .execute(
                    "INSERT INTO organization (id, public_id, created_at) VALUES ($1, $2, $3)",
                    &[&key, &id, &now.as_micros()],
                )
                .await
                .map_err(failed)?;
        }
        transaction.execute(APPLY, &[&migration.version, &migration.name, &now.as_micros()]).await.map_err(failed)?;
    }
    transaction.commit().await.map_err(failed)
}

fn failed(error: impl std::error::Error) -> OpenError {
    // The interesting part of a connection error is its source.
    let source = error.source().map(|source| format!(": {source}")).unwrap_or_default();
    OpenError::Failed(format!("{error}{source}"))
}

fn borrowed(parameters: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    parameters.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

fn row(row: &tokio_postgres::Row) -> Result<Row, Error> {
    let values: Result<Vec<Value>, tokio_postgres::Error> = (0..row.len())
        .map(|column| {
            Ok(match *row.columns()[column].type_() {
                Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(column)?.map_or(Value::Null, Value::Blob),
                Type::INT4 => row.try_get::<_, Option<i32>>(column)?.map(i64::from).into(),
                Type::INT8 => row.try_get::<_, Option<i64>>(column)?.into(),
                _ => row.try_get::<_, Option<String>>(column)?.into(),
            })
        })
        .collect();
    Ok(Row(values?.into_iter()))
}

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) if *ty == Type::INT4 => i32::try_from(*number)?.to_sql(ty, out),
            Self::Int(number) => number.to_sql(ty, out),
            Self::Text(text) => text.to_sql(ty, out),
            Self::Blob(bytes) => bytes.to_sql(ty, out),
        }
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::INT4 | Type::INT8 | Type::TEXT | Type::VARCHAR | Type::BYTEA)
    }

    to_sql_checked!();
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        let text = error.as_db_error().map_or_else(|| error.to_string(), |db| db.message().to_owned());
        match error.code() {
            Some(&SqlState::UNIQUE_VIOLATION) => Self::Conflict(text),
            Some(&SqlState::DISK_FULL) => Self::Full,
            Some(
                &SqlState::LOCK_NOT_AVAILABLE
                | &SqlState::T_R_SERIALIZATION_FAILURE
                | &SqlState::T_R_DEADLOCK_DETECTED
                | &SqlState::TOO_MANY_CONNECTIONS
                | &SqlState::CANNOT_CONNECT_NOW,
            ) => Self::Busy(text),
            // They may come between a commit and the word of it.
            Some(&SqlState::ADMIN_SHUTDOWN | &SqlState::CRASH_SHUTDOWN) => Self::Broken(text),
            None if error.is_closed() => Self::Broken(text),
            None if error.source().is_some_and(|source| source.is::<std::io::Error>()) => Self::Broken(text),
            _ => Self::Failed(text),
        }
    }
}
