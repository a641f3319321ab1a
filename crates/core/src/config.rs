//! The resolved configuration of a turn: harness, agent, session and message laid over each other.
//!
//! `turn.started` names it by hash and every step of the turn uses it, whatever is edited meanwhile.

mod files;
mod manner;
mod network;
mod overlay;

use serde::{Deserialize, Serialize};

use crate::agent::AgentSpec;
use crate::capability::{Capability, with_dependencies};
use crate::harness::{GENERIC, Harness};
use crate::limits;
use crate::model::book::{Book, NotChosen};
use crate::model::{SIMULATED, ServedBy};
use crate::price::Price;
use crate::session::SessionSpec;
use crate::tool::{AnsweredBy, Tool};
use crate::{AgentId, ErrorCode, HarnessId};

pub use files::merge_files;
pub(crate) use manner::Reasoning;
pub use manner::{EFFORTS, ErrorDisclosure, Manner};
pub use network::NetworkAccess;
pub(crate) use network::NetworkAccessList;
pub use overlay::Overlay;

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
    /// Whose model that is, if it stands in the organization's book of models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served_by: Option<ServedBy>,
    /// What that model costs, if it is known: what is spent is counted by it, whatever prices become meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// Models that stand in for it when it fails, the first one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fallbacks: Vec<Served>,
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
    /// What tools may reach.
    #[serde(default, skip_serializing_if = "NetworkAccess::is_open")]
    pub network_access: NetworkAccess,
    /// Whether the agent or a harness it stands on is gone: the turn fails with `dependency_unavailable`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lacks_dependency: bool,
    /// How answers are given.
    #[serde(default, skip_serializing_if = "Manner::is_plain")]
    pub manner: Manner,
}

/// A model as a driver is asked for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// Such as `llmsim/echo`.
    pub model: String,
    /// Whose model that is, if it stands in the organization's book of models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served_by: Option<ServedBy>,
    /// What it costs, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
}

impl Served {
    /// Whose model it is, if somebody has to be asked for it: simulated ones are nobody's.
    pub fn provider(&self) -> Option<ServedBy> {
        let is_simulated = self.model.split_once('/').is_some_and(|(provider_type, _)| provider_type == SIMULATED);
        self.served_by.filter(|_| !is_simulated)
    }
}

impl Config {
    /// The model, then those that stand in for it.
    pub fn models(&self) -> impl Iterator<Item = Served> {
        // A model of the book has one name, whatever stands in it; any other text may be a chain still.
        let named = self.model.iter().flat_map(|model| match self.served_by {
            Some(_) => vec![model.as_str()],
            None => chain(model).collect(),
        });
        let own =
            named.map(|model| Served { model: model.to_owned(), served_by: self.served_by, price: self.price.clone() });
        own.chain(self.fallbacks.iter().cloned())
    }

    /// The tool with this name.
    pub fn tool(&self, name: &str) -> Option<&Tool> {
        self.tools.iter().find(|tool| tool.name == name)
    }

    /// Why no turn can run with it, if so.
    pub fn refusal(&self) -> Option<ErrorCode> {
        if self.lacks_dependency {
            Some(ErrorCode::DependencyUnavailable)
        } else if self.model.is_none() {
            Some(ErrorCode::ModelNotConfigured)
        } else {
            None
        }
    }

    /// Whether the client answers this tool.
    pub fn is_client_side(&self, name: &str) -> bool {
        self.tool(name).is_some_and(|tool| tool.answered_by == AnsweredBy::Client)
    }
}

impl Config {
    /// The same with its models looked up in the organization's book: a name is one model, or several with bars between
    /// them (`openai/gpt-5|anthropic/claude-opus-5`), the later ones for when the earlier ones fail. What is switched off is
    /// as good as none; what the book does not know stays as it is, for a driver that serves models of no book.
    pub fn with_model_of(mut self, book: &Book) -> Self {
        let named = self.model.take().unwrap_or_default();
        let known = std::mem::take(&mut self.fallbacks);
        let models = chain(&named).filter_map(|name| match book.choose(name) {
            Ok(chosen) => {
                let profile = book.entry(chosen.served_by.model_id).and_then(|entry| entry.profile.as_ref());
                let price = profile.and_then(|profile| profile.cost.as_ref()).and_then(Price::pinned);
                Some(Served { model: chosen.model, served_by: Some(chosen.served_by), price })
            }
            Err(NotChosen::Disabled) => None,
            Err(NotChosen::Unknown) => Some(Served { model: name.to_owned(), served_by: None, price: None }),
        });
        let mut models = models.chain(known);
        let first = models.next();
        self.fallbacks = models.collect();
        (self.model, self.served_by, self.price) =
            first.map_or((None, None, None), |first| (Some(first.model), first.served_by, first.price));
        self
    }
}

/// The names in a chain of models; space around a bar does not matter. The parameters of a simulated model may have bars
/// of their own as `%7C`.
pub fn chain(named: &str) -> impl Iterator<Item = &str> + Clone {
    let is_chain = named.contains('|');
    let names = named.split('|').map(move |name| if is_chain { name.trim() } else { name });
    names.filter(|name| !name.is_empty())
}

/// What [`resolve`] lays over each other, lowest first.
#[derive(Clone, Copy, Debug)]
pub struct Layers<'a> {
    /// The ground: the session's harness, and before it what it inherits from, the lowest first.
    pub harnesses: &'a [Harness],
    /// Over the harness.
    pub agent: Option<(AgentId, &'a AgentSpec)>,
    /// Over the agent.
    pub session: &'a SessionSpec,
    /// The model a message asked for.
    pub message_model: Option<&'a str>,
    /// The organization's default model, else the server's own.
    pub default_model: Option<&'a str>,
}

impl Layers<'_> {
    /// All of them in one.
    pub fn laid_together(&self) -> Overlay {
        let ground = self.harnesses.iter().map(|harness| Overlay::of_harness(&harness.spec));
        let agent = self.agent.map(|(_, spec)| Overlay::of_agent(spec));
        ground.chain(agent).chain([Overlay::of_session(self.session)]).fold(Overlay::default(), Overlay::under)
    }
}

/// Lays the layers over each other (see [`Overlay`]) and looks up what the capabilities bring. The system prompts stand
/// in the order harnesses, session, agent, capabilities; a client's tool wins over a capability's of the same name.
pub fn resolve(layers: Layers<'_>, catalogue: &[Capability]) -> Config {
    let whole = layers.laid_together();
    let capabilities = with_dependencies(whole.capabilities.iter().map(|wanted| wanted.id.as_str()), catalogue);

    let from_capabilities = capabilities.iter().flat_map(|capability| capability.tools.iter().cloned());
    let from_clients = whole.tools.iter().map(|definition| Tool {
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

    let mut prompt: Vec<String> = whole.prompts().map(str::to_owned).collect();
    prompt.extend(capabilities.iter().filter_map(|capability| {
        let text = capability.system_prompt?;
        Some(format!("<capability id=\"{}\">\n{text}\n</capability>", capability.id))
    }));

    let model = layers.message_model.or(whole.model.as_deref()).or(layers.default_model);

    Config {
        harness_id: layers.harnesses.last().map_or(GENERIC, |harness| harness.id),
        agent_id: layers.agent.map(|(id, _)| id),
        agent_name: layers.agent.map(|(_, spec)| spec.name.clone()),
        model: model.map(str::to_owned),
        served_by: None,
        price: None,
        fallbacks: Vec::new(),
        system_prompt: prompt.join("\n\n"),
        tools,
        max_iterations: whole.max_iterations.unwrap_or(limits::ITERATIONS_DEFAULT).max(1),
        parallel_tool_calls: whole.parallel_tool_calls.unwrap_or(true),
        client_tool_seconds: limits::CLIENT_TOOL_SECONDS_MAX,
        network_access: whole.network,
        lacks_dependency: false,
        manner: Manner {
            locale: layers.session.locale.clone(),
            hints: layers.session.hints.clone(),
            ..Manner::default()
        },
    }
}

#[cfg(test)]
mod tests;
