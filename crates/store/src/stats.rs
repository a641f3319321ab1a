//! What the sessions of an agent or a harness add up to.

use std::collections::HashMap;

use everruns_core::Timestamp;

use crate::value::Value;
use crate::{Error, OrgKey, Store};

/// What sessions are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionsOf {
    /// Their agent.
    Agent,
    /// Their harness.
    Harness,
}

impl SessionsOf {
    fn column(self) -> &'static str {
        match self {
            Self::Agent => "agent_id",
            Self::Harness => "harness_id",
        }
    }
}

/// Sums over the sessions that there are; deleted ones are not counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SessionStats {
    /// All of them.
    pub sessions: i64,
    /// With a turn that runs.
    pub active: i64,
    /// Whose last turn ended.
    pub idle: i64,
    /// Without a turn yet.
    pub started: i64,
    /// That wait for a client's tool results.
    pub waiting: i64,
    /// Turns that ended.
    pub turns: i64,
    /// From when each was made until something last happened in it, milliseconds.
    pub millis: i64,
    /// Tokens.
    pub input_tokens: i64,
    /// Tokens.
    pub output_tokens: i64,
    /// Tokens.
    pub cache_read_tokens: i64,
    /// Tokens.
    pub cache_creation_tokens: i64,
    /// What they cost as estimated, billionths of a US dollar.
    pub estimated_nanos: i64,
    /// What providers said.
    pub actual_nanos: i64,
    /// Call by call what was told, else the estimate.
    pub cost_nanos: i64,
    /// When the first one was made.
    pub first_at: Option<Timestamp>,
    /// When the last one was made.
    pub last_at: Option<Timestamp>,
    /// When a turn last ended.
    pub last_turn_at: Option<Timestamp>,
}

impl Store {
    /// How many sessions each of these agents or harnesses has; those without any are left out.
    pub async fn session_counts(
        &self,
        org: OrgKey,
        of: SessionsOf,
        ids: &[&str],
    ) -> Result<HashMap<String, i64>, Error> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let column = of.column();
        let mut parameters: Vec<Value> = vec![org.0.into()];
        parameters.extend(ids.iter().map(|id| Value::from(*id)));
        let places: Vec<String> = (2..=parameters.len()).map(|place| format!("${place}")).collect();
        let sql = format!(
            "SELECT {column}, COUNT(*) FROM session_detail WHERE org_id = $1 AND {column} IN ({}) GROUP BY {column}",
            places.join(", ")
        );
        let rows = self.query(&sql, parameters).await?;
        rows.into_iter().map(|mut row| Ok((row.text()?, row.int()?))).collect()
    }

    /// What the sessions of one agent or harness add up to.
    pub async fn session_stats(&self, org: OrgKey, of: SessionsOf, id: &str) -> Result<SessionStats, Error> {
        let status = |word: &str| format!("COUNT(CASE WHEN s.status = '{word}' THEN 1 END)");
        let sum = |what: &str| format!("CAST(COALESCE(SUM({what}), 0) AS BIGINT)");
        let sql = format!(
            "SELECT COUNT(*), {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, MIN(s.created_at), MAX(s.created_at),
                 MAX(s.finished_at)
             FROM session s JOIN session_detail d ON d.session_key = s.key WHERE d.org_id = $1 AND d.{} = $2",
            status("active"),
            status("idle"),
            status("started"),
            status("waitingfortoolresults"),
            sum("s.turn_count"),
            sum("(s.updated_at - s.created_at) / 1000"),
            sum("s.input_tokens"),
            sum("s.output_tokens"),
            sum("s.cache_read_tokens"),
            sum("s.cache_creation_tokens"),
            sum("s.estimated_nanos"),
            sum("s.actual_nanos"),
            sum("s.cost_nanos"),
            of.column(),
        );
        let rows = self.query(&sql, vec![org.0.into(), id.into()]).await?;
        let Some(mut row) = rows.into_iter().next() else { return Ok(SessionStats::default()) };
        Ok(SessionStats {
            sessions: row.int()?,
            active: row.int()?,
            idle: row.int()?,
            started: row.int()?,
            waiting: row.int()?,
            turns: row.int()?,
            millis: row.int()?,
            input_tokens: row.int()?,
            output_tokens: row.int()?,
            cache_read_tokens: row.int()?,
            cache_creation_tokens: row.int()?,
            estimated_nanos: row.int()?,
            actual_nanos: row.int()?,
            cost_nanos: row.int()?,
            first_at: row.int_or_null()?.map(Timestamp::from_micros),
            last_at: row.int_or_null()?.map(Timestamp::from_micros),
            last_turn_at: row.int_or_null()?.map(Timestamp::from_micros),
        })
    }
}
