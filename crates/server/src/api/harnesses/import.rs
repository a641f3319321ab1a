//! `POST /harnesses/import`: adopts one of the server's examples.

use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::HarnessId;

use super::examples::entries;
use super::{HarnessRow, Harnesses, resolve};
use crate::auth::Caller;
use crate::change::{Changing, Versioned};
use crate::fields::Ignored;
use crate::named::{Wanted, corrupt, free_name, resource, upsert, versioned};
use crate::page::WithUrls;
use crate::problem::{Problem, ProblemBody};
use crate::query::Query;
use crate::state::App;

/// Makes a harness of an example, under the first free name.
#[utoipa::path(post, path = "/harnesses/import", operation_id = "harnesses_import", tag = "harnesses",
    params(("from-example" = String, Query)),
    responses((status = 201, body = WithUrls<HarnessRow>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn import(
    State(app): State<App>,
    caller: Caller,
    changing: Changing,
    query: Query,
    _: Ignored,
) -> Result<Versioned<WithUrls<HarnessRow>>, Problem> {
    let name = query.one("from-example").ok_or_else(|| Problem::invalid("from-example", "is required"))?;
    let found = entries(&app)?.into_iter().find(|entry| entry.spec.name == name);
    let mut entry = found.ok_or_else(|| Problem::missing("example; `GET /v1/harness-examples` lists them"))?;
    if let Some(parent) = entry.parent_name {
        let parent = resolve::live(&app, caller.org, &Wanted::Name(parent)).await?;
        entry.spec.parent_harness_id = Some(parent);
    }
    entry.spec.name = free_name::<Harnesses>(&app, caller.org, name).await?;
    let body = serde_json::to_string(&entry.spec).map_err(corrupt)?;
    let new = resource::<Harnesses>(HarnessId(app.engine.source().uuid()), body)?;
    let (harness, _) = upsert::<Harnesses>(&app, caller, new, false, &changing).await?;
    versioned::<Harnesses>(&app, caller.org, StatusCode::CREATED, &harness).await
}
