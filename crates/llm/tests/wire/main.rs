//! Vendors over the wire, against a provider that plays and is as strict as the real ones.

mod faults;
mod lists;
mod rounds;

use std::sync::Arc;

use everruns_core::Timestamp;
use everruns_egress::{Gate, Policy};
use everruns_llm::{Access, Clock, Clocks, Models};
use everruns_simulator::{Settings, Simulator};
use zeroize::Zeroizing;

const KEY: &str = "sk-canary-0123456789";
/// What requests to Bedrock are signed with.
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// A provider that has so many models and knows the key.
async fn simulator(models: usize) -> Simulator {
    let models = (0..models).map(|number| format!("m{number}")).collect();
    let settings =
        Settings { key: Some(KEY.to_owned()), secret: Some(SECRET.to_owned()), models, ..Settings::default() };
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
    let keys = [
        ("api_key", KEY),
        ("access_key_id", KEY),
        ("secret_access_key", SECRET),
        ("session_token", "a-session-token"),
        ("region", "us-east-1"),
    ];
    let credentials = keys.map(|(name, key)| (name.to_owned(), Zeroizing::new(key.to_owned()))).to_vec();
    Access { base_url: Some(format!("{}/v1", simulator.url())), credentials }
}
