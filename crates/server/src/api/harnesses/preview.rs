//! `POST /harnesses/preview`.

use axum::Json;
use axum::extract::State;
use everruns_core::HarnessId;
use everruns_core::harness::{Harness, HarnessSpec};

use super::spec;
use crate::api::agents::preview::{Preview, of_chain};
use crate::auth::Caller;
use crate::fields::Fields;
use crate::named::{corrupt, read};
use crate::partial::Partial;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// The settings of a harness that need not be there.
type HarnessPreview = Partial<HarnessSpec>;

/// The prompt and the tools of a turn on a harness with these settings, assembled as turns assemble them. Nothing is
/// stored.
#[utoipa::path(post, path = "/harnesses/preview", operation_id = "harnesses_preview", tag = "harnesses",
    request_body = HarnessPreview,
    responses((status = 200, body = Preview), (status = 400, body = ProblemBody)))]
pub(crate) async fn preview(
    State(app): State<App>,
    caller: Caller,
    mut fields: Fields,
) -> Result<Json<Preview>, Problem> {
    fields.or_insert("name", "preview");
    let id = HarnessId::from_u128(0);
    let described = spec::whole(&app, id, fields)?;
    let spec: HarnessSpec = read(&described.body)?;
    let mut chain = match &described.base_id {
        Some(parent) => {
            let chain = app.engine.harness_chain(caller.org, parent.parse().map_err(corrupt)?).await?;
            chain.ok_or_else(|| Problem::invalid("parent_harness_id", "names a harness that is not there"))?
        }
        None => Vec::new(),
    };
    chain.push(Harness { id, spec });
    Ok(Json(Preview::of(of_chain(&app, &chain, None))))
}
