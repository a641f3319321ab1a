//! The effect "call the model": ask, ask again while there is hope, and hand over to the model that stands in.

mod request;
mod stream;
mod window;

use std::sync::Arc;
use std::time::Duration;

use everruns_core::ErrorCode;
use everruns_core::config::{Config, Served};
use everruns_core::event::Retry;
use everruns_core::limits::{
    MODEL_ATTEMPTS_MAX, MODEL_RETRY_MILLIS, MODEL_RETRY_MILLIS_MAX, MODEL_TRIMS_MAX, PROMPT_BYTES_MIN,
};
use everruns_core::turn::{Called, Failure, Input};
use everruns_llm::ModelError;
use everruns_store::Log;
use tokio::time::sleep;

use crate::breaker::Circuit;
use crate::runner::{Held, Stop};
use crate::{Error, Inner};
use stream::Broken;

impl Held {
    /// Asks the model whose turn it is, showing what it says as it comes, until there is an answer or no hope of one.
    pub(crate) async fn call_model(&mut self, before: i64) -> Result<Input, Stop> {
        let config = self.served_config().await?;
        let mut called = Called::default();
        let Some(served) = config.models().nth(self.turn.reason.passed_over) else {
            let message = "there is no model to ask: the last one of the chain failed or was taken away".to_owned();
            return Ok(Input::ModelFailed(Failure { code: ErrorCode::ModelNotConfigured, message, called }));
        };
        let circuit = self.inner.circuit(self.head.org, &served);
        let (mut attempts, mut waited, mut trims, mut refused_bytes) = (1, Duration::ZERO, 0, usize::MAX);
        loop {
            let error = match self.attempt(&config, &served, circuit.as_ref(), &mut called, before).await {
                Ok(input) => return Ok(input),
                Err(Broken::Stop(stop)) => return Err(stop),
                Err(Broken::TooLong(error)) => return Ok(failed(error, called)),
                Err(Broken::Model(error)) => error,
            };
            let model = served.model.as_str();
            tracing::warn!(model, attempts, code = error.code.as_str(), "the model call failed");
            // What did not get smaller is not sent once more: the newest input alone may be too large.
            let shrank = self.conversation.prompt_bytes() < refused_bytes;
            let is_too_large = error.code == ErrorCode::RequestTooLarge && trims < MODEL_TRIMS_MAX;
            if is_too_large && shrank && self.trim(model) {
                refused_bytes = self.conversation.prompt_bytes();
                trims += 1;
                continue;
            }
            if !error.retryable || attempts >= MODEL_ATTEMPTS_MAX {
                return Ok(failed(error, called));
            }
            let wait = match error.retry_after {
                // Many turns were told the same: they do not come back in the same moment.
                Some(wait) => wait.mul_f64(self.inner.share(1.0, 1.1)),
                None => self.inner.pause(attempts),
            };
            self.unless_stopped(sleep(wait)).await?;
            attempts += 1;
            waited += wait;
            called.retry =
                Some(Retry { attempts, total_wait_ms: u64::try_from(waited.as_millis()).unwrap_or(u64::MAX) });
        }
    }

    async fn attempt(
        &mut self,
        config: &Arc<Config>,
        served: &Served,
        circuit: Option<&Circuit>,
        called: &mut Called,
        before: i64,
    ) -> Result<Input, Broken> {
        let room = self.inner.room(self.head.org, config, served).await.map_err(|error| Broken::Stop(error.into()))?;
        let narrowed = self.conversation.narrowed(&served.model);
        called.trimmed = narrowed.is_some();
        let room = narrowed.map_or(room, |narrowed| narrowed.min(room));
        let log = Log::from(&self.head);
        let prompt = self.conversation.prompt(config, &self.inner.store, &log, before, room).await;
        let prompt = prompt.map_err(|error| Broken::Stop(error.into()))?;
        called.prompt_from = prompt.from;
        let request = self.request(prompt, served).await?;
        // Last: who is let through says how it went.
        let pass = circuit.map(|circuit| circuit.admit(self.inner.source.now())).transpose();
        let mut pass = pass.map_err(Broken::Model)?;
        let answer = self.stream(request, called, pass.as_mut()).await;
        let now = self.inner.source.now();
        if let Some(pass) = pass {
            match &answer {
                Ok(_) | Err(Broken::TooLong(_)) => pass.went_well(now),
                Err(Broken::Model(error)) => pass.went_wrong(error, now),
                Err(Broken::Stop(_)) => {}
            }
        }
        answer.map(Input::Answer)
    }

    /// Makes room in the prompts of this model: its provider found one too large. `false`: there is nothing left that could
    /// go.
    fn trim(&mut self, model: &str) -> bool {
        let bytes = self.conversation.prompt_bytes() / 2;
        if bytes < PROMPT_BYTES_MIN {
            return false;
        }
        self.conversation.narrow(model, bytes);
        true
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

impl Inner {
    /// How long to wait before the next attempt: twice as long each time, give or take a quarter, so that many turns do not
    /// come back at once.
    fn pause(&self, attempts: u32) -> Duration {
        let doubled = MODEL_RETRY_MILLIS.saturating_mul(1 << attempts.min(16).saturating_sub(1));
        let millis = doubled.min(MODEL_RETRY_MILLIS_MAX);
        Duration::from_millis(millis).mul_f64(self.share(0.75, 1.25))
    }

    /// A number from `low` to `high`, drawn.
    fn share(&self, low: f64, high: f64) -> f64 {
        let steps = 1_000_u32;
        let drawn = u32::try_from(self.source.random() % u128::from(steps + 1)).unwrap_or(0);
        low + (high - low) * f64::from(drawn) / f64::from(steps)
    }
}

fn failed(error: ModelError, called: Called) -> Input {
    Input::ModelFailed(Failure { code: error.code, message: error.message, called })
}
