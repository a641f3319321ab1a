//! `everruns dev`: a server for this machine alone.

use std::net::{Ipv4Addr, SocketAddr};

use everruns_server::{Auth, Limits};

use crate::server::{self, Plan, ServerOptions};

/// The model of sessions that name none.
const DEFAULT_MODEL: &str = "llmsim/default";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The port on 127.0.0.1.
    #[arg(long, env = "EVERRUNS_PORT", default_value_t = 9000)]
    port: u16,
    /// How often callers may ask in a minute, all together; absent: as often as they like.
    #[arg(long, env = "EVERRUNS_REQUESTS_PER_MINUTE", value_parser = clap::value_parser!(u32).range(1..))]
    requests_per_minute: Option<u32>,
    /// Whether `OPENAI_API_KEY`, `ANTHROPIC_API_KEY` and the like make providers that are there from the start; see
    /// docs/models.md.
    #[arg(long, env = "EVERRUNS_PROVIDER_KEYS_FROM_ENV", value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set)]
    provider_keys_from_env: bool,
    #[command(flatten)]
    server: ServerOptions,
}

pub(crate) fn run(options: Options) -> anyhow::Result<()> {
    let plan = Plan {
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, options.port)),
        address_option: "--port",
        auth: Auth::Anyone,
        limits: Limits { requests_per_minute: options.requests_per_minute, ..Limits::default() },
        default_model: Some(DEFAULT_MODEL.to_owned()),
        provider_keys: options.provider_keys_from_env,
        public_url: None,
    };
    server::run(options.server, plan)
}
