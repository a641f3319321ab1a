//! The effect "call the model": prompt, stream, deltas in groups, answer.

use std::sync::Arc;
use std::time::Duration;

use everruns_core::ErrorCode;
use everruns_core::config::Config;
use everruns_core::limits::{
    ANSWER_BYTES_MAX, DELTA_WINDOW_MILLIS_MAX, DELTA_WINDOW_MILLIS_MIN, MODEL_ATTEMPTS_MAX, MODEL_RETRY_MILLIS,
};
use everruns_core::message::ToolCall;
use everruns_core::prompt::Prompt;
use everruns_core::turn::{Answer, Failure, Input};
use everruns_llm::{Done, ModelError, Part, Request};
use everruns_store::Log;
use futures::{FutureExt as _, StreamExt as _};
use serde_json::Value;
use tokio::time::{Instant, sleep, sleep_until};

use crate::Error;
use crate::runner::{Held, Stop};

/// Parts that are taken from a stream before others get their turn.
const PARTS_AT_ONCE: u32 = 256;

/// Why a stream gave no answer.
enum Broken {
    Model(ModelError),
    Stop(Stop),
}

impl Held {
    /// Asks the model, showing its text as it comes, until there is an answer or no hope of one.
    pub(crate) async fn call_model(&mut self, before: i64) -> Result<Input, Stop> {
        let config = self.served_config().await?;
        let prompt = self.conversation.prompt(&config, &self.inner.store, &Log::from(&self.head), before).await?;
        let model = config.model.clone().unwrap_or_default();
        let mut wait = Duration::from_millis(MODEL_RETRY_MILLIS);
        let mut attempt = 1;
        loop {
            let error = match self.stream(&model, &prompt).await {
                Ok(answer) => return Ok(Input::Answer(answer)),
                Err(Broken::Stop(stop)) => return Err(stop),
                Err(Broken::Model(error)) => error,
            };
            tracing::warn!(model, attempt, code = error.code.as_str(), "the model call failed");
            if !error.retryable || attempt >= MODEL_ATTEMPTS_MAX {
                let failure = Failure { code: error.code, message: error.message, prompt_from: prompt.from };
                return Ok(Input::ModelFailed(failure));
            }
            self.unless_stopped(sleep(wait)).await?;
            wait *= 2;
            attempt += 1;
        }
    }

    /// The turn's configuration with a model that a driver knows: what a message wished for while the turn ran is a name
    /// like any other, and is looked up now.
    async fn served_config(&self) -> Result<Arc<Config>, Error> {
        let config = &self.turn.config;
        if config.served_by.is_some() || config.model.is_none() {
            return Ok(config.clone());
        }
        let book = self.inner.book(self.head.org).await?;
        Ok(Arc::new(config.as_ref().clone().with_model_of(&book)))
    }

    async fn stream(&mut self, model: &str, prompt: &Arc<Prompt>) -> Result<Answer, Broken> {
        let request = Request { model: model.to_owned(), ..Request::of(prompt.clone()) };
        let mut parts = self.inner.models.stream(request).map_err(Broken::Model)?;
        let mut answer = Answer { prompt_from: prompt.from, ..Answer::default() };
        let mut window = Duration::from_millis(DELTA_WINDOW_MILLIS_MIN);
        // Text that readers have not seen is shown at this time: at once for the first, then ever less often.
        let mut show_at = Instant::now();
        let mut shown_bytes = 0;
        let mut called_bytes = 0;
        for round in 1_u32.. {
            if round.is_multiple_of(PARTS_AT_ONCE) {
                // A stream that never waits shall not keep others from working, nor itself from being stopped.
                self.unless_stopped(tokio::task::yield_now()).await.map_err(Broken::Stop)?;
            }
            // What is there already belongs to one group, so an answer that comes at once costs no commit of its own.
            let part = match parts.next().now_or_never() {
                Some(part) => part,
                None => {
                    let unseen = answer.text.len() > shown_bytes;
                    if unseen && Instant::now() >= show_at {
                        self.commit(Input::Text(answer.text.clone())).await.map_err(Broken::Stop)?;
                        shown_bytes = answer.text.len();
                        show_at = Instant::now() + window;
                        window = (window * 3 / 2).min(Duration::from_millis(DELTA_WINDOW_MILLIS_MAX));
                        continue;
                    }
                    let waiting = async {
                        tokio::select! {
                            biased;
                            part = parts.next() => Some(part),
                            () = sleep_until(show_at), if unseen => None,
                        }
                    };
                    match self.unless_stopped(waiting).await.map_err(Broken::Stop)? {
                        None => continue,
                        Some(part) => part,
                    }
                }
            };
            match part {
                Some(Ok(Part::Text(text))) => push_clean(&mut answer.text, &text),
                Some(Ok(Part::ToolCall(call))) => {
                    called_bytes += call.name.len() + call.arguments.to_string().len();
                    answer.tool_calls.push(clean_call(call));
                }
                Some(Ok(Part::Thinking(_) | Part::Item(_) | Part::Progress)) => {}
                Some(Ok(Part::Done(Done { usage, cost_nanos, finish_reason, response_id, .. }))) => {
                    return Ok(Answer { usage, cost_nanos, finish_reason, response_id, ..answer });
                }
                Some(Err(error)) => return Err(Broken::Model(error)),
                None => return Err(Broken::Model(cut_off())),
            }
            if answer.text.len() + called_bytes > ANSWER_BYTES_MAX {
                return Err(Broken::Model(too_large()));
            }
        }
        Err(Broken::Model(too_large()))
    }

    /// Waits for `work`, but not when the turn is cancelled or this process stops.
    pub(crate) async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Result<T, Stop> {
        tokio::select! {
            // As in every `select!` of the engine: the order is ours and not drawn, so that a stop comes before more work
            // and a simulated history is repeated exactly.
            biased;
            () = self.cancel.cancelled() => Err(Stop::Lost),
            () = self.inner.stopping.cancelled() => Err(Stop::Released),
            done = work => Ok(done),
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

fn cut_off() -> ModelError {
    let message = "the model's stream ended before its answer was complete";
    ModelError::passing(ErrorCode::ProviderUnavailable, message)
}

fn too_large() -> ModelError {
    let message = format!("the model's answer is longer than {ANSWER_BYTES_MAX} bytes");
    ModelError::permanent(ErrorCode::RequestTooLarge, message)
}
