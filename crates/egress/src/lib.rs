//! The one way out: every address that a user of the API chose is asked through this gate.
//!
//! A name is resolved once, each of its addresses is judged, and only those that passed are dialled; so a name cannot
//! point elsewhere between the check and the call. Addresses that are written as numbers are judged the same. Redirects
//! are not followed: what a provider answers is its last word, and a tool that wants to follow one asks the gate again.

mod address;
mod range;
mod resolver;

use std::sync::Arc;
use std::time::Duration;

pub use address::{Address, Refused};
pub use range::{Range, UnknownRange};
pub use reqwest;

/// How long it may take to be connected, TLS included.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an unused connection is kept for the next call.
const IDLE_TIMEOUT: Duration = Duration::from_secs(90);

/// What may be reached.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Everything that is not public may be reached as well: for one's own machine.
    pub private: bool,
    /// These ranges may be reached although they are not public.
    pub allowed: Vec<Range>,
}

/// The gate cannot be built.
#[derive(Debug, thiserror::Error)]
#[error("no HTTP client can be made: {0}")]
pub struct NoClient(#[from] reqwest::Error);

/// A guarded HTTP client. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Gate {
    policy: Arc<Policy>,
    client: reqwest::Client,
}

impl Gate {
    /// A gate that lets through what `policy` allows.
    pub fn new(policy: Policy) -> Result<Self, NoClient> {
        Self::with_connect_timeout(policy, CONNECT_TIMEOUT)
    }

    /// The same, with another patience than [`CONNECT_TIMEOUT`].
    pub fn with_connect_timeout(policy: Policy, connect_timeout: Duration) -> Result<Self, NoClient> {
        // Whoever came first has chosen the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let policy = Arc::new(policy);
        let builder = || {
            reqwest::Client::builder()
                .user_agent(concat!("everruns/", env!("CARGO_PKG_VERSION")))
                .dns_resolver(Arc::new(resolver::Resolver { policy: policy.clone() }))
                .redirect(reqwest::redirect::Policy::none())
                // A proxy would resolve names itself, behind the gate.
                .no_proxy()
                .tcp_nodelay(true)
                .connect_timeout(connect_timeout)
                .pool_idle_timeout(IDLE_TIMEOUT)
        };
        let client = match builder().build() {
            Ok(client) => client,
            // A machine without certificates, as bare containers are: then those that browsers trust.
            Err(_) => builder().tls_certs_only(known_certificates()?).build()?,
        };
        Ok(Self { policy, client })
    }

    /// Reads an address that a user gave, and refuses one that cannot be reached whatever its name resolves to.
    pub fn address(&self, text: &str) -> Result<Address, Refused> {
        Address::parse(text, &self.policy)
    }

    /// Begins a `POST`.
    pub fn post(&self, address: Address) -> reqwest::RequestBuilder {
        self.client.post(address.into_url())
    }

    /// Begins a `GET`.
    pub fn get(&self, address: Address) -> reqwest::RequestBuilder {
        self.client.get(address.into_url())
    }
}

/// The certificate authorities that Mozilla trusts, as they were when this was built.
fn known_certificates() -> Result<Vec<reqwest::Certificate>, reqwest::Error> {
    webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().map(|der| reqwest::Certificate::from_der(der)).collect()
}

/// Whether a failed call was refused by the gate: its name leads to nothing that may be reached.
pub fn refusal(error: &reqwest::Error) -> Option<&Refused> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(error);
    while let Some(error) = cause {
        if let Some(refused) = error.downcast_ref() {
            return Some(refused);
        }
        cause = error.source();
    }
    None
}

#[cfg(test)]
mod tests;
