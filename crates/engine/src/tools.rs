//! The effect "run a tool": at most what the core has written an intent for, each result committed as it comes.

use std::time::Duration;

use everruns_core::limits::TOOL_SECONDS_MAX;
use everruns_core::turn::{Effect, Input, Outcome};
use everruns_tools::Request;
use futures::FutureExt as _;

use crate::runner::{Held, Stop};

impl Held {
    /// Dispatches the tools that are due and not running yet, then commits the first outcome.
    pub(crate) async fn run_tools(&mut self, due: Vec<Effect>) -> Result<(), Stop> {
        for effect in due {
            match effect {
                Effect::GiveUpTool { ordinal } => {
                    return self.commit(Input::ToolEnded { ordinal, outcome: Outcome::Unknown }).await;
                }
                Effect::RunTool { ordinal, key, call, capability } if self.in_flight.insert(ordinal) => {
                    let (inner, now) = (self.inner.clone(), self.inner.source.now());
                    self.tools.spawn(async move {
                        let request = Request { key, name: call.name, arguments: call.arguments, now };
                        let limit = Duration::from_secs(TOOL_SECONDS_MAX);
                        let running = std::panic::AssertUnwindSafe(inner.tools.run(&capability, request));
                        let outcome = match tokio::time::timeout(limit, running.catch_unwind()).await {
                            Ok(Ok(outcome)) => outcome,
                            Ok(Err(_)) => Outcome::Error("the tool failed unexpectedly".to_owned()),
                            Err(_) => Outcome::Timeout(format!("the tool took longer than {TOOL_SECONDS_MAX} seconds")),
                        };
                        (ordinal, outcome)
                    });
                }
                _ => {}
            }
        }
        let ended = tokio::select! {
            biased;
            () = self.cancel.cancelled() => return Err(Stop::Lost),
            () = self.inner.stopping.cancelled() => return Err(Stop::Released),
            ended = self.tools.join_next() => ended,
        };
        match ended {
            Some(Ok((ordinal, outcome))) => {
                self.commit(Input::ToolEnded { ordinal, outcome }).await?;
                self.in_flight.remove(&ordinal);
                Ok(())
            }
            // The runtime goes down and takes its tasks with it. Nothing is written any more: the next start takes up the turn.
            Some(Err(error)) if error.is_cancelled() => Err(Stop::Lost),
            // The task catches panics.
            Some(Err(error)) => Err(Stop::Failed(crate::definition::corrupt(error))),
            None => Err(Stop::Failed(crate::definition::corrupt("a tool was due, but none runs"))),
        }
    }
}
