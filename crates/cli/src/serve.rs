//! `everruns serve`: a server that asks every caller for a key.

use std::net::SocketAddr;

use everruns_core::limits::{REQUESTS_PER_MINUTE_DEFAULT, TURNS_PER_ORG_DEFAULT};
use everruns_server::{Auth, Limits};

use crate::server::{self, Plan, ServerOptions};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The address and port to listen on. One that other machines reach takes a key first; see `everruns keys create`.
    #[arg(long, env = "EVERRUNS_BIND", default_value = "127.0.0.1:9000")]
    bind: SocketAddr,
    /// Where people reach the server, such as `https://agents.example.com`; for links.
    #[arg(long, env = "EVERRUNS_PUBLIC_URL")]
    public_url: Option<String>,
    /// The model of sessions that name none; without one their turns fail and say so.
    #[arg(long, env = "EVERRUNS_DEFAULT_MODEL")]
    default_model: Option<String>,
    /// How often one key may ask in a minute; 0: as often as it likes.
    #[arg(long, env = "EVERRUNS_REQUESTS_PER_MINUTE", default_value_t = REQUESTS_PER_MINUTE_DEFAULT)]
    requests_per_minute: u32,
    /// Turns that run for one organization at the same time; a message that would start one more is refused.
    #[arg(long, env = "EVERRUNS_TURNS_PER_ORG", default_value_t = TURNS_PER_ORG_DEFAULT)]
    turns_per_org: usize,
    /// Let every organization use the providers whose keys are in the environment of the server (`OPENAI_API_KEY`,
    /// `ANTHROPIC_API_KEY` and the like; see docs/models.md): all of them spend your money.
    #[arg(long, env = "EVERRUNS_PROVIDER_KEYS_FROM_ENV")]
    provider_keys_from_env: bool,
    #[command(flatten)]
    server: ServerOptions,
}

pub(crate) fn run(options: Options) -> anyhow::Result<()> {
    let plan = Plan {
        address: options.bind,
        address_option: "--bind",
        auth: Auth::Keys,
        limits: Limits {
            requests_per_minute: Some(options.requests_per_minute).filter(|count| *count > 0),
            turns_per_org: options.turns_per_org,
            ..Limits::for_keys()
        },
        default_model: options.default_model,
        provider_keys: options.provider_keys_from_env,
        public_url: options.public_url.map(|url| url.trim_end_matches('/').to_owned()),
    };
    server::run(options.server, plan)
}
