//! Turns that ended, over all sessions of the organization.

pub(crate) mod list;
pub(crate) mod stats;

use everruns_core::{SessionId, Spent, Timestamp, TurnId};
use everruns_store::{EndedTurn, Error};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::query::Query;
use crate::state::App;

/// What is looked at when the caller names no time.
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// How a turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = TurnOutcome)]
pub(crate) enum Outcome {
    Completed,
    Failed,
    Cancelled,
    Sealed,
}

impl Outcome {
    const ALL: [(Self, &str); 4] = [
        (Self::Completed, "turn.completed"),
        (Self::Failed, "turn.failed"),
        (Self::Cancelled, "turn.cancelled"),
        (Self::Sealed, "turn.sealed"),
    ];

    fn of(type_name: &str) -> Result<Self, Error> {
        let known = Self::ALL.iter().find(|(_, name)| *name == type_name);
        known.map(|(outcome, _)| *outcome).ok_or_else(|| Error::Corrupt(format!("{type_name} ends no turn")))
    }

    /// The type of its event, by the last word of it.
    fn type_name(word: &str) -> Result<&'static str, Problem> {
        let known = Self::ALL.iter().find(|(_, name)| name.strip_prefix("turn.") == Some(word));
        let names = "must be `completed`, `failed`, `cancelled` or `sealed`";
        known.map(|(_, name)| *name).ok_or_else(|| Problem::invalid("outcome", names))
    }
}

/// What the event of an end tells; only that of a completed turn tells times, and that of a failed one no tokens.
#[derive(Deserialize, Serialize, ToSchema)]
pub(crate) struct End {
    turn_id: TurnId,
    usage: Option<Spent>,
    /// From its start to its end, waits for the client included.
    duration_ms: Option<u64>,
    time_to_first_token_ms: Option<u64>,
    error: Option<String>,
    error_code: Option<String>,
}

impl End {
    fn of(turn: &EndedTurn) -> Result<Self, Error> {
        serde_json::from_str(&turn.data).map_err(|error| Error::Corrupt(error.to_string()))
    }
}

/// A turn that ended.
#[derive(Serialize, ToSchema)]
pub(crate) struct Turn {
    session_id: SessionId,
    /// Where the event that ended it stands in the session's log.
    sequence: i64,
    outcome: Outcome,
    ended_at: Timestamp,
    #[serde(flatten)]
    #[schema(inline)]
    end: End,
}

impl Turn {
    fn of(turn: &EndedTurn) -> Result<Self, Error> {
        Ok(Self {
            session_id: turn.session_id,
            sequence: turn.sequence,
            outcome: Outcome::of(&turn.type_name)?,
            ended_at: turn.at,
            end: End::of(turn)?,
        })
    }
}

/// `from_ts` and `to_ts`: by default the last 24 hours.
fn window(app: &App, query: &Query) -> Result<(Timestamp, Timestamp), Problem> {
    let to = query.parsed("to_ts")?;
    // What ends right now is in it.
    let to: Timestamp = to.unwrap_or_else(|| app.engine.source().now().plus_seconds(1));
    let from = query.parsed("from_ts")?.unwrap_or_else(|| to.plus_seconds(-DAY_SECONDS));
    let begin = Timestamp::from_micros(0);
    if to <= begin {
        return Err(Problem::invalid("to_ts", "must be after 1970-01-01T00:00:00Z"));
    }
    // Nothing is older, and times far before cannot be written.
    let from = from.max(begin);
    if from < to { Ok((from, to)) } else { Err(Problem::invalid("from_ts", "must be before `to_ts`")) }
}
