//! What a request says about an agent, checked.

use everruns_core::AgentId;
use everruns_core::agent::{AgentDocument, AgentSpec};
use everruns_core::harness::GENERIC;
use everruns_store::{OrgKey, Resource};

use super::Agents;
use crate::api::harnesses::resolve;
use crate::fields::Fields;
use crate::named::{corrupt, document, resource};
use crate::problem::Problem;
use crate::state::App;
use crate::validate;

/// The agent that `fields` describe in whole, as a resource with this id.
pub(super) async fn whole(app: &App, org: OrgKey, id: AgentId, mut fields: Fields) -> Result<Resource, Problem> {
    validate::default_model(app, org, &fields).await?;
    let harness = resolve::named(app, org, &mut fields).await?;
    described(app, id, harness.unwrap_or(GENERIC), fields)
}

/// The agent `stands` with the changes that `fields` say: what is absent stays, null takes it away.
pub(super) fn changed(app: &App, stands: &Resource, fields: &Fields) -> Result<Resource, Problem> {
    let known = document(&stands.body)?;
    let mut fields = fields.laid_over(&known);
    let harness = fields.optional("harness_id")?.unwrap_or(GENERIC);
    described(app, stands.id.parse().map_err(corrupt)?, harness, fields)
}

fn described(
    app: &App,
    id: AgentId,
    harness_id: everruns_core::HarnessId,
    mut fields: Fields,
) -> Result<Resource, Problem> {
    let (name, said) = validate::name_or_text("name", &fields.required::<String>("name")?)?;
    let spec = AgentSpec {
        name,
        display_name: fields.optional("display_name")?.or_else(|| said.clone()),
        description: fields.optional("description")?,
        system_prompt: fields.required("system_prompt")?,
        default_model_id: fields.either("default_model_id", "model")?,
        layer: validate::layer(app, &mut fields)?,
    };
    validate::title("display_name", spec.display_name.as_deref())?;
    validate::description("description", spec.description.as_deref())?;
    validate::system_prompt("system_prompt", Some(&spec.system_prompt))?;
    validate::title("default_model_id", spec.default_model_id.as_deref())?;
    let body = serde_json::to_string(&AgentDocument { harness_id, spec }).map_err(corrupt)?;
    Ok(Resource { name_text: said, ..resource::<Agents>(id, body)? })
}

/// Calls the fields of a change by the names that the document has.
pub(super) async fn rename(app: &App, org: OrgKey, fields: &mut Fields) -> Result<(), Problem> {
    fields.rename("model", "default_model_id");
    validate::default_model(app, org, fields).await?;
    fields.rename("mcp_servers", "mcpServers");
    if let Some(harness) = resolve::named(app, org, fields).await? {
        fields.or_insert("harness_id", &harness.to_string());
    }
    Ok(())
}
