//! `GET /keys`.

use axum::Json;
use axum::extract::State;
use everruns_core::Role;
use everruns_core::limits::KEYS_LISTED_MAX;

use super::{KeyRow, show};
use crate::auth::Caller;
use crate::page::Page;
use crate::problem::Problem;
use crate::state::App;

/// The keys for the organization, newest first, revoked ones too. Who is no admin sees its own.
#[utoipa::path(get, path = "/keys", operation_id = "keys_list", tag = "keys",
    responses((status = 200, body = Page<KeyRow>)))]
pub(crate) async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Page<KeyRow>>, Problem> {
    let is_admin = caller.role >= Role::Admin;
    let keys = app.engine.store().keys(caller.org, caller.principal, is_admin, KEYS_LISTED_MAX).await?;
    let data: Vec<KeyRow> = keys.into_iter().map(|key| show(caller, key)).collect();
    let total = data.len() as i64;
    Ok(Json(Page { data, total, offset: 0, limit: KEYS_LISTED_MAX }))
}
