//! Where a server keeps its data: a directory with the embedded database, or PostgreSQL.

use std::path::{Path, PathBuf};

use everruns_core::Timestamp;
use everruns_store::{Alone, Durability, OpenError, Store};

#[derive(clap::Args)]
pub(crate) struct Place {
    /// Where the embedded database and the operator's socket live; made if missing.
    #[arg(long, env = "EVERRUNS_DATA_DIR", default_value = ".everruns", global = true)]
    pub(crate) data_dir: PathBuf,
    /// PostgreSQL instead of the embedded database, such as `postgres://user:password@host/database`. One server at a time
    /// uses a database.
    #[arg(long, env = "EVERRUNS_DATABASE_URL", hide_env_values = true, global = true)]
    database_url: Option<String>,
}

impl Place {
    /// Opens the database; whether another server uses it, only the embedded one says.
    pub(crate) async fn open(&self, now: Timestamp) -> Result<Store, OpenError> {
        match &self.database_url {
            Some(url) => Store::open_postgres(url, now).await,
            None => Store::open_sqlite(&self.data_dir, Durability::PowerFailure, now),
        }
    }

    /// The right to be the only server there.
    pub(crate) async fn alone(&self) -> Result<Option<Alone>, OpenError> {
        match &self.database_url {
            Some(url) => Alone::take(url).await.map(Some),
            None => Ok(None),
        }
    }

    /// Whether there may be a database already.
    pub(crate) fn exists(&self) -> bool {
        self.database_url.is_some() || self.data_dir.join("everruns.db").exists()
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.data_dir
    }

    /// Where it is, without the password.
    pub(crate) fn shown(&self) -> String {
        match self.database_url.as_deref() {
            Some(url) => url.rsplit_once('@').map_or(url, |(_, host)| host).to_owned(),
            None => self.data_dir.display().to_string(),
        }
    }
}
