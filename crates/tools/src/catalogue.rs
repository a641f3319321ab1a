//! The capabilities of this server, and how their tools are run.

use std::fmt;
use std::sync::Arc;

use everruns_core::capability::Capability;
use everruns_core::limits::TOOL_RESULT_BYTES_MAX;
use everruns_core::turn::Outcome;

use crate::bundle::{Bundle, Running};
use crate::trim::trimmed;
use crate::{Request, current_time, test_tools};

/// The capabilities that agents can switch on.
#[derive(Clone)]
pub struct Catalogue {
    capabilities: Vec<Capability>,
    /// The code of each capability, in the same order.
    code: Vec<Arc<Code>>,
}

type Code = dyn Fn(Request) -> Running + Send + Sync;

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalogue").field("capabilities", &self.capabilities).finish_non_exhaustive()
    }
}

impl Catalogue {
    /// What every server has.
    pub fn built_in() -> Self {
        Self::of(vec![current_time::bundle()])
    }

    /// The same, and `test_tools`, whose tools show what a turn makes of waiting, failing and crashing.
    pub fn with_test_tools() -> Self {
        Self::of(vec![current_time::bundle(), test_tools::bundle()])
    }

    fn of(bundles: Vec<Bundle>) -> Self {
        let nothing = Self { capabilities: Vec::new(), code: Vec::new() };
        bundles.into_iter().fold(nothing, |catalogue, bundle| catalogue.with(bundle.capability, bundle.run))
    }

    /// The same, and a capability whose tools `run` runs. For capabilities that the caller makes, such as those of the
    /// simulation.
    pub fn with(mut self, capability: Capability, run: impl Fn(Request) -> Running + Send + Sync + 'static) -> Self {
        self.capabilities.push(capability);
        self.code.push(Arc::new(run));
        self
    }

    /// The capabilities, in their order.
    pub fn capabilities(&self) -> &[Capability] {
        &self.capabilities
    }

    /// Runs a tool of a capability. It takes as long as the tool; dropping the future gives the call up. What comes
    /// out is never longer than [`TOOL_RESULT_BYTES_MAX`].
    pub async fn run(&self, capability: &str, request: Request) -> Outcome {
        let answer = match self.start(capability, request) {
            Ok(running) => running.await,
            Err(error) => Err(error),
        };
        let outcome = match answer {
            Ok(parts) => Outcome::Success(parts),
            Err(error) => Outcome::Error(error),
        };
        trimmed(outcome, TOOL_RESULT_BYTES_MAX)
    }

    /// An agent may hold on to a capability or a tool that a newer server does not have any more.
    fn start(&self, capability: &str, request: Request) -> Result<Running, String> {
        let mut known = self.capabilities.iter().zip(&self.code);
        let (found, run) = known
            .find(|(known, _)| known.id == capability)
            .ok_or_else(|| format!("This server has no capability `{capability}`."))?;
        if found.tools.iter().any(|tool| tool.name == request.name) {
            Ok(run(request))
        } else {
            Err(format!("The capability `{capability}` has no tool `{}`.", request.name))
        }
    }
}

#[cfg(test)]
mod tests {
    use everruns_core::Timestamp;
    use everruns_core::capability::check_dependencies;
    use everruns_core::message::ContentPart;
    use everruns_core::schema::unknown_keyword;
    use everruns_core::tool::AnsweredBy;
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(outcome: Outcome, wanted: &str) {
        assert_eq!(outcome, Outcome::Error(wanted.to_owned()));
    }

    async fn run(catalogue: &Catalogue, capability: &str, name: &str) -> Outcome {
        let request = Request {
            key: "key".to_owned(),
            name: name.to_owned(),
            arguments: json!({"value": "a".repeat(TOOL_RESULT_BYTES_MAX), "message": "no\0pe"}),
            now: Timestamp::from_micros(0),
        };
        catalogue.run(capability, request).await
    }

    #[tokio::test]
    async fn what_is_not_there_is_named() {
        let catalogue = Catalogue::built_in();
        check(run(&catalogue, "weather", "get_weather").await, "This server has no capability `weather`.");
        check(run(&catalogue, "test_tools", "test_echo").await, "This server has no capability `test_tools`.");
        check(
            run(&catalogue, "current_time", "get_weather").await,
            "The capability `current_time` has no tool `get_weather`.",
        );
    }

    #[tokio::test]
    async fn outcomes_are_trimmed() {
        let catalogue = Catalogue::with_test_tools();
        check(run(&catalogue, "test_tools", "test_fail").await, "no\u{fffd}pe");
        match run(&catalogue, "test_tools", "test_echo").await {
            Outcome::Success(parts) => {
                let bytes: usize = parts.iter().map(ContentPart::bytes).sum();
                assert_eq!(bytes, TOOL_RESULT_BYTES_MAX);
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_capability_can_be_switched_on_and_its_settings_be_checked() {
        let catalogue = Catalogue::with_test_tools();
        for capability in catalogue.capabilities() {
            assert_eq!(check_dependencies(capability.id, catalogue.capabilities()), Ok(()));
            assert_eq!(capability.config_schema.as_ref().and_then(unknown_keyword), None, "{}", capability.id);
        }
    }

    #[test]
    fn every_capability_answers_its_own_tools_and_names_are_unique() {
        let catalogue = Catalogue::with_test_tools();
        let mut names = Vec::new();
        for capability in catalogue.capabilities() {
            for tool in &capability.tools {
                let AnsweredBy::Capability { id, .. } = &tool.answered_by else {
                    panic!("{} is answered by a client", tool.name)
                };
                assert_eq!(id, capability.id);
                assert!(!names.contains(&&tool.name), "{} twice", tool.name);
                names.push(&tool.name);
            }
        }
        assert_eq!(names.len(), 5);
    }
}
