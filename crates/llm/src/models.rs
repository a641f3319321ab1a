//! The drivers by provider.

use std::sync::Arc;

use everruns_core::ErrorCode;
use everruns_core::model::Offered;

use crate::{Driver, Llmsim, ModelError};

/// The drivers by provider name, the part before the slash of `provider/model`.
#[derive(Clone)]
pub struct Models {
    drivers: Vec<(&'static str, Arc<dyn Driver>)>,
}

impl Models {
    /// With these drivers.
    pub fn new(drivers: Vec<(&'static str, Arc<dyn Driver>)>) -> Self {
        Self { drivers }
    }

    /// With the simulated model alone.
    pub fn with_llmsim() -> Self {
        Self::new(vec![("llmsim", Arc::new(Llmsim))])
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

    /// Whether there is a driver for providers of this type.
    pub fn speaks(&self, provider_type: &str) -> bool {
        self.of(provider_type).is_some()
    }

    /// The models that providers of this type serve; `None`: there is no driver, or it cannot tell.
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
