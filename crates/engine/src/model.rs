//! The effect "call the model": ask, ask again while there is hope, and hand over to the model that stands in.

mod request;
mod stream;

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
            let message = "the model that should stand in is not there any more".to_owned();
            return Ok(Input::ModelFailed(Failure { code: ErrorCode::ModelNotConfigured, message, called }));
        };
        let circuit = self.inner.circuit(self.head.org, &served);
        let (mut attempts, mut waited, mut trims) = (1, Duration::ZERO, 0);
        loop {
            let error = match self.attempt(&config, &served, circuit.as_ref(), &mut called, before).await {
                Ok(input) => return Ok(input),
                Err(Broken::Stop(stop)) => return Err(stop),
                Err(Broken::TooLong(error)) => return Ok(failed(error, called)),
                Err(Broken::Model(error)) => error,
            };
            let model = served.model.as_str();
            tracing::warn!(model, attempts, code = error.code.as_str(), "the model call failed");
            if error.code == ErrorCode::RequestTooLarge && trims < MODEL_TRIMS_MAX && self.trim() {
                trims += 1;
                called.trimmed = true;
                continue;
            }
            if !error.retryable || attempts >= MODEL_ATTEMPTS_MAX {
                return Ok(failed(error, called));
            }
            let wait = error.retry_after.unwrap_or_else(|| self.inner.pause(attempts));
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
        let log = Log::from(&self.head);
        let prompt = self.conversation.prompt(config, &self.inner.store, &log, before, room).await;
        let prompt = prompt.map_err(|error| Broken::Stop(error.into()))?;
        called.prompt_from = prompt.from;
        let request = self.request(prompt, served).await?;
        // Last: who is let through says how it went.
        if let Some(circuit) = circuit {
            circuit.admit(self.inner.source.now()).map_err(Broken::Model)?;
        }
        let answer = self.stream(request, called).await;
        if let Some(circuit) = circuit {
            match &answer {
                Ok(_) | Err(Broken::TooLong(_)) => circuit.went_well(self.inner.source.now()),
                Err(Broken::Model(error)) => circuit.went_wrong(error, self.inner.source.now()),
                Err(Broken::Stop(_)) => circuit.nobody_knows(),
            }
        }
        answer.map(Input::Answer)
    }

    /// Makes room in the prompt: the provider found it too large. `false`: there is nothing left that could go.
    fn trim(&mut self) -> bool {
        let bytes = self.conversation.prompt_bytes() / 2;
        if bytes < PROMPT_BYTES_MIN {
            return false;
        }
        self.conversation.narrow(bytes);
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
        let share = self.source.random() % 501;
        Duration::from_millis(millis * 3 / 4 + millis * share as u64 / 1_000)
    }
}

fn failed(error: ModelError, called: Called) -> Input {
    Input::ModelFailed(Failure { code: error.code, message: error.message, called })
}
