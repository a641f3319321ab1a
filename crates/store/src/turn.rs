//! Turns that ended, over all sessions of an organization.

use everruns_core::{SessionId, Timestamp};

use crate::session::parsed;
use crate::value::{Row, Value};
use crate::{Error, OrgKey, SessionKey, Store};

/// The event that ended a turn.
#[derive(Clone, Debug, PartialEq)]
pub struct EndedTurn {
    /// The session.
    pub session_id: SessionId,
    /// The same, for the database.
    pub session: SessionKey,
    /// Where the event stands in the session's own log.
    pub sequence: i64,
    /// `turn.completed`, `turn.failed`, `turn.cancelled` or `turn.sealed`.
    pub type_name: String,
    /// When it ended.
    pub at: Timestamp,
    /// The event's data, JSON.
    pub data: String,
}

/// Which ends are wanted.
#[derive(Clone, Debug)]
pub struct EndedQuery {
    /// Not older than this.
    pub from: Timestamp,
    /// Older than this.
    pub to: Timestamp,
    /// Only those of this type.
    pub type_name: Option<String>,
    /// Only those behind this one, in the order of the list.
    pub after: Option<(Timestamp, SessionKey, i64)>,
    /// So many at most.
    pub limit: i64,
}

/// The condition of the index; word for word, so that both databases know it again.
const ENDS: &str = "e.type IN ('turn.completed', 'turn.failed', 'turn.cancelled', 'turn.sealed')";

impl Store {
    /// Turns of the organization that ended, newest first. Those of deleted sessions are gone with them.
    pub async fn ended_turns(&self, org: OrgKey, query: &EndedQuery) -> Result<Vec<EndedTurn>, Error> {
        let mut parameters: Vec<Value> = vec![org.0.into(), query.from.as_micros().into(), query.to.as_micros().into()];
        let mut place = |value: Value| {
            parameters.push(value);
            format!("${}", parameters.len())
        };
        let of_type = query.type_name.as_ref().map(|name| format!("AND e.type = {}", place(name.as_str().into())));
        let behind = query.after.map(|(at, session, sequence)| {
            let values = [at.as_micros(), session.0, sequence].map(|value| place(value.into()));
            format!("AND (e.created_at, e.session_key, e.sequence) < ({})", values.join(", "))
        });
        let limit = place(query.limit.into());
        let sql = format!(
            "SELECT s.id, e.session_key, e.sequence, e.type, e.created_at, e.data
             FROM event e JOIN session s ON s.key = e.session_key
             WHERE {ENDS} AND e.org_id = $1 AND e.created_at >= $2 AND e.created_at < $3 {} {}
             ORDER BY e.created_at DESC, e.session_key DESC, e.sequence DESC LIMIT {limit}",
            of_type.unwrap_or_default(),
            behind.unwrap_or_default()
        );
        self.query(&sql, parameters).await?.into_iter().map(ended_turn).collect()
    }
}

fn ended_turn(mut row: Row) -> Result<EndedTurn, Error> {
    Ok(EndedTurn {
        session_id: parsed(&row.text()?)?,
        session: SessionKey(row.int()?),
        sequence: row.int()?,
        type_name: row.text()?,
        at: Timestamp::from_micros(row.int()?),
        data: row.text()?,
    })
}
