//! Where a story takes place: a directory or a schema of its own, gone when the story is over.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use everruns_store::{Durability, OpenError, Store};
use tempfile::TempDir;
use tokio_postgres::NoTls;

use crate::world::at;

/// An empty database.
#[derive(Debug)]
pub(crate) enum Place {
    Sqlite(TempDir),
    Postgres { server: String, schema: String },
}

impl Place {
    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    /// Opens the store that stands here, as a server does at its start.
    pub(crate) async fn open(&self) -> Result<Store, OpenError> {
        match self {
            Self::Sqlite(directory) => Store::open_sqlite(directory.path(), Durability::PowerFailure, at(0)),
            Self::Postgres { server, schema } => Store::open_postgres(&within(server, schema), at(0)).await,
        }
    }

    /// Where the store stands, for PostgreSQL alone.
    pub(crate) fn url(&self) -> Option<String> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres { server, schema } => Some(within(server, schema)),
        }
    }

    pub(crate) async fn store(&self) -> Store {
        self.open().await.expect("the store opens")
    }

    /// Makes the tables as the first release had them, with the one organization.
    pub(crate) async fn begin_as_the_first_release(&self) {
        let tables = if self.is_sqlite() {
            include_str!("../../migrations/sqlite/0001_init.sql")
        } else {
            include_str!("../../migrations/postgres/0001_init.sql")
        };
        self.execute(tables).await;
        self.execute(
            "CREATE TABLE schema_migration (version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL);
             INSERT INTO schema_migration VALUES (1, '0001_init', 0);
             INSERT INTO organization VALUES (1, 'org_00000000000000000000000000000001', 0)",
        )
        .await;
    }

    /// Runs statements behind the store's back.
    pub(crate) async fn execute(&self, sql: &str) {
        match self {
            Self::Sqlite(directory) => {
                let path = directory.path().join("everruns.db");
                let connection = rusqlite::Connection::open(path).expect("the file opens");
                connection.execute_batch(sql).expect("valid SQL");
            }
            Self::Postgres { server, schema } => run(&within(server, schema), sql).await,
        }
    }
}

/// The URL of one schema of a server; its connections bear the schema's name.
fn within(server: &str, schema: &str) -> String {
    format!("{server}?options=-csearch_path%3D{schema}&application_name={schema}")
}

async fn run(url: &str, sql: &str) {
    let (client, connection) =
        tokio_postgres::connect(url, NoTls).await.expect("EVERRUNS_TEST_POSTGRES names a server that answers");
    let connection = tokio::spawn(connection);
    client.batch_execute(sql).await.expect("valid SQL");
    drop(client);
    // The statement is done; how the connection ends does not matter.
    let _ = connection.await;
}

pub(crate) async fn on_sqlite<F: Future<Output = ()> + Send + 'static>(story: impl FnOnce(Arc<Place>) -> F) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    story(Arc::new(Place::Sqlite(directory))).await;
}

pub(crate) async fn on_postgres<F: Future<Output = ()> + Send + 'static>(story: impl FnOnce(Arc<Place>) -> F) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let Ok(server) = std::env::var("EVERRUNS_TEST_POSTGRES") else {
        println!("skipped: EVERRUNS_TEST_POSTGRES is not set");
        return;
    };
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let schema = format!("conformance_{}_{number}", std::process::id());
    let drop_schema = format!("SET client_min_messages = error; DROP SCHEMA IF EXISTS {schema} CASCADE");
    // A process that died may have left a schema of this name.
    run(&server, &format!("{drop_schema}; CREATE SCHEMA {schema}")).await;
    let place = Place::Postgres { server: server.clone(), schema: schema.clone() };
    // On its own task, so that the schema is dropped after a failed story too.
    let told = tokio::spawn(story(Arc::new(place))).await;
    run(&server, &drop_schema).await;
    if let Err(failed) = told {
        std::panic::resume_unwind(failed.into_panic());
    }
}
