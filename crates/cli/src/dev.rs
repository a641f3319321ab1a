//! `everruns dev`: a server for this machine alone.

use std::net::{Ipv4Addr, SocketAddr};

use everruns_server::Auth;

use crate::server::{self, Plan, ServerOptions};

/// The model of sessions that name none.
const DEFAULT_MODEL: &str = "llmsim/default";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The port on 127.0.0.1.
    #[arg(long, env = "EVERRUNS_PORT", default_value_t = 9000)]
    port: u16,
    #[command(flatten)]
    server: ServerOptions,
}

pub(crate) fn run(options: Options) -> anyhow::Result<()> {
    let plan = Plan {
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, options.port)),
        address_option: "--port",
        auth: Auth::Anyone,
        default_model: Some(DEFAULT_MODEL.to_owned()),
        public_url: None,
    };
    server::run(options.server, plan)
}
