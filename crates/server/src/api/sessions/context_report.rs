//! `GET /sessions/{id}/context-report`.

use axum::Json;
use axum::extract::State;
use everruns_core::{SessionId, Spent};
use everruns_engine::{ContextReport, Section};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Id;
use crate::auth::Caller;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// What the last request to a model was made of.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionContextReport {
    /// The session.
    session_id: SessionId,
    /// The model that was asked; of a session that asked none, the one it would ask.
    model: String,
    /// Tokens that fit into the model's context; null: it is not known.
    context_window_tokens: Option<u32>,
    /// Tokens of the request: the provider's count if it told one, else an estimate.
    estimated_input_tokens: u32,
    /// Its sections, in their order.
    sections: Vec<ContextReportSection>,
    /// Its parts, in their order.
    contributions: Vec<ContextReportContribution>,
    /// Tokens of the session so far.
    cumulative_usage: Spent,
}

/// A section of the request.
#[derive(Serialize, ToSchema)]
pub(crate) struct ContextReportSection {
    /// `system_prompt`, `tools` or `history`.
    key: &'static str,
    /// For people.
    label: &'static str,
    /// Tokens of its parts.
    tokens: u32,
    /// How many parts it has.
    items: usize,
}

/// A part of the request.
#[derive(Serialize, ToSchema)]
pub(crate) struct ContextReportContribution {
    /// Its section.
    section_key: &'static str,
    /// Where it comes from: a capability's id, a tool's name, a message's id, or `instructions`.
    source_id: String,
    /// For people.
    label: String,
    /// Its tokens.
    tokens: u32,
}

const SECTIONS: [(Section, &str, &str); 3] = [
    (Section::SystemPrompt, "system_prompt", "System prompt"),
    (Section::Tools, "tools", "Tools"),
    (Section::History, "history", "Conversation"),
];

/// Explains the last request to a model: each part, its source, its tokens.
#[utoipa::path(get, path = "/sessions/{session_id}/context-report", operation_id = "sessions_context_report",
    tag = "sessions", params(("session_id" = SessionId, Path)),
    responses((status = 200, body = SessionContextReport), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub(crate) async fn context_report(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<SessionId>,
) -> Result<Json<SessionContextReport>, Problem> {
    let session = app.engine.session(caller.org, id).await?;
    let row = app.engine.store().session_by_id(caller.org, id).await?.ok_or_else(|| Problem::missing("session"))?;
    let report = app.engine.context_report(&session, &row.head).await?;
    Ok(Json(SessionContextReport {
        session_id: id,
        estimated_input_tokens: report.tokens(),
        sections: SECTIONS.into_iter().map(|(section, key, label)| summed(&report, section, key, label)).collect(),
        contributions: report
            .parts
            .into_iter()
            .map(|part| ContextReportContribution {
                section_key: SECTIONS.into_iter().find(|(section, ..)| *section == part.section).map_or("", |it| it.1),
                source_id: part.source_id,
                label: part.label,
                tokens: part.tokens,
            })
            .collect(),
        model: report.model,
        context_window_tokens: report.context_window_tokens,
        cumulative_usage: report.cumulative_usage,
    }))
}

fn summed(report: &ContextReport, section: Section, key: &'static str, label: &'static str) -> ContextReportSection {
    let parts = report.parts.iter().filter(|part| part.section == section);
    let tokens = parts.clone().map(|part| part.tokens).sum();
    ContextReportSection { key, label, tokens, items: parts.count() }
}
