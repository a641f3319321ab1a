//! How this server reaches model providers: through the gate, to where its operator lets it.

use std::sync::Arc;
use std::time::Duration;

use everruns_egress::{CONNECT_TIMEOUT, Gate, NoClient, Policy, Range};
use everruns_engine::Source;
use everruns_llm::{Clocks, Models};

/// Options of the way out.
#[derive(clap::Args)]
pub(crate) struct WayOutOptions {
    /// Ranges of addresses that are not public and may be reached all the same when users name them, such as
    /// `10.0.0.0/8,192.168.1.7`. `dev` may reach every address.
    #[arg(long, env = "EVERRUNS_ALLOW_ADDRESSES", value_delimiter = ',')]
    allow_addresses: Vec<Range>,
    /// How long it may take to be connected to a model's provider, seconds.
    #[arg(long, env = "EVERRUNS_MODEL_CONNECT_SECONDS", value_parser = clap::value_parser!(u64).range(1..=3_600))]
    model_connect_seconds: Option<u64>,
    /// How long a provider may take until the head of its answer, the connection included, seconds.
    #[arg(long, env = "EVERRUNS_MODEL_FIRST_BYTE_SECONDS", value_parser = clap::value_parser!(u64).range(1..=3_600))]
    model_first_byte_seconds: Option<u64>,
    /// How long a model may take until its first word, seconds; heartbeats are no words.
    #[arg(long, env = "EVERRUNS_MODEL_FIRST_CONTENT_SECONDS", value_parser = clap::value_parser!(u64).range(1..=3_600))]
    model_first_content_seconds: Option<u64>,
    /// How long a model may pause between words, seconds.
    #[arg(long, env = "EVERRUNS_MODEL_SILENCE_SECONDS", value_parser = clap::value_parser!(u64).range(1..=3_600))]
    model_silence_seconds: Option<u64>,
}

impl WayOutOptions {
    /// The models of every vendor, reached through a gate that lets through what the operator allows; with `private`
    /// everything.
    pub(crate) fn models(&self, private: bool, source: &Arc<dyn Source>) -> Result<Models, NoClient> {
        let (usual, seconds) = (Clocks::default(), Duration::from_secs);
        let policy = Policy { private, allowed: self.allow_addresses.clone() };
        let connect = self.model_connect_seconds.map_or(CONNECT_TIMEOUT, seconds);
        let gate = Gate::with_connect_timeout(policy, connect)?;
        let clocks = Clocks {
            first_byte: self.model_first_byte_seconds.map_or(usual.first_byte, seconds),
            first_content: self.model_first_content_seconds.map_or(usual.first_content, seconds),
            between: self.model_silence_seconds.map_or(usual.between, seconds),
        };
        let source = source.clone();
        Ok(Models::with_vendors(&gate, &(Arc::new(move || source.now()) as everruns_llm::Clock), clocks))
    }
}
