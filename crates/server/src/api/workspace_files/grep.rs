//! `POST /workspaces/{id}/fs/_/grep`.

use axum::Json;
use everruns_core::{FilePath, WorkspaceId};
use everruns_engine::files::Pattern;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::place::Root;
use crate::fields::Fields;
use crate::problem::{Problem, ProblemBody};

/// What to search for.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is taken field by field")]
pub(crate) struct Search {
    /// A regular expression; each line is searched for itself.
    pattern: String,
    /// A glob over paths, such as `docs/**/*.md`; one without a slash is for the name alone.
    path_pattern: Option<String>,
}

/// A line that matches.
#[derive(Serialize, ToSchema)]
pub(crate) struct Match {
    path: String,
    /// Counted from 1.
    line_number: u64,
    line: String,
}

/// A file with lines that match.
#[derive(Serialize, ToSchema)]
pub(crate) struct Matches {
    path: String,
    matches: Vec<Match>,
}

/// What was found.
#[derive(Serialize, ToSchema)]
pub(crate) struct Found {
    data: Vec<Matches>,
    /// Whether the search stopped at a limit, or left out a file that is too large.
    truncated: bool,
}

/// Searches the text files of a workspace, in the order of their paths and within limits.
#[utoipa::path(post, path = "/workspaces/{workspace_id}/fs/_/grep", operation_id = "workspace_files_grep",
    tag = "workspace files", params(("workspace_id" = WorkspaceId, Path)), request_body = Search,
    responses((status = 200, body = Found), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn grep(Root(files): Root, mut fields: Fields) -> Result<Json<Found>, Problem> {
    let (pattern, path): (String, Option<String>) = (fields.required("pattern")?, fields.optional("path_pattern")?);
    let pattern = Pattern::new(&pattern, path.as_deref()).map_err(|(field, error)| Problem::invalid(field, error))?;
    let found = files.grep(pattern).await?;
    let shown = |(path, lines): (FilePath, Vec<(u64, String)>)| {
        let matches = lines.into_iter();
        let matches = matches.map(|(line_number, line)| Match { path: path.to_string(), line_number, line }).collect();
        Matches { path: path.to_string(), matches }
    };
    Ok(Json(Found { data: found.files.into_iter().map(shown).collect(), truncated: found.truncated }))
}
