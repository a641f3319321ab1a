//! `POST /agents/preview` and what it is made of: the prompt and the tools that a turn would have.

use axum::Json;
use axum::extract::State;
use everruns_core::AgentId;
use everruns_core::agent::{AgentSpec, Layer};
use everruns_core::config::{Config, Layers, resolve as resolve_config};
use everruns_core::harness::{GENERIC, Harness};
use everruns_core::lint::{Finding, findings};
use everruns_core::session::SessionSpec;
use everruns_core::tool::ToolDefinition;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::api::capabilities::definition;
use crate::api::harnesses::resolve::{self, NamedHarness};
use crate::auth::Caller;
use crate::fields::Fields;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;
use crate::validate;

/// The settings of an agent that need not be there; without a harness it is on `generic`.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is taken field by field")]
pub(crate) struct AgentPreview {
    /// The agent's instructions.
    system_prompt: String,
    /// The harness to start from.
    #[serde(flatten)]
    harness: NamedHarness,
    /// The rest.
    #[serde(flatten)]
    layer: Layer,
}

/// What a turn would have.
#[derive(Serialize, ToSchema)]
pub(crate) struct Preview {
    /// The whole system prompt.
    system_prompt: String,
    /// All tools.
    tools: Vec<Value>,
    /// What deserves a look.
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<Vec<Finding>>,
}

/// The prompt and the tools of a turn with these settings, assembled as turns assemble them. Nothing is stored.
#[utoipa::path(post, path = "/agents/preview", operation_id = "agents_preview", tag = "agents",
    request_body = AgentPreview,
    responses((status = 200, body = Preview), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(crate) async fn preview(State(app): State<App>, caller: Caller, fields: Fields) -> Result<Json<Preview>, Problem> {
    let (config, findings) = assembled(&app, caller, fields).await?;
    Ok(Json(Preview { findings: Some(findings), ..Preview::of(config) }))
}

impl Preview {
    /// A configuration as previews show it.
    pub(crate) fn of(config: Config) -> Self {
        let tools = config.tools.iter().map(definition).collect();
        Self { system_prompt: config.system_prompt, tools, findings: None }
    }
}

/// What a turn of the agent that the fields describe would be pinned to, and what is to be said about it.
pub(super) async fn assembled(
    app: &App,
    caller: Caller,
    mut fields: Fields,
) -> Result<(Config, Vec<Finding>), Problem> {
    let harness = resolve::named(app, caller.org, &mut fields).await?.unwrap_or(GENERIC);
    let spec = AgentSpec {
        name: "preview".to_owned(),
        display_name: None,
        description: None,
        system_prompt: fields.required("system_prompt")?,
        default_model_id: None,
        layer: validate::layer(app, &mut fields)?,
    };
    validate::system_prompt("system_prompt", Some(&spec.system_prompt))?;
    let chain = app.engine.harness_chain(caller.org, harness).await?.ok_or_else(|| Problem::missing("harness"))?;
    let config = of_chain(app, &chain, Some(&spec));
    let tools: &[ToolDefinition] = &spec.layer.tools;
    let findings = findings(&spec.system_prompt, tools, &config.tools);
    Ok((config, findings))
}

/// What a turn on these harnesses, with this agent or without, would be pinned to.
pub(crate) fn of_chain(app: &App, harnesses: &[Harness], agent: Option<&AgentSpec>) -> Config {
    let layers = Layers {
        harnesses,
        agent: agent.map(|spec| (AgentId::from_u128(0), spec)),
        session: &SessionSpec::default(),
        message_model: None,
        default_model: None,
    };
    resolve_config(layers, app.engine.tools().capabilities())
}
