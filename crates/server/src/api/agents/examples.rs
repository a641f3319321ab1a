//! `GET /agent-examples`: agents to begin with, as files in the binary.

use axum::Json;
use serde_json::{Map, Value};

use crate::agent_file::read;
use crate::problem::Problem;

const FILES: &[(&str, &str)] = &[
    ("code-reviewer", include_str!("../../../examples/agents/code-reviewer.md")),
    ("meeting-planner", include_str!("../../../examples/agents/meeting-planner.md")),
    ("support-desk", include_str!("../../../examples/agents/support-desk.md")),
];

/// Agents that `POST /agents/import?from-example=` adopts, with all their settings.
#[utoipa::path(get, path = "/agent-examples", operation_id = "agents_examples", tag = "agents",
    responses((status = 200, body = Vec<Map<String, Value>>)))]
pub(crate) async fn examples() -> Result<Json<Vec<Map<String, Value>>>, Problem> {
    FILES.iter().map(|(name, _)| members(name)).collect::<Result<_, _>>().map(Json)
}

/// What the example of this name says.
pub(super) fn members(name: &str) -> Result<Map<String, Value>, Problem> {
    let file = FILES.iter().find(|(known, _)| *known == name).map(|(_, file)| file);
    let file = file.ok_or_else(|| {
        let names: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
        Problem::missing(&format!("example; there are: {}", names.join(", ")))
    })?;
    read(file, "").map_err(crate::named::corrupt)
}
