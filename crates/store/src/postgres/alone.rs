//! The right to be the only server of a database: an advisory lock on a connection of its own, which the database gives
//! back the moment the server is gone.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_postgres::{Client, NoTls};

use super::{config, failed};
use crate::OpenError;

/// Locks of this class keep servers out; the other half of the name is the schema, since each has its own tables.
const CLASS: i32 = 0x4556_5253;

/// While this lives and its connection lasts, no other server holds the database.
#[derive(Debug)]
pub struct Alone {
    /// The lock ends with its connection.
    _client: Client,
    connection: JoinHandle<Result<(), tokio_postgres::Error>>,
}

impl Alone {
    /// Takes the right for the database at `url`, or says that another server has it.
    pub async fn take(url: &str) -> Result<Self, OpenError> {
        let mut config = config(url)?;
        // An idle connection whose other end vanished shall be noticed.
        config.keepalives_idle(Duration::from_secs(10));
        config.keepalives_interval(Duration::from_secs(5));
        config.keepalives_retries(3);
        let (client, connection) = config.connect(NoTls).await.map_err(failed)?;
        let connection = tokio::spawn(connection);
        let sql = "SELECT pg_try_advisory_lock($1, hashtext(current_schema()))";
        let row = client.query_one(sql, &[&CLASS]).await.map_err(failed)?;
        if row.get::<_, bool>(0) { Ok(Self { _client: client, connection }) } else { Err(OpenError::Taken) }
    }

    /// Waits until the right is lost, because the connection ended, and says why.
    pub async fn lost(&mut self) -> String {
        match (&mut self.connection).await {
            Ok(Ok(())) => "the database closed the connection".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        }
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        self.connection.abort();
    }
}
