//! The drivers by provider type, and the clocks that watch every answer.

use std::sync::Arc;
use std::time::Duration;

use everruns_core::ErrorCode;
use everruns_core::limits::{
    MODEL_CALL_SECONDS_MAX, MODEL_FIRST_CONTENT_SECONDS_MAX, MODEL_SILENCE_SECONDS_MAX, PROVIDER_FIRST_BYTE_SECONDS_MAX,
};
use everruns_core::model::Offered;
use everruns_egress::Gate;
use futures::stream::{StreamExt as _, unfold};
use tokio::time::{Instant, timeout_at};

use crate::failure::late;
use crate::http::Clock;
use crate::{Driver, Http, Llmsim, ModelError, Parts, Request};

/// How long a provider may be silent; connecting has a clock of its own in the gate. Heartbeats are no content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clocks {
    /// Until the head of its answer.
    pub first_byte: Duration,
    /// Until the first content.
    pub first_content: Duration,
    /// Between contents.
    pub between: Duration,
}

impl Default for Clocks {
    fn default() -> Self {
        Self {
            first_byte: Duration::from_secs(PROVIDER_FIRST_BYTE_SECONDS_MAX),
            first_content: Duration::from_secs(MODEL_FIRST_CONTENT_SECONDS_MAX),
            between: Duration::from_secs(MODEL_SILENCE_SECONDS_MAX),
        }
    }
}

/// The drivers by provider type, the part before the slash of `type/model`.
#[derive(Clone)]
pub struct Models {
    drivers: Vec<(&'static str, Arc<dyn Driver>)>,
    clocks: Clocks,
    /// None: nobody is reached.
    gate: Option<Gate>,
}

impl Models {
    /// With these drivers.
    pub fn new(drivers: Vec<(&'static str, Arc<dyn Driver>)>) -> Self {
        Self { drivers, clocks: Clocks::default(), gate: None }
    }

    /// With the simulated model alone.
    pub fn with_llmsim() -> Self {
        Self::new(vec![("llmsim", Arc::new(Llmsim))])
    }

    /// With the simulated model and every vendor, which are reached through the gate.
    pub fn with_vendors(gate: &Gate, clock: &Clock, clocks: Clocks) -> Self {
        let mut models = Self::with_llmsim();
        models.drivers.extend(Http::drivers(gate, clock, clocks));
        Self { clocks, gate: Some(gate.clone()), ..models }
    }

    /// Asks the model that the request names. A model that says nothing for too long is given up.
    pub fn stream(&self, request: Request) -> Result<Parts, ModelError> {
        let driver = self.driver(&request.model)?;
        let (clocks, parts) = (self.clocks, driver.stream(request));
        let end = Instant::now() + Duration::from_secs(MODEL_CALL_SECONDS_MAX);
        Ok(unfold(Some((parts, clocks.first_content)), move |state| async move {
            let (mut parts, wait) = state?;
            match timeout_at(end.min(Instant::now() + wait), parts.next()).await {
                Ok(part) => Some((part?, Some((parts, clocks.between)))),
                Err(_) if Instant::now() >= end => Some((Err(too_slow()), None)),
                Err(_) => Some((Err(late("the model said nothing", wait)), None)),
            }
        })
        .boxed())
    }

    /// The driver that serves a model, such as `llmsim/echo`.
    pub fn driver(&self, model: &str) -> Result<Arc<dyn Driver>, ModelError> {
        match model.split_once('/').and_then(|(provider, _)| self.of(provider)) {
            Some(driver) => Ok(driver.clone()),
            None => Err(ModelError::permanent(
                ErrorCode::ModelUnavailable,
                format!("this server has no driver for the model `{model}`; it has drivers for: {}", self.names()),
            )),
        }
    }

    /// Says why no provider may have this address, if so: it is none, or leads where this server does not go.
    pub fn refuses(&self, url: &str) -> Option<String> {
        self.gate.as_ref()?.address(url).err().map(|refused| refused.to_string())
    }

    /// The driver of providers of this type.
    pub fn of_type(&self, provider_type: &str) -> Option<Arc<dyn Driver>> {
        self.of(provider_type).cloned()
    }

    /// Whether there is a driver for providers of this type.
    pub fn speaks(&self, provider_type: &str) -> bool {
        self.of(provider_type).is_some()
    }

    /// The models that providers of this type serve without being asked; `None`: there is no driver, or it cannot tell.
    pub fn offered(&self, provider_type: &str) -> Option<Vec<Offered>> {
        self.of(provider_type)?.models()
    }

    fn of(&self, provider: &str) -> Option<&Arc<dyn Driver>> {
        self.drivers.iter().find(|(name, _)| *name == provider).map(|(_, driver)| driver)
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self.drivers.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }
}

fn too_slow() -> ModelError {
    let message = format!("the model was not done after {MODEL_CALL_SECONDS_MAX} seconds");
    ModelError::permanent(ErrorCode::ProviderUnavailable, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(model: &str, found: bool) {
        match Models::with_llmsim().driver(model) {
            Ok(_) => assert!(found, "{model} has a driver"),
            Err(error) => {
                assert!(!found, "{model} has no driver: {error}");
                assert_eq!(error.code, ErrorCode::ModelUnavailable);
                assert!(!error.retryable);
                assert!(error.message.contains(model) && error.message.ends_with(": llmsim"));
            }
        }
    }

    #[test]
    fn the_part_before_the_first_slash_chooses() {
        check("llmsim/echo", true);
        check("llmsim/fixed?text=a/b", true);
        check("llmsim/", true);
        check("llmsim", false);
        check("openai/gpt-5", false);
        check("/echo", false);
        check("", false);
    }
}
