//! Vendors over the wire, against a provider that plays and is as strict as the real ones.

mod lists;
mod rounds;

use std::sync::Arc;

use everruns_core::Timestamp;
use everruns_egress::{Gate, Policy};
use everruns_llm::{Access, Clock, Clocks, Models};
use everruns_simulator::{Settings, Simulator};
use zeroize::Zeroizing;

const KEY: &str = "sk-canary-0123456789";

/// A provider that has so many models and knows the key.
async fn simulator(models: usize) -> Simulator {
    let models = (0..models).map(|number| format!("m{number}")).collect();
    let settings = Settings { key: Some(KEY.to_owned()), models, ..Settings::default() };
    Simulator::start(settings).await.expect("a port")
}

/// All vendors.
fn models() -> Models {
    let gate = Gate::new(Policy { private: true, ..Policy::default() }).expect("certificates");
    let clock: Clock = Arc::new(|| Timestamp::from_micros(0));
    Models::with_vendors(&gate, &clock, Clocks::default())
}

/// The way to the provider.
fn access(simulator: &Simulator) -> Access {
    let credentials = vec![("api_key".to_owned(), Zeroizing::new(KEY.to_owned()))];
    Access { base_url: Some(format!("{}/v1", simulator.url())), credentials }
}
