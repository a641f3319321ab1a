//! What the sessions of one add up to.

use everruns_core::{Nanos, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Named, Wanted, find};
use crate::auth::Caller;
use crate::problem::Problem;
use crate::state::App;

/// Sums over the sessions of an agent or a harness. Deleted sessions are not counted.
#[derive(Serialize, ToSchema)]
pub(crate) struct ResourceStats {
    /// Sessions.
    session_count: i64,
    /// With a turn that runs.
    active_session_count: i64,
    /// Whose last turn ended.
    idle_session_count: i64,
    /// Without a turn yet.
    started_session_count: i64,
    /// That wait for tool results.
    waiting_for_tool_results_session_count: i64,
    /// Turns that ended.
    execution_count: i64,
    /// From when each session was made until something last happened in it, milliseconds.
    total_session_duration_ms: i64,
    /// The same for one session, on average.
    avg_session_duration_ms: Option<i64>,
    /// Tokens that models read.
    total_input_tokens: i64,
    /// Tokens that models wrote.
    total_output_tokens: i64,
    /// Tokens that models read from a cache.
    total_cache_read_tokens: i64,
    /// Tokens that models wrote to a cache.
    total_cache_creation_tokens: i64,
    /// Call by call what its provider told, else the estimate, US dollars; 0 while nothing is known.
    total_cost_usd: f64,
    /// What providers told, US dollars.
    total_actual_cost_usd: f64,
    /// By the prices that were known, US dollars.
    total_estimated_cost_usd: f64,
    /// When the first session was made.
    first_session_at: Option<Timestamp>,
    /// When the last session was made.
    last_session_at: Option<Timestamp>,
    /// When a turn last ended.
    last_execution_at: Option<Timestamp>,
}

/// The sums of the one that is wanted.
pub(crate) async fn stats<N: Named>(
    app: &App,
    caller: Caller,
    wanted: &Wanted<N::Id>,
) -> Result<ResourceStats, Problem> {
    let found = find::<N>(app, caller.org, wanted).await?;
    let sums = app.engine.store().session_stats(caller.org, N::SESSIONS, &found.id).await?;
    Ok(ResourceStats {
        session_count: sums.sessions,
        active_session_count: sums.active,
        idle_session_count: sums.idle,
        started_session_count: sums.started,
        waiting_for_tool_results_session_count: sums.waiting,
        execution_count: sums.turns,
        total_session_duration_ms: sums.millis,
        avg_session_duration_ms: sums.millis.checked_div(sums.sessions),
        total_input_tokens: sums.input_tokens,
        total_output_tokens: sums.output_tokens,
        total_cache_read_tokens: sums.cache_read_tokens,
        total_cache_creation_tokens: sums.cache_creation_tokens,
        total_cost_usd: Nanos::of_column(sums.cost_nanos).dollars(),
        total_actual_cost_usd: Nanos::of_column(sums.actual_nanos).dollars(),
        total_estimated_cost_usd: Nanos::of_column(sums.estimated_nanos).dollars(),
        first_session_at: sums.first_at,
        last_session_at: sums.last_at,
        last_execution_at: sums.last_turn_at,
    })
}
