//! The drivers by provider.

use std::sync::Arc;

use everruns_core::ErrorCode;

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
        let provider = model.split_once('/').map(|(provider, _)| provider);
        let known = self.drivers.iter().find(|(name, _)| Some(*name) == provider);
        match known {
            Some((_, driver)) => Ok(driver.clone()),
            None => Err(ModelError::permanent(
                ErrorCode::ModelUnavailable,
                format!(
                    "no provider serves the model `{model}`; name it `provider/model` with one of the providers: {}",
                    self.names()
                ),
            )),
        }
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
