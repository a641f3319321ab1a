//! One answer of a model as it comes: shown in groups, put together, kept within bounds.

use everruns_core::ErrorCode;
use everruns_core::limits::ANSWER_BYTES_MAX;
use everruns_core::message::{ToolCall, json_bytes};
use everruns_core::provider_items::{ProviderItem, ProviderItems};
use everruns_core::turn::{Answer, Called, Input, Said};
use everruns_llm::{Done, ModelError, Part, Parts, Request, cut_off, origin};
use futures::{FutureExt as _, StreamExt as _};
use serde_json::Value;
use tokio::time::{Instant, sleep_until};

use super::window::Window;
use crate::breaker::Pass;
use crate::runner::{Held, Stop};

/// Parts that are taken from a stream before others get their turn.
const PARTS_AT_ONCE: u32 = 256;

/// Why a stream gave no answer.
pub(super) enum Broken {
    Model(ModelError),
    /// The answer is longer than any may be; asking again would not help.
    TooLong(ModelError),
    Stop(Stop),
}

/// An answer in the making.
struct Draft {
    said: Said,
    tool_calls: Vec<ToolCall>,
    items: ProviderItems,
    /// Everything but text and thoughts.
    other_bytes: usize,
}

impl Held {
    /// Asks, and shows what comes.
    pub(super) async fn stream(
        &mut self,
        request: Request,
        called: &Called,
        pass: Option<&mut Pass>,
    ) -> Result<Answer, Broken> {
        let mut draft = Draft {
            said: Said::default(),
            tool_calls: Vec::new(),
            items: ProviderItems::of(origin(&request)),
            other_bytes: 0,
        };
        let mut parts = self.inner.models.stream(request).map_err(Broken::Model)?;
        let done = self.read(&mut parts, &mut draft, pass).await?;
        Ok(Answer {
            said: draft.said,
            tool_calls: draft.tool_calls,
            usage: done.usage,
            finish_reason: done.finish_reason,
            response_id: done.response_id,
            request_id: done.request_id,
            cost_nanos: done.cost_nanos,
            provider_items: draft.items.worth_keeping(),
            called: called.clone(),
        })
    }

    async fn read(
        &mut self,
        parts: &mut Parts,
        draft: &mut Draft,
        mut pass: Option<&mut Pass>,
    ) -> Result<Done, Broken> {
        let mut window = Window::over(Instant::now());
        let mut shown_bytes = 0;
        for round in 1_u32.. {
            if round.is_multiple_of(PARTS_AT_ONCE) {
                // A stream that never waits shall not keep others from working, nor itself from being stopped.
                self.unless_stopped(tokio::task::yield_now()).await.map_err(Broken::Stop)?;
            }
            // What is there already belongs to one group, so an answer that comes at once costs no commit of its own.
            let part = match parts.next().now_or_never() {
                Some(part) => part,
                None => {
                    let unseen = draft.said_bytes() > shown_bytes;
                    let now = Instant::now();
                    if unseen && now >= window.ends {
                        self.commit(Input::Said(draft.said.clone())).await.map_err(Broken::Stop)?;
                        shown_bytes = draft.said_bytes();
                        window.next(now, Instant::now());
                        continue;
                    }
                    let waiting = async {
                        tokio::select! {
                            biased;
                            part = parts.next() => Some(part),
                            () = sleep_until(window.ends), if unseen => None,
                        }
                    };
                    match self.unless_stopped(waiting).await.map_err(Broken::Stop)? {
                        None => continue,
                        Some(part) => part,
                    }
                }
            };
            if let (Some(Ok(_)), Some(pass)) = (&part, pass.as_mut()) {
                pass.speaks();
            }
            match part {
                Some(Ok(Part::Done(done))) => return Ok(done),
                Some(Ok(part)) => draft.add(part),
                Some(Err(error)) => return Err(Broken::Model(error)),
                None => return Err(Broken::Model(cut_off())),
            }
            if draft.said_bytes() + draft.other_bytes > ANSWER_BYTES_MAX {
                break;
            }
        }
        Err(Broken::TooLong(too_long()))
    }
}

impl Draft {
    fn said_bytes(&self) -> usize {
        self.said.text.len() + self.said.thinking.len()
    }

    fn add(&mut self, part: Part) {
        match part {
            Part::Text(text) => {
                let before = self.said.text.len();
                push_clean(&mut self.said.text, &text);
                self.items.text(self.said.text.len() - before);
            }
            Part::Thinking(text) => push_clean(&mut self.said.thinking, &text),
            Part::ToolCall(call) => {
                self.other_bytes += call.id.len() + call.name.len() + json_bytes(&call.arguments);
                self.tool_calls.push(clean_call(call));
                self.items.items.push(ProviderItem::Call);
            }
            Part::Item(own) => {
                self.other_bytes += json_bytes(&own);
                self.items.items.push(ProviderItem::Own(own));
            }
            Part::Progress | Part::Done(_) => {}
        }
    }
}

/// NUL cannot be shown or stored everywhere; it becomes the replacement character.
fn push_clean(out: &mut String, text: &str) {
    if text.contains('\0') { out.push_str(&text.replace('\0', "\u{FFFD}")) } else { out.push_str(text) }
}

fn clean_call(call: ToolCall) -> ToolCall {
    fn clean(value: &mut Value) {
        match value {
            Value::String(text) if text.contains('\0') => *text = text.replace('\0', "\u{FFFD}"),
            Value::Array(items) => items.iter_mut().for_each(clean),
            Value::Object(map) => map.values_mut().for_each(clean),
            _ => {}
        }
    }
    let ToolCall { id, name, mut arguments } = call;
    clean(&mut arguments);
    ToolCall { id: id.replace('\0', "\u{FFFD}"), name: name.replace('\0', "\u{FFFD}"), arguments }
}

fn too_long() -> ModelError {
    let message = format!("the model's answer is longer than {ANSWER_BYTES_MAX} bytes");
    ModelError::permanent(ErrorCode::RequestTooLarge, message)
}
