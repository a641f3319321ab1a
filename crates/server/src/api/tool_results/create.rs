//! `POST /sessions/{id}/tool-results`.

use axum::Json;
use axum::extract::State;
use everruns_core::SessionId;
use everruns_core::limits::{TOOL_CALLS_PER_ANSWER_MAX, TOOL_RESULT_BYTES_MAX};
use everruns_core::message::ToolResult;
use everruns_core::session::SessionStatus;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Id;
use crate::auth::Caller;
use crate::fields::Fields;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// Results of calls that the turn waits for, one by one or together.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is taken field by field")]
pub(crate) struct ToolResults {
    /// One for each call: its `result`, or the `error` of one that failed.
    #[schema(min_items = 1)]
    tool_results: Vec<ToolResult>,
}

/// What became of submitted results.
#[derive(Serialize, ToSchema)]
pub(crate) struct ResultsAnswer {
    /// Results that were taken; a second one for a call is not.
    accepted: usize,
    /// What the session does now.
    status: SessionStatus,
}

/// Answers calls that the turn waits for. It goes on when the last one is answered.
#[utoipa::path(post, path = "/sessions/{session_id}/tool-results", operation_id = "tool_results_create",
    tag = "messages", params(("session_id" = SessionId, Path)), request_body = ToolResults,
    responses((status = 200, body = ResultsAnswer), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<SessionId>,
    mut fields: Fields,
) -> Result<Json<ResultsAnswer>, Problem> {
    let results: Vec<ToolResult> = fields.required("tool_results")?;
    check(&results, "tool_results")?;
    let (accepted, status) = app.engine.submit_results(caller.org, id, results).await?;
    Ok(Json(ResultsAnswer { accepted, status }))
}

/// Whether there are results, not too many and none too large. `field` is the list that they stand in.
pub(crate) fn check(results: &[ToolResult], field: &str) -> Result<(), Problem> {
    if results.is_empty() || results.len() > TOOL_CALLS_PER_ANSWER_MAX {
        return Err(Problem::invalid(field, format!("must have 1 to {TOOL_CALLS_PER_ANSWER_MAX} entries")));
    }
    for (place, result) in results.iter().enumerate() {
        let bytes = result.result.as_ref().map_or(0, |value| value.to_string().len())
            + result.error.as_ref().map_or(0, String::len);
        if bytes > TOOL_RESULT_BYTES_MAX {
            return Err(Problem::too_large(&format!("{field}[{place}].result"), TOOL_RESULT_BYTES_MAX, "bytes"));
        }
    }
    Ok(())
}
