//! Versions of agents: states that their owners chose to keep, unlike revisions, which come and go by themselves.

use everruns_core::Timestamp;
use everruns_core::limits::AGENT_VERSIONS_MAX;

use crate::value::{Row, Statement};
use crate::{Error, OrgKey, Store};

/// A kept state of an agent.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentVersion {
    /// Its public id.
    pub id: String,
    /// Counts the agent's versions, from 1.
    pub number: i64,
    /// The hash of the document.
    pub hash: String,
    /// The agent's document then, JSON.
    pub document: String,
    /// What else is known of it, JSON.
    pub body: String,
    /// When it was kept.
    pub created_at: Timestamp,
}

impl AgentVersion {
    /// How many bytes it has in the database.
    pub fn bytes(&self) -> i64 {
        (self.document.len() + self.body.len()) as i64
    }
}

const SELECT: &str = "SELECT id, number, hash, document, body, created_at FROM agent_version
    WHERE org_id = $1 AND agent_id = $2";

fn version(mut row: Row) -> Result<AgentVersion, Error> {
    Ok(AgentVersion {
        id: row.text()?,
        number: row.int()?,
        hash: row.text()?,
        document: row.text()?,
        body: row.text()?,
        created_at: Timestamp::from_micros(row.int()?),
    })
}

fn insert(org: OrgKey, agent: &str, new: &AgentVersion) -> Statement {
    Statement::new(
        "INSERT INTO agent_version (org_id, agent_id, number, id, hash, document, body, created_at, bytes)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        vec![
            org.0.into(),
            agent.into(),
            new.number.into(),
            new.id.as_str().into(),
            new.hash.as_str().into(),
            new.document.as_str().into(),
            new.body.as_str().into(),
            new.created_at.as_micros().into(),
            new.bytes().into(),
        ],
    )
}

impl Store {
    /// Keeps a version of an agent. Another one with its number or id is a [`Error::Conflict`].
    pub async fn create_agent_version(&self, org: OrgKey, agent: &str, new: &AgentVersion) -> Result<(), Error> {
        self.make(vec![insert(org, agent, new)], &new.id).await.map(drop)
    }

    /// The same on the way to something else: the current [`crate::Once`] waits for that.
    pub async fn put_agent_version(&self, org: OrgKey, agent: &str, new: &AgentVersion) -> Result<(), Error> {
        self.write(vec![insert(org, agent, new)]).await.map(drop)
    }

    /// The kept versions of an agent, newest first.
    pub async fn list_agent_versions(&self, org: OrgKey, agent: &str) -> Result<Vec<AgentVersion>, Error> {
        let sql = format!("{SELECT} ORDER BY number DESC LIMIT $3");
        let rows = self.query(&sql, vec![org.0.into(), agent.into(), AGENT_VERSIONS_MAX.into()]).await?;
        rows.into_iter().map(version).collect()
    }

    /// The newest version of an agent.
    pub async fn latest_agent_version(&self, org: OrgKey, agent: &str) -> Result<Option<AgentVersion>, Error> {
        let sql = format!("{SELECT} ORDER BY number DESC LIMIT 1");
        let rows = self.query(&sql, vec![org.0.into(), agent.into()]).await?;
        rows.into_iter().next().map(version).transpose()
    }

    /// The version of an agent with this id.
    pub async fn agent_version_by_id(&self, org: OrgKey, agent: &str, id: &str) -> Result<Option<AgentVersion>, Error> {
        let rows = self.query(&format!("{SELECT} AND id = $3"), vec![org.0.into(), agent.into(), id.into()]).await?;
        rows.into_iter().next().map(version).transpose()
    }

    /// How many bytes the versions of an agent have together.
    pub async fn agent_versions_bytes(&self, org: OrgKey, agent: &str) -> Result<i64, Error> {
        let sql =
            "SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM agent_version WHERE org_id = $1 AND agent_id = $2";
        self.number(sql, vec![org.0.into(), agent.into()]).await
    }
}
