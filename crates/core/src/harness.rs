//! Harnesses: what sessions start from. Each may stand on a parent, whose settings it inherits as they are at the time.
//! The built-in ones exist in every organization from the start.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::HarnessId;
use crate::agent::{Layer, null_as_default};
use crate::capability::CapabilityRef;

/// What the caller says about a harness.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HarnessSpec {
    /// Slug, unique among the organization's live harnesses.
    pub name: String,
    /// For people.
    #[serde(default)]
    pub display_name: Option<String>,
    /// For people.
    #[serde(default)]
    pub description: Option<String>,
    /// Instructions that come before the agent's, behind those of the parent.
    #[serde(default, deserialize_with = "null_as_default")]
    pub system_prompt: String,
    /// The harness it stands on.
    #[serde(default)]
    pub parent_harness_id: Option<HarnessId>,
    /// The model of sessions that name none.
    #[serde(default)]
    pub default_model_id: Option<String>,
    /// The owner's own labels with values.
    #[serde(default, deserialize_with = "null_as_default")]
    pub embedder_metadata: BTreeMap<String, String>,
    /// The rest.
    #[serde(flatten)]
    pub layer: Layer,
}

/// A harness.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Harness {
    /// Its id.
    pub id: HarnessId,
    /// What its owner said.
    #[serde(flatten)]
    pub spec: HarnessSpec,
}

/// The harness that sessions get when nothing else is named.
pub const GENERIC: HarnessId = HarnessId::from_u128(0x0197_0000_0000_7000_8000_0000_0000_0001);
/// The ground of the other built-in ones.
pub const BASE: HarnessId = HarnessId::from_u128(0x0197_0000_0000_7000_8000_0000_0000_0002);
/// For talking with people.
pub const CONVERSATION: HarnessId = HarnessId::from_u128(0x0197_0000_0000_7000_8000_0000_0000_0003);
/// For work that takes many steps.
pub const WORKER: HarnessId = HarnessId::from_u128(0x0197_0000_0000_7000_8000_0000_0000_0004);

/// The harnesses that every organization has, read-only. A server that lacks one of the capabilities named here leaves
/// it out.
pub fn built_in() -> Vec<Harness> {
    let harness = |id, name: &str, display_name: &str, description: &str, parent, capabilities: &[&str]| Harness {
        id,
        spec: HarnessSpec {
            name: name.to_owned(),
            display_name: Some(display_name.to_owned()),
            description: Some(description.to_owned()),
            parent_harness_id: parent,
            layer: Layer { capabilities: capabilities.iter().map(|id| plain(id)).collect(), ..Layer::default() },
            ..HarnessSpec::default()
        },
    };
    let mut generic = harness(
        GENERIC,
        "generic",
        "Generic",
        "The plain start of a session: a helpful assistant without extra capabilities.",
        None,
        &[],
    );
    generic.spec.system_prompt = "You are a helpful assistant.".to_owned();
    vec![
        generic,
        harness(BASE, "base", "Base", "The ground that the other harnesses stand on: no prompt, no tools.", None, &[]),
        harness(
            CONVERSATION,
            "conversation",
            "Conversation",
            "For talking with people: knows what time it is.",
            Some(BASE),
            &["current_time"],
        ),
        harness(
            WORKER,
            "worker",
            "Worker",
            "For work that takes many steps: knows what time it is, and reads and writes files where the server can.",
            Some(BASE),
            &["current_time", "session_file_system"],
        ),
    ]
}

fn plain(id: &str) -> CapabilityRef {
    CapabilityRef { id: id.to_owned(), config: serde_json::Value::Null }
}
