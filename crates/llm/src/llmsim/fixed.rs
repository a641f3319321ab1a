//! `fixed` and `default`: always the same text.

use everruns_core::message::Role;
use everruns_core::prompt::Prompt;

use super::behaviour::Reply;
use super::parameters::Parameters;
use crate::ModelError;

/// What the tutorial's question gets: what Everruns does and why a product team would use it.
pub(super) const TEXT: &str = "\
- **Everruns runs AI agents on a server.** A product talks to it over plain HTTP: it creates an agent, opens a \
session, sends a message and reads the answer as a stream of events.
- **The work is durable.** Every step of a turn is written to the database before anybody builds on it, so after a \
crash or a deployment the agent goes on where it stopped, and a client that lost its connection reads on from the \
last event it saw.
- **A product team gets the plumbing ready-made.** Sessions, tool calls, retries, cancelling and token counts are \
there from the first day; what is left to write is the agent's instructions and the team's own tools.";

/// Stands before a session's first reply by the default model, which nobody chose.
pub(super) const NOTE: &str = "This reply is simulated (model llmsim/default): see docs/models.md for how to add a \
real provider.";

/// The text.
pub(super) fn reply(_: &Prompt, parameters: &Parameters) -> Result<Reply, ModelError> {
    Ok(Reply::text(parameters.text("text")?.unwrap_or(TEXT)))
}

/// The text, with the note before it as long as the agent has not spoken.
pub(super) fn with_note(prompt: &Prompt, parameters: &Parameters) -> Result<Reply, ModelError> {
    let mut reply = reply(prompt, parameters)?;
    let mut messages = prompt.messages.iter();
    if !messages.any(|message| message.role == Role::Agent) {
        reply.text = format!("{NOTE}\n\n{}", reply.text);
    }
    Ok(reply)
}
