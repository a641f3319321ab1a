//! The simulated model: answers without a key, a network or chance, for first steps, tests and benchmarks.
//!
//! `llmsim/<behaviour>?key=value&…` says what it does (percent escapes are decoded, `+` stays a plus), and the object
//! `metadata.llmsim` of the newest user message overrides that key by key, `behaviour` included. The answer is a pure
//! function of the prompt:
//!
//! | behaviour | answers with | keys |
//! |---|---|---|
//! | `default` | like `fixed`; a session's first reply begins with a note that it is simulated | `text` |
//! | `fixed` | a text | `text` |
//! | `echo` | the last user message | `prefix` |
//! | `lorem` | that many words | `tokens` |
//! | `tool` | tool calls, then their results | `name`, `arguments`, `count`, `rounds`, `text` |
//! | `error` | a failure, after that many words | `kind`, `after` |
//!
//! Every behaviour takes `seed`, and for its pace `latency`, `first_token_ms` and `token_ms`.

mod behaviour;
mod failure;
mod fixed;
mod lorem;
mod offer;
mod pace;
mod parameters;
mod play;
mod random;
#[cfg(test)]
mod tests;
mod tool;

use everruns_core::model::Offered;
use everruns_core::prompt::Prompt;
use futures::future::ready;
use futures::stream::{StreamExt, once};

use crate::{Driver, ModelError, Parts, Request};

/// The driver of the simulated model.
#[derive(Clone, Copy, Debug, Default)]
pub struct Llmsim;

impl Driver for Llmsim {
    fn stream(&self, request: Request) -> Parts {
        answer(&request.model, &request.prompt).unwrap_or_else(|error| once(ready(Err(error))).boxed())
    }

    fn models(&self) -> Option<Vec<Offered>> {
        Some(offer::models())
    }
}

fn answer(model: &str, prompt: &Prompt) -> Result<Parts, ModelError> {
    let parameters = parameters::Parameters::of(model, prompt)?;
    let pace = pace::Pace::of(&parameters)?;
    let reply = behaviour::reply(prompt, &parameters)?;
    Ok(play::play(prompt, reply, pace))
}
