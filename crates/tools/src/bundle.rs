//! What a file of this crate brings to the catalogue: a capability and the code of its tools.

use std::pin::Pin;

use everruns_core::capability::Capability;
use everruns_core::message::ContentPart;
use everruns_core::tool::{AnsweredBy, SideEffectClass, Tool};
use serde_json::Value;

use crate::Request;

/// A tool's result, or what went wrong in words for the model.
pub type Answer = Result<Vec<ContentPart>, String>;

/// A tool at work.
pub type Running = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// A capability and the code behind it.
#[derive(Clone, Debug)]
pub(crate) struct Bundle {
    /// How the catalogue describes it.
    pub(crate) capability: Capability,
    /// Runs one of its tools.
    pub(crate) run: fn(Request) -> Running,
}

/// A tool as its capability describes it to the model.
#[derive(Clone, Debug)]
pub(crate) struct Description {
    /// The name the model calls.
    pub(crate) name: &'static str,
    /// For people.
    pub(crate) display_name: &'static str,
    /// What it does, for the model.
    pub(crate) description: &'static str,
    /// JSON Schema of its arguments.
    pub(crate) parameters: Value,
    /// What a crash means for its calls.
    pub(crate) class: SideEffectClass,
}

impl Description {
    /// The tool, answered by this capability.
    pub(crate) fn of(self, capability: &str) -> Tool {
        Tool {
            name: self.name.to_owned(),
            display_name: Some(self.display_name.to_owned()),
            description: self.description.to_owned(),
            parameters: self.parameters,
            answered_by: AnsweredBy::Capability { id: capability.to_owned(), class: self.class },
        }
    }
}

/// The usual result: one text that holds JSON.
pub(crate) fn json(value: &Value) -> Vec<ContentPart> {
    vec![ContentPart::text(value.to_string())]
}
