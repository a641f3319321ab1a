//! A simulated model provider on a thread of its own, and what makes it known to a server.

use std::sync::mpsc;
use std::thread;

use anyhow::Context as _;
use clap::ValueEnum;
use everruns_simulator::{Settings, Simulator};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::agent::id_of;
use crate::http::{Connection, Request};
use crate::process;
use crate::target::Target;

/// A wire format, named as the type of providers that speak it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Format {
    Openai,
    OpenaiCompletions,
    Anthropic,
    Gemini,
    Bedrock,
}

impl Format {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Openai => "openai",
            Self::OpenaiCompletions => "openai_completions",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Bedrock => "bedrock",
        }
    }

    /// What stands behind the provider's address.
    fn base(self) -> &'static str {
        match self {
            Self::Openai | Self::OpenaiCompletions | Self::Anthropic => "/v1",
            Self::Gemini => "/v1beta",
            Self::Bedrock => "",
        }
    }

    fn keys(self) -> Value {
        match self {
            Self::Bedrock => {
                json!({ "access_key_id": "bench", "secret_access_key": "bench-key", "region": "us-east-1" })
            }
            _ => json!({ "api_key": "bench-key" }),
        }
    }
}

/// A running provider; dropping it ends it.
pub(crate) struct Provider {
    pub(crate) simulator: Simulator,
    pub(crate) target: Target,
    /// Its thread's name under `/proc`.
    pub(crate) thread: String,
    _stop: oneshot::Sender<()>,
}

impl Provider {
    /// Starts one that keeps so many requests.
    pub(crate) fn start(keep: usize) -> anyhow::Result<Self> {
        let (stop, stopped) = oneshot::channel();
        let (starts, started) = mpsc::channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async move {
                let simulator = Simulator::start(Settings { keep, ..Settings::default() }).await;
                // A receiver that is gone has given up on the provider.
                let _ = starts.send((simulator, process::this_thread()));
                let _ = stopped.await;
            });
            anyhow::Ok(())
        });
        let (simulator, thread) = started.recv().context("the provider does not start")?;
        let (simulator, thread) = (simulator?, thread?);
        Ok(Self { target: simulator.url().parse()?, simulator, thread, _stop: stop })
    }

    /// Makes the provider and a model of it known to a server; returns the model's id.
    pub(crate) async fn join(&self, server: &Target, format: Format) -> anyhow::Result<String> {
        let mut connection = Connection::open(server).await?;
        let base_url = format!("{}{}", self.simulator.url(), format.base());
        let provider = json!({
            "name": format.name(),
            "provider_type": format.name(),
            "base_url": base_url,
            "credentials": format.keys(),
        });
        let made = connection.exchange_json(&Request::post(server, "providers", &provider)).await;
        let path = format!("providers/{}/models", id_of(&made.context("no provider")?)?);
        let model = json!({ "model_id": "simulated", "display_name": "Simulated" });
        let made = connection.exchange_json(&Request::post(server, &path, &model)).await;
        id_of(&made.context("no model")?)
    }
}
