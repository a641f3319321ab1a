//! `PATCH /sessions/{id}`.

use axum::Json;
use axum::extract::State;
use everruns_core::SessionId;
use everruns_core::limits::SESSION_EDIT_TRIES;
use everruns_core::session::{Session, SessionSpec};
use everruns_store::SessionEdit;
use utoipa::ToSchema;

use super::{corrupt, show_one};
use crate::api::Id;
use crate::auth::Caller;
use crate::fields::Fields;
use crate::page::WithUrls;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;
use crate::validate;

/// What is different from now on: what is absent stays, null clears.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is taken field by field")]
pub(crate) struct SessionChange {
    /// For people.
    title: Option<String>,
    /// Language, BCP 47.
    locale: Option<String>,
    /// Labels in place of the old ones.
    tags: Option<Vec<String>>,
    /// The identity that unattended work runs under.
    agent_identity_id: Option<String>,
}

/// Changes what people see of a session: `title`, `locale`, `tags`, `agent_identity_id`. What is absent stays, null clears.
#[utoipa::path(patch, path = "/sessions/{session_id}", operation_id = "sessions_update", tag = "sessions",
    params(("session_id" = SessionId, Path)), request_body = SessionChange,
    responses((status = 200, body = WithUrls<Session>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<SessionId>,
    fields: Fields,
) -> Result<Json<WithUrls<Session>>, Problem> {
    let store = app.engine.store();
    for _ in 0..SESSION_EDIT_TRIES {
        let row = store.session_by_id(caller.org, id).await?.ok_or_else(|| Problem::missing("session"))?;
        let document = serde_json::from_str(&row.body).map_err(corrupt)?;
        let mut laid = fields.laid_over(&document);
        let mut spec: SessionSpec = serde_json::from_value(document.into()).map_err(corrupt)?;
        spec.title = laid.optional("title")?;
        spec.locale = laid.optional("locale")?;
        spec.agent_identity_id = laid.optional("agent_identity_id")?;
        spec.layer.tags = laid.optional("tags")?.unwrap_or_default();
        validate::title("title", spec.title.as_deref())?;
        validate::title("locale", spec.locale.as_deref())?;
        validate::title("agent_identity_id", spec.agent_identity_id.as_deref())?;
        validate::tags("tags", &spec.layer.tags)?;
        let edit = SessionEdit {
            search: spec.title.clone().unwrap_or_default(),
            tags: spec.layer.tags.clone(),
            body: serde_json::to_string(&spec).expect("a session is plain JSON"),
        };
        if store.edit_session(row.head.key, app.engine.source().now(), &row.body, &edit).await? {
            app.engine.session_changed(id);
            let row = store.session_by_id(caller.org, id).await?.ok_or_else(|| Problem::missing("session"))?;
            return Ok(Json(show_one(&app, caller, &row).await?));
        }
        // Somebody else changed it meanwhile: what he said stays, and ours goes on top.
    }
    Err(Problem::conflict("The session is being changed by others all the time; try again."))
}
