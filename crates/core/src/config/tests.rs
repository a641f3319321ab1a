//! Layers as words, laid over each other.

use serde_json::{Map, json};

use super::*;
use crate::agent::Layer;
use crate::capability::CapabilityRef;
use crate::harness::{GENERIC, HarnessSpec};
use crate::tool::{SideEffectClass, ToolDefinition, ToolKind};

const AGENT: AgentId = AgentId::from_u128(7);

/// The layers harness, agent and session; without an agent's name there is no agent.
#[derive(Clone, Default)]
struct Given {
    harness: Side,
    agent: Option<Side>,
    session: Side,
    message_model: Option<&'static str>,
    default_model: Option<&'static str>,
}

/// One layer. Words of `capabilities` and `tools` are ids and names.
#[derive(Clone, Default)]
struct Side {
    prompt: &'static str,
    model: Option<&'static str>,
    capabilities: &'static str,
    tools: &'static str,
    max_iterations: Option<u32>,
    parallel: Option<bool>,
}

impl Side {
    /// `from` tells where a tool comes from.
    fn layer(&self, from: &str) -> Layer {
        let reference = |id: &str| CapabilityRef { id: id.to_owned(), config: json!(null) };
        let tool = |name: &str| ToolDefinition {
            kind: ToolKind::ClientSide,
            name: name.to_owned(),
            description: from.to_owned(),
            parameters: json!({"type": "object"}),
            extra: Map::from_iter([("display_name".to_owned(), json!(name.to_uppercase()))]),
        };
        Layer {
            capabilities: self.capabilities.split_whitespace().map(reference).collect(),
            tools: self.tools.split_whitespace().map(tool).collect(),
            max_iterations: self.max_iterations,
            parallel_tool_calls: self.parallel,
            ..Layer::default()
        }
    }
}

/// `time` brings the tools `now` and `zone` and a prompt; `files` brings `read`; `web` has a `read` too.
fn catalogue() -> Vec<Capability> {
    let capability = |id, system_prompt, tools: &[&str]| {
        let tool = |name: &&str| Tool {
            name: (*name).to_owned(),
            display_name: None,
            description: format!("of {id}"),
            parameters: json!({}),
            answered_by: AnsweredBy::Capability { id: String::from(id), class: SideEffectClass::Pure },
        };
        let tools = tools.iter().map(tool).collect();
        Capability { id, name: id, system_prompt, tools, ..Capability::default() }
    };
    vec![
        capability("files", None, &["read"]),
        capability("time", Some("Mind the time."), &["now", "zone"]),
        capability("web", Some("Cite."), &["read"]),
    ]
}

fn resolved(given: &Given) -> Config {
    let harness = Harness {
        id: GENERIC,
        spec: HarnessSpec {
            name: "generic".to_owned(),
            system_prompt: given.harness.prompt.to_owned(),
            default_model_id: given.harness.model.map(str::to_owned),
            layer: given.harness.layer("harness"),
            ..HarnessSpec::default()
        },
    };
    let agent = given.agent.as_ref().map(|side| AgentSpec {
        name: "helper".to_owned(),
        display_name: None,
        description: None,
        system_prompt: side.prompt.to_owned(),
        default_model_id: side.model.map(str::to_owned),
        layer: side.layer("agent"),
    });
    let session = SessionSpec {
        model_id: given.session.model.map(str::to_owned),
        system_prompt: Some(given.session.prompt.to_owned()),
        layer: given.session.layer("session"),
        ..SessionSpec::default()
    };
    let layers = Layers {
        harnesses: &[harness],
        agent: agent.as_ref().map(|spec| (AGENT, spec)),
        session: &session,
        message_model: given.message_model,
        default_model: given.default_model,
    };
    resolve(layers, &catalogue())
}

#[test]
fn the_nearest_model_counts() {
    #[track_caller]
    fn check(given: [Option<&'static str>; 5], expected: Option<&str>) {
        let [message, session, agent, harness, default] = given;
        let side = |model| Side { model, ..Side::default() };
        let given = Given {
            harness: side(harness),
            agent: Some(side(agent)),
            session: side(session),
            message_model: message,
            default_model: default,
        };
        assert_eq!(resolved(&given).model.as_deref(), expected);
    }
    let all = ["message", "session", "agent", "harness", "default"].map(Some);
    check(all, Some("message"));
    check([None, all[1], all[2], all[3], all[4]], Some("session"));
    check([None, None, all[2], all[3], all[4]], Some("agent"));
    check([None, None, None, all[3], all[4]], Some("harness"));
    check([None, None, None, None, all[4]], Some("default"));
    check([None; 5], None);
}

#[test]
fn prompts_stand_from_the_general_to_the_particular() {
    #[track_caller]
    fn check(prompts: [&'static str; 3], capabilities: [&'static str; 3], expected: &str) {
        let side = |at: usize| Side { prompt: prompts[at], capabilities: capabilities[at], ..Side::default() };
        let given = Given { harness: side(0), agent: Some(side(1)), session: side(2), ..Given::default() };
        assert_eq!(resolved(&given).system_prompt, expected);
    }
    check(["H", "A", "S"], ["", "", ""], "H\n\nS\n\nA");
    check(["", "A", ""], ["", "", ""], "A");
    check(["", "", ""], ["", "", ""], "");
    let time = "<capability id=\"time\">\nMind the time.\n</capability>";
    let web = "<capability id=\"web\">\nCite.\n</capability>";
    check(["H", "A", "S"], ["", "web files", "time"], &format!("H\n\nS\n\nA\n\n{web}\n\n{time}"));
    check(["", "A", ""], ["time", "time web time", "web"], &format!("A\n\n{time}\n\n{web}"));
}

#[test]
fn tools_add_up_and_the_later_one_of_a_name_wins() {
    /// Each side's capabilities and tools; then the tools as `name:where from`.
    #[track_caller]
    fn check(sides: [(&'static str, &'static str); 3], expected: &str) {
        let side = |at: usize| Side { capabilities: sides[at].0, tools: sides[at].1, ..Side::default() };
        let given = Given { harness: side(0), agent: Some(side(1)), session: side(2), ..Given::default() };
        let config = resolved(&given);
        let tool = |tool: &Tool| {
            let (name, from) = (&tool.name, &tool.description);
            assert_eq!(config.is_client_side(name), !from.starts_with("of "));
            assert_eq!(config.tool(name), Some(tool), "names are unique");
            let shown = config.is_client_side(name).then(|| name.to_uppercase());
            assert_eq!(tool.display_name, shown);
            format!("{name}:{}", from.trim_start_matches("of "))
        };
        let tools: Vec<_> = config.tools.iter().map(tool).collect();
        assert_eq!(tools.join(" "), expected);
    }
    check([("", ""); 3], "");
    check([("time", ""), ("time", ""), ("time", "")], "now:time zone:time");
    check([("", "a"), ("", "b"), ("files", "c")], "read:files a:harness b:agent c:session");
    check([("", "a b"), ("", "b c"), ("", "c")], "a:harness b:agent c:session");
    check([("files", ""), ("", ""), ("web", "")], "read:web");
    check([("", "read"), ("files time", ""), ("", "now")], "read:harness now:session zone:time");
    check([("nosuch", ""), ("", ""), ("", "")], "");
    assert!(!resolved(&Given::default()).is_client_side("nosuch"));
}

#[test]
fn single_values_come_from_the_topmost_layer() {
    #[track_caller]
    fn check(given: [(Option<u32>, Option<bool>); 3], expected: (u32, bool)) {
        let side = |(max_iterations, parallel)| Side { max_iterations, parallel, ..Side::default() };
        let config = resolved(&Given {
            harness: side(given[0]),
            agent: Some(side(given[1])),
            session: side(given[2]),
            ..Given::default()
        });
        assert_eq!((config.max_iterations, config.parallel_tool_calls), expected);
    }
    let none = (None, None);
    check([none; 3], (limits::ITERATIONS_DEFAULT, true));
    check([(Some(3), Some(false)), none, none], (3, false));
    check([(Some(3), Some(false)), (Some(4), None), none], (4, false));
    check([(Some(3), Some(false)), (Some(4), None), (None, Some(true))], (4, true));
    check([none, none, (Some(0), None)], (1, true));
}

#[test]
fn the_agent_is_named_if_there_is_one() {
    let with = resolved(&Given { agent: Some(Side::default()), ..Given::default() });
    assert_eq!((with.agent_id, with.agent_name.as_deref()), (Some(AGENT), Some("helper")));
    let without = resolved(&Given::default());
    assert_eq!((without.agent_id, without.agent_name), (None, None));
}

#[test]
fn stored_configurations_read_back() {
    let side = || Side {
        prompt: "Be brief.",
        model: Some("llmsim/echo"),
        capabilities: "time files",
        tools: "ask",
        ..Side::default()
    };
    let given = Given { agent: Some(side()), session: side(), ..Given::default() };
    for config in [resolved(&given), resolved(&Given::default())] {
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<Config>(&text).unwrap(), config);
    }
}
