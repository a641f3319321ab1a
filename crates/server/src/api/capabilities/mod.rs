//! Capabilities: what agents can switch on, list and get.

pub(crate) mod get;
pub(crate) mod list;

use everruns_core::capability::{Availability, Capability, Nature, RiskLevel};
use everruns_core::harness::built_in;
use everruns_core::tool::{AnsweredBy, Tool};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::page::WithUrls;
use crate::problem::Problem;
use crate::state::App;

/// A capability as the API shows it.
#[derive(Serialize, ToSchema)]
pub(crate) struct CapabilityInfo {
    /// The word that agents name it by.
    id: String,
    /// Other words that are taken for it.
    aliases: Vec<String>,
    /// For people.
    name: String,
    /// What it gives an agent.
    description: String,
    /// Whether it can be used.
    status: Availability,
    /// Where lists group it.
    category: Option<String>,
    /// The name of its picture.
    icon: Option<String>,
    /// What harm it can do.
    risk_level: RiskLevel,
    /// Capabilities that come along with it.
    dependencies: Vec<String>,
    /// What clients may show when it is on.
    features: Vec<String>,
    /// What it adds to the system prompt.
    system_prompt: Option<String>,
    /// The tools it brings.
    tool_definitions: Vec<Value>,
    /// JSON Schema of its settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    config_schema: Option<Value>,
    /// Live agents that name it.
    agent_count: i64,
    /// Live harnesses that name it.
    harness_count: i64,
    /// Whether it stands for an MCP server.
    is_mcp: bool,
    /// Whether it is a skill.
    is_skill: bool,
    /// Whether it keeps agents from something.
    is_guardrail: bool,
}

/// These capabilities as the API shows them, with who uses them.
async fn show(app: &App, caller: Caller, found: &[&Capability]) -> Result<Vec<WithUrls<CapabilityInfo>>, Problem> {
    let names = |capability: &&Capability| [&[capability.id], capability.aliases].concat();
    let names: Vec<Vec<&str>> = found.iter().map(names).collect();
    let uses = app.engine.store().capability_uses(caller.org, &names).await?;
    let built_in = built_in();
    let shown = found.iter().zip(names).zip(uses).map(|((capability, names), uses)| {
        let named = |harness: &&everruns_core::harness::Harness| {
            harness.spec.layer.capabilities.iter().any(|wanted| names.contains(&wanted.id.as_str()))
        };
        let info = CapabilityInfo {
            id: capability.id.to_owned(),
            aliases: texts(capability.aliases),
            name: capability.name.to_owned(),
            description: capability.description.to_owned(),
            status: capability.availability,
            category: capability.category.map(str::to_owned),
            icon: capability.icon.map(str::to_owned),
            risk_level: capability.risk_level,
            dependencies: texts(capability.dependencies),
            features: texts(capability.features),
            system_prompt: capability.system_prompt.map(str::to_owned),
            tool_definitions: capability.tools.iter().map(definition).collect(),
            config_schema: capability.config_schema.clone(),
            agent_count: uses.agents,
            harness_count: uses.harnesses + built_in.iter().filter(named).count() as i64,
            is_mcp: capability.id.starts_with("mcp:"),
            is_skill: capability.id.starts_with("skill:"),
            is_guardrail: capability.nature == Nature::Guardrail,
        };
        WithUrls::new(info, "capabilities", &capability.id, &app.settings.public_url)
    });
    Ok(shown.collect())
}

fn texts(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// A tool, in the shape that clients know from their own.
pub(crate) fn definition(tool: &Tool) -> Value {
    let (kind, class) = match &tool.answered_by {
        AnsweredBy::Capability { class, .. } => ("builtin", Some(class)),
        AnsweredBy::Client => ("client_side", None),
    };
    json!({
        "type": kind,
        "name": tool.name,
        "display_name": tool.display_name,
        "description": tool.description,
        "parameters": tool.parameters,
        "hints": { "side_effect_class": class },
    })
}
