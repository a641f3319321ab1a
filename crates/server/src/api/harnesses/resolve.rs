//! The harness that a request names, or the one it gets.

use everruns_core::HarnessId;
use everruns_store::OrgKey;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Harnesses;
use crate::fields::Fields;
use crate::named::{Wanted, corrupt, find_live};
use crate::problem::Problem;
use crate::state::App;

/// How a request names a harness, if it names one.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it is read by the document alone")]
pub(crate) struct NamedHarness {
    /// Its id.
    harness_id: Option<HarnessId>,
    /// Its name; not together with `harness_id`.
    harness_name: Option<String>,
}

/// The live harness that the fields name by id or by name.
pub(crate) async fn named(app: &App, org: OrgKey, fields: &mut Fields) -> Result<Option<HarnessId>, Problem> {
    let id: Option<HarnessId> = fields.optional("harness_id")?;
    let name: Option<String> = fields.optional("harness_name")?;
    let wanted = match (id, name) {
        (Some(_), Some(_)) => {
            return Err(Problem::invalid("harness_name", "must not be given together with `harness_id`"));
        }
        (None, None) => return Ok(None),
        (Some(id), None) => Wanted::Id(id),
        (None, Some(name)) => Wanted::Name(name),
    };
    live(app, org, &wanted).await.map(Some)
}

/// The id of a live harness.
pub(crate) async fn live(app: &App, org: OrgKey, wanted: &Wanted<HarnessId>) -> Result<HarnessId, Problem> {
    find_live::<Harnesses>(app, org, wanted).await?.id.parse().map_err(corrupt)
}
