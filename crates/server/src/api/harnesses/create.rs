//! `POST /harnesses`.

use axum::extract::State;
use axum::http::StatusCode;
use everruns_core::HarnessId;
use everruns_core::harness::HarnessSpec;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{HarnessRow, Harnesses, spec};
use crate::auth::Caller;
use crate::change::{Changing, Versioned};
use crate::fields::Fields;
use crate::named::{upsert, versioned};
use crate::page::WithUrls;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;
use crate::validate;

/// What is said of a new harness.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is taken field by field")]
pub(crate) struct NewHarness {
    /// Its id, if the caller has one for it.
    id: Option<HarnessId>,
    /// The rest.
    #[serde(flatten)]
    spec: HarnessSpec,
}

/// Makes a harness. One with the same `id` gets the new settings; a name that is in use is refused.
#[utoipa::path(post, path = "/harnesses", operation_id = "harnesses_create", tag = "harnesses",
    request_body = NewHarness,
    responses((status = 201, body = WithUrls<HarnessRow>), (status = 200, body = WithUrls<HarnessRow>),
        (status = 400, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    changing: Changing,
    mut fields: Fields,
) -> Result<Versioned<WithUrls<HarnessRow>>, Problem> {
    let id: Option<HarnessId> = fields.optional("id")?;
    validate::default_model(&app, caller.org, &fields).await?;
    let new = spec::whole(&app, id.unwrap_or_else(|| HarnessId(app.engine.source().uuid())), fields)?;
    let (harness, created) = upsert::<Harnesses>(&app, caller, new, false, &changing).await?;
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    versioned::<Harnesses>(&app, caller.org, status, &harness).await
}
