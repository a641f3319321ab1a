//! Forks: a session that begins with the log of another one, without a copy of it.

use everruns_core::{Nanos, Spent, Timestamp};

use crate::session::{insert_detail, insert_events, read_row, session_row};
use crate::value::Statement;
use crate::{Base, Error, NewSession, SessionHead, SessionRow, Store, session_files};

/// What a new session takes over.
#[derive(Clone, Debug)]
pub struct Fork {
    /// The session that it begins with.
    pub of: SessionHead,
    /// The last event that it takes over.
    pub sequence: i64,
    /// What is counted of its log, its own first events included.
    pub tally: Tally,
}

/// What a session's row counts of its log.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// Events but deltas.
    pub event_count: i64,
    /// Turns that ended.
    pub turn_count: i64,
    /// Tokens spent.
    pub usage: Spent,
    /// The input that opened the latest turn; 0: there was none.
    pub input_sequence: i64,
    /// When its first turn opened.
    pub started_at: Option<Timestamp>,
    /// When its last turn ended.
    pub finished_at: Option<Timestamp>,
}

impl Store {
    /// Makes a session that begins with another one's log up to a sequence; its own events follow. `None`: the other one is
    /// gone by now.
    pub async fn fork_session(&self, new: &NewSession, fork: &Fork) -> Result<Option<SessionRow>, Error> {
        let base = Base::of_fork(&fork.of, fork.sequence);
        let last = fork.sequence + new.events.len() as i64;
        let (id, key) = (new.id.to_string(), fork.of.key.0);
        let tally = &fork.tally;
        let status = if tally.input_sequence > 0 { "idle" } else { "started" };
        let micros = |time: Option<Timestamp>| time.map(Timestamp::as_micros);
        let mut statements = vec![
            // Held until the fork is there: who deletes the session sees then who needs its log.
            Statement::new("UPDATE session SET created_at = created_at WHERE key = $1", vec![key.into()]),
            Statement::new(
                "INSERT INTO session (id, org_id, status, last_sequence, turn_sequence, input_sequence, inbox_sequence,
                     fence, event_count, turn_count, input_tokens, output_tokens, cache_read_tokens,
                     cache_creation_tokens, estimated_nanos, actual_nanos, cost_nanos, created_at, updated_at, started_at,
                     finished_at, log_base)
                 SELECT $1, org_id, $2, $3, 0, $4, 0, 0, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $15, $16, $17
                 FROM session WHERE key = $18 AND org_id = $19",
                vec![
                    id.as_str().into(),
                    status.into(),
                    last.into(),
                    tally.input_sequence.into(),
                    tally.event_count.into(),
                    tally.turn_count.into(),
                    i64::from(tally.usage.input_tokens).into(),
                    i64::from(tally.usage.output_tokens).into(),
                    i64::from(tally.usage.cache_read_tokens).into(),
                    i64::from(tally.usage.cache_creation_tokens).into(),
                    tally.usage.estimated_cost_usd.map(Nanos::to_column).into(),
                    tally.usage.actual_cost_usd.map(Nanos::to_column).into(),
                    tally.usage.effective_cost_usd.map(Nanos::to_column).into(),
                    new.at.as_micros().into(),
                    micros(tally.started_at).into(),
                    micros(tally.finished_at).into(),
                    base.to_text().into(),
                    key.into(),
                    new.org.0.into(),
                ],
            ),
            insert_detail(new, Some((fork.of.id, fork.sequence))),
        ];
        statements.extend(base.segments().iter().map(|segment| {
            Statement::new(
                "INSERT INTO log_hold (log_key, session_key, upto) SELECT $1, key, $2 FROM session WHERE id = $3",
                vec![segment.key.0.into(), segment.upto.into(), id.as_str().into()],
            )
        }));
        statements.extend(insert_events(new, fork.sequence + 1));
        statements.extend(session_files::statements(new));
        statements.push(read_row(new.id));
        let results = self.make(statements, &id).await?;
        results.into_iter().next_back().and_then(|rows| rows.into_iter().next()).map(session_row).transpose()
    }
}
