//! `everruns serve`: a server that asks every caller for a key.

use std::net::SocketAddr;

use everruns_server::Auth;

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
    #[command(flatten)]
    server: ServerOptions,
}

pub(crate) fn run(options: Options) -> anyhow::Result<()> {
    let plan = Plan {
        address: options.bind,
        address_option: "--bind",
        auth: Auth::Keys,
        default_model: options.default_model,
        public_url: options.public_url.map(|url| url.trim_end_matches('/').to_owned()),
    };
    server::run(options.server, plan)
}
