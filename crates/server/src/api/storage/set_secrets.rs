//! `PUT /sessions/{id}/storage/secrets`.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::State;
use everruns_core::SessionId;
use everruns_core::limits::SECRETS_MAX;
use everruns_store::SESSION_SECRETS;
use serde::Serialize;
use utoipa::ToSchema;

use super::seal;
use crate::api::Id;
use crate::auth::Caller;
use crate::fields::Fields;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;
use crate::validate;

/// Secrets to set.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is taken field by field")]
pub(crate) struct SecretsSpec {
    /// What they hold, by name.
    secrets: BTreeMap<String, String>,
}

/// What was set.
#[derive(Serialize, ToSchema)]
pub(crate) struct SecretsAnswer {
    /// How many secrets the request set.
    count: usize,
}

/// Sets secrets of a session by name; those it has under other names stay. What they hold is sealed, and never shown.
#[utoipa::path(put, path = "/sessions/{session_id}/storage/secrets", operation_id = "storage_set_secrets",
    tag = "storage", params(("session_id" = SessionId, Path)), request_body = SecretsSpec,
    responses((status = 200, body = SecretsAnswer), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 413, body = ProblemBody), (status = 503, body = ProblemBody)))]
pub(crate) async fn set_secrets(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<SessionId>,
    mut fields: Fields,
) -> Result<Json<SecretsAnswer>, Problem> {
    app.engine.session(caller.org, id).await?;
    let secrets = fields.secrets("secrets")?.ok_or_else(|| Problem::invalid("secrets", "is required"))?;
    let owner = id.to_string();
    let sealed = seal(&app, caller, SESSION_SECRETS, &owner, "secrets", &secrets)?;
    let store = app.engine.store();
    let known = store.secrets(caller.org, SESSION_SECRETS, &owner).await?;
    let known = known.iter().map(|secret| secret.name.as_str());
    let names: BTreeSet<&str> = known.chain(sealed.iter().map(|secret| secret.name.as_str())).collect();
    validate::count("secrets", names.len(), SECRETS_MAX)?;
    let at = app.engine.source().now();
    if store.put_session_secrets(caller.org, id, &sealed, at).await? {
        Ok(Json(SecretsAnswer { count: sealed.len() }))
    } else {
        Err(Problem::missing("session"))
    }
}
