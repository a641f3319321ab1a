//! What a request says about a harness, checked.

use everruns_core::HarnessId;
use everruns_core::harness::HarnessSpec;
use everruns_store::{OrgKey, Resource};

use super::Harnesses;
use crate::fields::Fields;
use crate::named::{corrupt, document, resource};
use crate::problem::Problem;
use crate::state::App;
use crate::validate;

/// The harness that `fields` describe in whole, as a resource with this id.
pub(super) fn whole(app: &App, id: HarnessId, mut fields: Fields) -> Result<Resource, Problem> {
    let (name, said) = validate::name_or_text("name", &fields.required::<String>("name")?)?;
    let spec = HarnessSpec {
        name,
        display_name: fields.optional("display_name")?.or_else(|| said.clone()),
        description: fields.optional("description")?,
        system_prompt: fields.optional("system_prompt")?.unwrap_or_default(),
        parent_harness_id: fields.optional("parent_harness_id")?,
        default_model_id: fields.either("default_model_id", "model")?,
        embedder_metadata: fields.optional("embedder_metadata")?.unwrap_or_default(),
        layer: validate::layer(app, &mut fields)?,
    };
    validate::title("display_name", spec.display_name.as_deref())?;
    validate::description("description", spec.description.as_deref())?;
    validate::system_prompt("system_prompt", Some(&spec.system_prompt))?;
    validate::title("default_model_id", spec.default_model_id.as_deref())?;
    validate::small("embedder_metadata", &spec.embedder_metadata)?;
    let metadata = serde_json::to_string(&spec.embedder_metadata).map_err(corrupt)?;
    if metadata.contains("\\u0000") {
        return Err(Problem::invalid("embedder_metadata", "must not contain NUL characters"));
    }
    let body = serde_json::to_string(&spec).map_err(corrupt)?;
    Ok(Resource { name_text: said, ..resource::<Harnesses>(id, body)? })
}

/// The harness `stands` with the changes that `fields` say: what is absent stays, null takes it away.
pub(super) fn changed(app: &App, stands: &Resource, fields: &Fields) -> Result<Resource, Problem> {
    let known = document(&stands.body)?;
    whole(app, stands.id.parse().map_err(corrupt)?, fields.laid_over(&known))
}

/// Calls the fields of a change by the names that the document has.
pub(super) async fn rename(app: &App, org: OrgKey, fields: &mut Fields) -> Result<(), Problem> {
    fields.rename("model", "default_model_id");
    validate::default_model(app, org, fields).await?;
    fields.rename("mcp_servers", "mcpServers");
    Ok(())
}
