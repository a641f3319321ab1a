//! One layer of settings, and laying one over another: harness over its parent, agent over harness, session over agent.
//!
//! The fold is associative: a chain of harnesses can be laid together first and an agent over all of it later.

use serde_json::{Map, Value};

use super::files::merge_files;
use super::network::NetworkAccess;
use crate::agent::{AgentSpec, InitialFile, Layer};
use crate::capability::CapabilityRef;
use crate::harness::HarnessSpec;
use crate::session::SessionSpec;
use crate::tool::ToolDefinition;

/// Settings of one or more layers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overlay {
    /// Prompts of harnesses, the lowest first.
    ground: Vec<String>,
    /// The session's prompt: it stands between ground and agent, although the session is the topmost layer.
    session: Vec<String>,
    /// The agent's prompt.
    agent: Vec<String>,
    /// The model of the topmost layer that names one.
    pub model: Option<String>,
    /// Each id once, where it came first; the topmost settings.
    pub capabilities: Vec<CapabilityRef>,
    /// Each name once, where it came first; the topmost definition.
    pub tools: Vec<ToolDefinition>,
    /// Each path once, where it came first; the topmost file.
    pub initial_files: Vec<InitialFile>,
    /// By name, the topmost.
    pub mcp_servers: Map<String, Value>,
    /// What all layers allow and none blocks.
    pub network: NetworkAccess,
    /// Of the topmost layer that says it.
    pub max_iterations: Option<u32>,
    /// Of the topmost layer that says it.
    pub parallel_tool_calls: Option<bool>,
}

impl Overlay {
    /// A harness alone, without its parents.
    pub fn of_harness(spec: &HarnessSpec) -> Self {
        Self { ground: prompt(&spec.system_prompt), ..Self::of_layer(&spec.layer, spec.default_model_id.as_deref()) }
    }

    /// An agent alone.
    pub fn of_agent(spec: &AgentSpec) -> Self {
        Self { agent: prompt(&spec.system_prompt), ..Self::of_layer(&spec.layer, spec.default_model_id.as_deref()) }
    }

    /// A session alone.
    pub fn of_session(spec: &SessionSpec) -> Self {
        let text = spec.system_prompt.as_deref().unwrap_or_default();
        Self { session: prompt(text), ..Self::of_layer(&spec.layer, spec.model_id.as_deref()) }
    }

    fn of_layer(layer: &Layer, model: Option<&str>) -> Self {
        // A layer may name things twice, too; then its last word counts.
        let bare = Self {
            model: model.map(str::to_owned),
            mcp_servers: layer.mcp_servers.clone(),
            network: NetworkAccess::of_layer(layer.network_access.as_ref()),
            max_iterations: layer.max_iterations,
            parallel_tool_calls: layer.parallel_tool_calls,
            ..Self::default()
        };
        bare.under(Self {
            capabilities: by_name(Vec::new(), layer.capabilities.clone(), |known| &known.id, keep_settings),
            tools: by_name(Vec::new(), layer.tools.clone(), |tool| &tool.name, |_, over| over),
            initial_files: merge_files([layer.initial_files.as_slice()]),
            ..Self::default()
        })
    }

    /// `over` laid over this.
    pub fn under(self, over: Self) -> Self {
        Self {
            ground: [self.ground, over.ground].concat(),
            session: [self.session, over.session].concat(),
            agent: [self.agent, over.agent].concat(),
            model: over.model.or(self.model),
            capabilities: by_name(self.capabilities, over.capabilities, |known| &known.id, keep_settings),
            tools: by_name(self.tools, over.tools, |tool| &tool.name, |_, over| over),
            initial_files: by_name(self.initial_files, over.initial_files, |file| &file.path, |_, over| over),
            mcp_servers: self.mcp_servers.into_iter().chain(over.mcp_servers).collect(),
            network: self.network.and(over.network),
            max_iterations: over.max_iterations.or(self.max_iterations),
            parallel_tool_calls: over.parallel_tool_calls.or(self.parallel_tool_calls),
        }
    }

    /// The prompts in their order: harnesses, session, agent.
    pub fn prompts(&self) -> impl Iterator<Item = &str> {
        [&self.ground, &self.session, &self.agent].into_iter().flatten().map(String::as_str)
    }
}

fn prompt(text: &str) -> Vec<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty()).into_iter().collect()
}

/// A capability that is named again without settings keeps those it had.
fn keep_settings(base: CapabilityRef, over: CapabilityRef) -> CapabilityRef {
    CapabilityRef { config: if over.config.is_null() { base.config } else { over.config }, id: over.id }
}

/// Both lists in one; of the same name `choose` says what stays, at the place of the first.
fn by_name<T: Clone>(
    mut base: Vec<T>,
    over: Vec<T>,
    name: impl Fn(&T) -> &String,
    choose: impl Fn(T, T) -> T,
) -> Vec<T> {
    for item in over {
        match base.iter_mut().find(|have| name(have) == name(&item)) {
            Some(have) => *have = choose(have.clone(), item),
            None => base.push(item),
        }
    }
    base
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// A layer of a few names, so that layers often meet.
    fn layer() -> impl Strategy<Value = Layer> {
        let name = || prop::sample::select(vec!["a", "b", "c"]);
        let number = || 0..3_i64;
        let capability = (name(), prop::option::of(number()))
            .prop_map(|(id, config)| CapabilityRef { id: id.to_owned(), config: json!(config) });
        let tool = (name(), number()).prop_map(|(name, number)| ToolDefinition {
            kind: Default::default(),
            name: name.to_owned(),
            description: number.to_string(),
            parameters: json!({}),
            extra: Map::new(),
        });
        let path = prop::sample::select(vec!["/a", "a", "/workspace/a", "b/c", "/b//c", "../a"]);
        let file = (path, number()).prop_map(|(path, number)| InitialFile {
            path: path.to_owned(),
            content: number.to_string(),
            encoding: "text".to_owned(),
            is_readonly: false,
        });
        let hosts = vec!["a.com", "*.a.com", "x.a.com", "*.x.a.com", "https://a.com/", "https://x.a.com/api", "b.com"];
        let hosts = move || prop::collection::vec(prop::sample::select(hosts.clone()), 0..4);
        let servers = prop::collection::btree_map("[ab]", number().prop_map(Value::from), 0..3);
        (
            prop::collection::vec(capability, 0..4),
            prop::collection::vec(tool, 0..4),
            prop::collection::vec(file, 0..4),
            servers,
            prop::option::of((hosts(), hosts())),
            prop::option::of(0..3_u32),
            prop::option::of(any::<bool>()),
        )
            .prop_map(|(capabilities, tools, initial_files, servers, network, max_iterations, parallel)| {
                Layer {
                    tags: Vec::new(),
                    capabilities,
                    tools,
                    initial_files,
                    mcp_servers: servers.into_iter().collect(),
                    network_access: network.map(|(allowed, blocked)| json!({ "allowed": allowed, "blocked": blocked })),
                    max_iterations,
                    parallel_tool_calls: parallel,
                }
            })
    }

    fn overlay() -> impl Strategy<Value = Overlay> {
        (layer(), prop::option::of("[mn]"), "p?", 0..3).prop_map(|(layer, model, prompt, place)| {
            let whole = Overlay::of_layer(&layer, model.as_deref());
            let text = super::prompt(&prompt);
            match place {
                0 => Overlay { ground: text, ..whole },
                1 => Overlay { session: text, ..whole },
                _ => Overlay { agent: text, ..whole },
            }
        })
    }

    proptest! {
        #[test]
        fn it_does_not_matter_what_is_laid_together_first(a in overlay(), b in overlay(), c in overlay()) {
            let left = a.clone().under(b.clone()).under(c.clone());
            prop_assert_eq!(left, a.under(b.under(c)));
        }

        #[test]
        fn nothing_over_or_under_changes_nothing(a in overlay()) {
            prop_assert_eq!(&a.clone().under(Overlay::default()), &a);
            prop_assert_eq!(&Overlay::default().under(a.clone()), &a);
            let twice = a.clone().under(a.clone());
            prop_assert_eq!((twice.capabilities, twice.tools), (a.capabilities, a.tools));
            prop_assert_eq!((twice.initial_files, twice.network), (a.initial_files, a.network));
        }

        #[test]
        fn a_layer_only_narrows_the_network(a in overlay(), b in overlay()) {
            let both = a.clone().under(b);
            prop_assert!(a.network.blocked.iter().all(|host| both.network.blocked.contains(host)));
            prop_assert!(a.network.allowed.is_none() || both.network.allowed.is_some());
        }
    }

    #[test]
    fn settings_of_a_capability_stay_until_others_come() {
        #[track_caller]
        fn check(configs: [Value; 2], expected: Value) {
            let [base, over] = configs.map(|config| Overlay {
                capabilities: vec![CapabilityRef { id: "a".to_owned(), config }],
                ..Overlay::default()
            });
            assert_eq!(base.under(over).capabilities[0].config, expected);
        }
        check([json!({ "x": 1 }), json!(null)], json!({ "x": 1 }));
        check([json!({ "x": 1 }), json!({})], json!({}));
        check([json!(null), json!({ "y": 2 })], json!({ "y": 2 }));
        check([json!({ "x": 1 }), json!({ "y": 2 })], json!({ "y": 2 }));
    }
}
