//! The resolved configuration of a turn: harness, agent, session and message laid over each other.
//!
//! `turn.started` names it by hash and every step of the turn uses it, whatever is edited meanwhile.

mod files;

use serde::{Deserialize, Serialize};

use crate::agent::{AgentSpec, Layer};
use crate::capability::{Capability, with_dependencies};
use crate::harness::Harness;
use crate::limits;
use crate::session::SessionSpec;
use crate::tool::{AnsweredBy, Tool};
use crate::{AgentId, HarnessId};

pub use files::{InvalidPath, merge_files, workspace_path};

/// Everything a turn needs to know besides its messages. Stored once by content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// The harness.
    pub harness_id: HarnessId,
    /// The agent, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// The agent's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_name: Option<String>,
    /// The model, such as `llmsim/echo`; none: the turn fails with `model_not_configured`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The whole system prompt.
    pub system_prompt: String,
    /// What the model may call.
    pub tools: Vec<Tool>,
    /// Reason steps since the last input.
    pub max_iterations: u32,
    /// Whether calls of one answer may run at the same time.
    pub parallel_tool_calls: bool,
    /// How long a client may take to answer a call, seconds.
    pub client_tool_seconds: i64,
}

impl Config {
    /// The tool with this name.
    pub fn tool(&self, name: &str) -> Option<&Tool> {
        self.tools.iter().find(|tool| tool.name == name)
    }

    /// Whether the client answers this tool.
    pub fn is_client_side(&self, name: &str) -> bool {
        self.tool(name).is_some_and(|tool| tool.answered_by == AnsweredBy::Client)
    }
}

/// What [`resolve`] lays over each other, lowest first.
#[derive(Clone, Copy, Debug)]
pub struct Layers<'a> {
    /// The ground.
    pub harness: &'a Harness,
    /// Over the harness.
    pub agent: Option<(AgentId, &'a AgentSpec)>,
    /// Over the agent.
    pub session: &'a SessionSpec,
    /// The model a message asked for.
    pub message_model: Option<&'a str>,
    /// The server's own default model.
    pub default_model: Option<&'a str>,
}

/// Lays the layers over each other. Capabilities and tools add up, a later one of the same name wins; the system
/// prompts stand in the order harness, session, agent, capabilities; of single values the topmost wins.
pub fn resolve(layers: Layers<'_>, catalogue: &[Capability]) -> Config {
    let Layers { harness, agent, session, .. } = layers;
    let agent_spec = agent.map(|(_, spec)| spec);
    let stack: Vec<&Layer> = [Some(&harness.layer), agent_spec.map(|spec| &spec.layer), Some(&session.layer)]
        .into_iter()
        .flatten()
        .collect();

    let wanted = stack.iter().flat_map(|layer| &layer.capabilities).map(|wanted| wanted.id.as_str());
    let capabilities = with_dependencies(wanted, catalogue);

    let from_capabilities = capabilities.iter().flat_map(|capability| capability.tools.iter().cloned());
    let from_clients = stack.iter().flat_map(|layer| &layer.tools).map(|definition| Tool {
        name: definition.name.clone(),
        display_name: definition.extra.get("display_name").and_then(|name| name.as_str()).map(str::to_owned),
        description: definition.description.clone(),
        parameters: definition.parameters.clone(),
        answered_by: AnsweredBy::Client,
    });
    let mut tools: Vec<Tool> = Vec::new();
    for tool in from_capabilities.chain(from_clients) {
        match tools.iter_mut().find(|have| have.name == tool.name) {
            Some(have) => *have = tool,
            None => tools.push(tool),
        }
    }

    let own = [
        Some(harness.system_prompt.as_str()),
        session.system_prompt.as_deref(),
        agent_spec.map(|spec| spec.system_prompt.as_str()),
    ];
    let mut prompt: Vec<String> =
        own.into_iter().flatten().filter(|text| !text.is_empty()).map(str::to_owned).collect();
    prompt.extend(capabilities.iter().filter_map(|capability| {
        let text = capability.system_prompt?;
        Some(format!("<capability id=\"{}\">\n{text}\n</capability>", capability.id))
    }));

    let model = layers
        .message_model
        .or(session.model_id.as_deref())
        .or(agent_spec.and_then(|spec| spec.default_model_id.as_deref()))
        .or(harness.default_model_id.as_deref())
        .or(layers.default_model);

    Config {
        harness_id: harness.id,
        agent_id: agent.map(|(id, _)| id),
        agent_name: agent_spec.map(|spec| spec.name.clone()),
        model: model.map(str::to_owned),
        system_prompt: prompt.join("\n\n"),
        tools,
        max_iterations: top(&stack, |layer| layer.max_iterations).unwrap_or(limits::ITERATIONS_DEFAULT).max(1),
        parallel_tool_calls: top(&stack, |layer| layer.parallel_tool_calls).unwrap_or(true),
        client_tool_seconds: limits::CLIENT_TOOL_SECONDS_MAX,
    }
}

fn top<T>(stack: &[&Layer], pick: impl Fn(&Layer) -> Option<T>) -> Option<T> {
    stack.iter().rev().find_map(|layer| pick(layer))
}

#[cfg(test)]
mod tests;
