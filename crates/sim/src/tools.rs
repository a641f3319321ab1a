//! Tools of every class, and the ledger of what they did: it stands outside of the nodes, as the world does.

use everruns_core::capability::Capability;
use everruns_core::message::ContentPart;
use everruns_core::tool::{AnsweredBy, SideEffectClass, Tool, ToolDefinition, ToolKind};
use everruns_tools::{Answer, Catalogue, Request};
use serde_json::{Map, Value, json};

use crate::desk::{Go, What};
use crate::world::Shared;

/// The capability's id.
pub(crate) const KIT: &str = "kit";

/// One execution of a tool.
#[derive(Debug)]
pub(crate) struct ToolRun {
    pub(crate) node: usize,
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) arguments: Value,
    /// The log's last event when the tool was run.
    pub(crate) run_at: i64,
    pub(crate) ended: Option<Result<String, String>>,
    /// It never ends by itself.
    pub(crate) hangs: bool,
    pub(crate) is_live: bool,
    pub(crate) is_checked: bool,
}

pub(crate) fn class(name: &str) -> Option<SideEffectClass> {
    match name {
        "look" => Some(SideEffectClass::Pure),
        "pay" => Some(SideEffectClass::Idempotent),
        "mail" => Some(SideEffectClass::AtMostOnce),
        _ => None,
    }
}

/// What a node can run.
pub(crate) fn catalogue(node: usize, world: Shared) -> Catalogue {
    let tool = |name: &str| Tool {
        name: name.to_owned(),
        display_name: None,
        description: String::new(),
        parameters: json!({"type": "object"}),
        answered_by: AnsweredBy::Capability { id: KIT.to_owned(), class: class(name).unwrap_or(SideEffectClass::Pure) },
    };
    let capability = Capability {
        id: KIT,
        name: "Kit",
        description: "A tool of each class.",
        tools: ["look", "pay", "mail"].map(tool).to_vec(),
        ..Capability::default()
    };
    Catalogue::built_in().with(capability, move |request| Box::pin(run(node, world.clone(), request)))
}

/// The tools that the client answers.
pub(crate) fn of_client(name: &str) -> ToolDefinition {
    ToolDefinition {
        kind: ToolKind::ClientSide,
        name: name.to_owned(),
        description: String::new(),
        parameters: json!({"type": "object"}),
        extra: Map::new(),
    }
}

async fn run(node: usize, world: Shared, request: Request) -> Answer {
    let (run, word) = {
        let mut world = world.lock();
        let run = world.tool_run(node, request);
        (run, world.desk.wait(node, What::Tool(run)))
    };
    let _live = Live { world, run };
    match word.await {
        Ok(Go::Ended(ended)) => ended.map(|text| vec![ContentPart::text(text)]),
        _ => Err("the world ended".to_owned()),
    }
}

struct Live {
    world: Shared,
    run: usize,
}

impl Drop for Live {
    fn drop(&mut self) {
        self.world.lock().runs[self.run].is_live = false;
    }
}
