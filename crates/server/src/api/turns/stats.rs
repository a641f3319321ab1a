//! `GET /turns/stats`.

use axum::Json;
use axum::extract::State;
use everruns_core::limits::{TURN_BUCKETS_MAX, TURNS_PAGE_MAX, TURNS_SUMMED_MAX};
use everruns_core::{Nanos, Timestamp, Usage};
use everruns_store::{EndedQuery, EndedTurn, Error};
use serde::Serialize;
use utoipa::ToSchema;

use super::{End, Outcome, window};
use crate::auth::Caller;
use crate::problem::{Problem, ProblemBody};
use crate::query::Query;
use crate::state::App;

/// Stretches of time when the caller names none.
const BUCKETS_DEFAULT: i64 = 24;

/// What turns add up to.
#[derive(Default, Serialize, ToSchema)]
pub(crate) struct TurnSums {
    completed: u64,
    failed: u64,
    cancelled: u64,
    sealed: u64,
    /// Tokens of all but failed turns, which do not tell theirs.
    input_tokens: u64,
    output_tokens: u64,
    cache_read_tokens: u64,
    cache_creation_tokens: u64,
    /// What those cost, as far as it is known, US dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    cost_usd: Option<Nanos>,
    /// How long those took that completed; none without one.
    duration_ms: Option<Percentiles>,
    /// How long the first text of those took.
    time_to_first_token_ms: Option<Percentiles>,
    #[serde(skip)]
    durations: Vec<u64>,
    #[serde(skip)]
    first_tokens: Vec<u64>,
}

/// What half of the turns, and what 19 of 20, stay within.
#[derive(Serialize, ToSchema)]
pub(crate) struct Percentiles {
    p50: u64,
    p95: u64,
}

/// The turns that ended within a stretch of time.
#[derive(Serialize, ToSchema)]
pub(crate) struct TurnBucket {
    from_ts: Timestamp,
    #[serde(flatten)]
    sums: TurnSums,
}

/// The turns that ended within a time, in all and over it.
#[derive(Serialize, ToSchema)]
pub(crate) struct TurnStats {
    from_ts: Timestamp,
    to_ts: Timestamp,
    /// Whether all of them are in it; if not, the older ones are left out.
    is_complete: bool,
    total: TurnSums,
    /// Stretches of the same length, oldest first.
    buckets: Vec<TurnBucket>,
}

/// What the turns of all sessions add up to that ended in the last 24 hours, or from `from_ts` (inclusive) to `to_ts`
/// (exclusive): 20,000 of them at most, the newest ones.
#[utoipa::path(get, path = "/turns/stats", operation_id = "turns_stats", tag = "turns",
    params(("from_ts" = Option<Timestamp>, Query), ("to_ts" = Option<Timestamp>, Query),
        ("buckets" = Option<i64>, Query)),
    responses((status = 200, body = TurnStats), (status = 400, body = ProblemBody)))]
pub(crate) async fn stats(State(app): State<App>, caller: Caller, query: Query) -> Result<Json<TurnStats>, Problem> {
    let (from, to) = window(&app, &query)?;
    let count = query.number("buckets", 1, TURN_BUCKETS_MAX)?.unwrap_or(BUCKETS_DEFAULT);
    let mut stats = TurnStats::of(from, to, count);
    let mut wanted = EndedQuery { from, to, type_name: None, after: None, limit: TURNS_PAGE_MAX };
    let mut summed = 0;
    loop {
        let page = app.engine.store().ended_turns(caller.org, &wanted).await?;
        page.iter().try_for_each(|turn| stats.add(turn))?;
        summed += page.len();
        let is_last = i64::try_from(page.len()).unwrap_or(i64::MAX) < TURNS_PAGE_MAX;
        let Some(last) = page.last().filter(|_| !is_last) else { break };
        if summed >= TURNS_SUMMED_MAX {
            stats.is_complete = false;
            break;
        }
        wanted.after = Some((last.at, last.session, last.sequence));
        // The databases need not look at what was read.
        wanted.to = Timestamp::from_micros(last.at.as_micros() + 1);
    }
    stats.total.finish();
    stats.buckets.iter_mut().for_each(|bucket| bucket.sums.finish());
    Ok(Json(stats))
}

impl TurnStats {
    fn of(from_ts: Timestamp, to_ts: Timestamp, count: i64) -> Self {
        let length = to_ts.as_micros() - from_ts.as_micros();
        let count = count.min(length);
        // A window is at most some 2^58 microseconds, so in 128 bits nothing overflows.
        let offset = |place: i64| i64::try_from(i128::from(length) * i128::from(place) / i128::from(count));
        let begin = |place: i64| Timestamp::from_micros(from_ts.as_micros() + offset(place).unwrap_or(length));
        let bucket = |place| TurnBucket { from_ts: begin(place), sums: TurnSums::default() };
        let buckets = (0..count).map(bucket).collect();
        Self { from_ts, to_ts, is_complete: true, total: TurnSums::default(), buckets }
    }

    fn add(&mut self, turn: &EndedTurn) -> Result<(), Error> {
        let (outcome, end) = (Outcome::of(&turn.type_name)?, End::of(turn)?);
        self.total.add(outcome, &end);
        let behind = self.buckets.partition_point(|bucket| bucket.from_ts <= turn.at);
        if let Some(bucket) = self.buckets.get_mut(behind.saturating_sub(1)) {
            bucket.sums.add(outcome, &end);
        }
        Ok(())
    }
}

impl TurnSums {
    fn add(&mut self, outcome: Outcome, end: &End) {
        *match outcome {
            Outcome::Completed => &mut self.completed,
            Outcome::Failed => &mut self.failed,
            Outcome::Cancelled => &mut self.cancelled,
            Outcome::Sealed => &mut self.sealed,
        } += 1;
        let spent = end.usage.unwrap_or_default();
        let Usage { input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens } = spent.tokens();
        self.input_tokens += u64::from(input_tokens);
        self.output_tokens += u64::from(output_tokens);
        self.cache_read_tokens += u64::from(cache_read_tokens);
        self.cache_creation_tokens += u64::from(cache_creation_tokens);
        if let Some(cost) = spent.effective_cost_usd {
            self.cost_usd = Some(self.cost_usd.unwrap_or_default() + cost);
        }
        self.durations.extend(end.duration_ms);
        self.first_tokens.extend(end.time_to_first_token_ms);
    }

    fn finish(&mut self) {
        self.duration_ms = Percentiles::of(&mut self.durations);
        self.time_to_first_token_ms = Percentiles::of(&mut self.first_tokens);
    }
}

impl Percentiles {
    fn of(values: &mut [u64]) -> Option<Self> {
        values.sort_unstable();
        let within = |percent: usize| values.get((values.len() * percent).div_ceil(100).saturating_sub(1)).copied();
        Some(Self { p50: within(50)?, p95: within(95)? })
    }
}
