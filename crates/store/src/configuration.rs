//! Resolved configurations of turns, stored once by content.

use everruns_core::Timestamp;

use crate::value::Statement;
use crate::{Error, OrgKey, Store};

impl Store {
    /// Keeps a configuration under its hash; a second time nothing happens.
    pub async fn put_configuration(&self, org: OrgKey, hash: &str, body: &str, at: Timestamp) -> Result<(), Error> {
        let statement = Statement::new(
            "INSERT INTO configuration (org_id, hash, body, created_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (org_id, hash) DO NOTHING",
            vec![org.0.into(), hash.into(), body.into(), at.as_micros().into()],
        );
        self.write(vec![statement]).await.map(drop)
    }

    /// The configuration with this hash, as JSON.
    pub async fn configuration_by_hash(&self, org: OrgKey, hash: &str) -> Result<Option<String>, Error> {
        let sql = "SELECT body FROM configuration WHERE org_id = $1 AND hash = $2";
        let rows = self.query(sql, vec![org.0.into(), hash.into()]).await?;
        rows.into_iter().next().map(|mut row| row.text()).transpose()
    }
}
