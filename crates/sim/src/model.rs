//! The simulated provider: what it says is planned when it is asked, and said part by part when the scheduler says so.

use std::collections::VecDeque;
use std::sync::Arc;

use everruns_core::message::{Role, ToolCall};
use everruns_core::prompt::Prompt;
use everruns_core::{ErrorCode, MessageId, Usage};
use everruns_llm::{Done, Driver, ModelError, Part, Parts, Request};
use futures::stream;
use serde_json::{Value, json};

use crate::desk::{Go, What};
use crate::dice::Dice;
use crate::world::Shared;

/// What a model says next; `None`: its stream ends. A plan that ends without a `Done` or an error falls silent.
pub(crate) type Plan = VecDeque<Option<Result<Part, ModelError>>>;

/// One request to the model.
#[derive(Debug)]
pub(crate) struct ModelCall {
    pub(crate) node: usize,
    pub(crate) prompt: Arc<Prompt>,
    /// The log's last event when the model was asked.
    pub(crate) asked_at: i64,
    pub(crate) plan: Plan,
    pub(crate) is_live: bool,
    pub(crate) is_checked: bool,
    /// Where the turn it belongs to begins, once that is looked up.
    pub(crate) turn_first: i64,
}

impl ModelCall {
    /// What names the request: a model that is asked the same again may say the same.
    pub(crate) fn question(&self) -> (usize, Option<MessageId>) {
        let spoken = self.prompt.messages.iter().rev().find(|message| message.role != Role::ToolResult);
        (self.prompt.messages.len(), spoken.map(|message| message.id))
    }
}

pub(crate) struct SimModel {
    pub(crate) node: usize,
    pub(crate) world: Shared,
}

impl Driver for SimModel {
    fn stream(&self, request: Request) -> Parts {
        let (node, world) = (self.node, self.world.clone());
        let call = world.lock().model_asked(node, request.prompt);
        let live = Live { world, call };
        Box::pin(stream::unfold((live, Plan::new()), move |(live, mut said)| async move {
            if said.is_empty() {
                let word = live.world.lock().desk.wait(node, What::Model(live.call));
                if let Ok(Go::Parts(parts)) = word.await {
                    said.extend(parts);
                }
            }
            let part = said.pop_front().flatten()?;
            Some((part, (live, said)))
        }))
    }
}

/// Notes when the engine lets go of the stream.
struct Live {
    world: Shared,
    call: usize,
}

impl Drop for Live {
    fn drop(&mut self) {
        self.world.lock().calls[self.call].is_live = false;
    }
}

/// Tools that the plans ask for; the last one does not exist.
const TOOLS: &[&str] = &["look", "look", "pay", "mail", "ask", "pick", "nosuch"];
const PIECES: &[&str] = &["yes ", "no ", "perhaps ", "", "é€ ", "a\0b ", "so it is. "];

/// What a model might say. `calm`: a plain answer, so that a history can end.
pub(crate) fn plan(dice: &mut Dice, calm: bool, next_call: &mut u64) -> Plan {
    let mut plan = Plan::new();
    let text = |text: &str| Some(Ok(Part::Text(text.to_owned())));
    if dice.per_mille(250) {
        for _ in 0..dice.between(1, 3) {
            plan.push_back(Some(Ok(Part::Thinking((*dice.pick::<&str>(PIECES)).to_owned()))));
        }
    }
    for _ in 0..dice.below(4) {
        plan.push_back(text(dice.pick::<&str>(PIECES)));
    }
    if calm {
        plan.push_back(done(dice));
        return plan;
    }
    match dice.weighted(&[42, 40, 6, 4, 5, 3]) {
        0 => plan.push_back(done(dice)),
        1 => {
            let count = if dice.per_mille(15) { dice.between(33, 66) } else { dice.between(1, 4) };
            for place in 0..count {
                plan.push_back(Some(Ok(Part::ToolCall(tool_call(dice, place, count, next_call)))));
            }
            plan.push_back(done(dice));
        }
        2 => plan.push_back(Some(Err(failure(ErrorCode::ProviderRateLimited, true)))),
        3 => plan.push_back(Some(Err(failure(ErrorCode::ProviderUnavailable, false)))),
        4 => plan.push_back(None),
        _ => {}
    }
    plan
}

fn tool_call(dice: &mut Dice, place: usize, count: usize, next_call: &mut u64) -> ToolCall {
    *next_call += 1;
    // Ids repeat from answer to answer, as some providers' do, and now and then within one.
    let id = if dice.per_mille(60) { String::from("c0") } else { format!("c{place}") };
    let name = if count > 4 { "look" } else { dice.pick(TOOLS) };
    let arguments = if dice.per_mille(50) { Value::from("no object") } else { json!({"n": next_call}) };
    ToolCall { id, name: name.to_owned(), arguments }
}

fn done(dice: &mut Dice) -> Option<Result<Part, ModelError>> {
    let usage = Usage {
        input_tokens: dice.between(1, 90) as u32,
        output_tokens: dice.below(40) as u32,
        cache_read_tokens: dice.below(3) as u32,
        cache_creation_tokens: dice.below(3) as u32,
    };
    Some(Ok(Part::Done(Done { usage, finish_reason: Some("stop".to_owned()), ..Done::default() })))
}

fn failure(code: ErrorCode, retryable: bool) -> ModelError {
    ModelError { retryable, ..ModelError::permanent(code, "the simulated provider failed") }
}
