//! Which server the commands speak to, as whom and why: flags, over the environment, over the configuration file.

use std::path::PathBuf;
use std::time::Duration;

use everruns_client::Client;

use crate::failure::Failure;
use crate::output::Output;

/// Where a server is when nobody says otherwise: where `everruns dev` listens.
pub(crate) const API_URL_DEFAULT: &str = "http://127.0.0.1:9000";

/// The server and the way to speak to it. The names of the arguments are the keys of the configuration file.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Remote {
    /// Address of the server, with or without `/api`.
    #[arg(id = "api_url", long = "api-url", env = "EVERRUNS_API_URL", value_name = "URL", global = true)]
    #[arg(default_value = API_URL_DEFAULT, help_heading = "Server")]
    pub(crate) api_url: String,
    /// API key. A flag is seen by everybody on this machine: the environment or the file are better places.
    #[arg(id = "api_key", long = "api-key", env = "EVERRUNS_API_KEY", value_name = "KEY", global = true)]
    #[arg(hide_env_values = true, hide_default_value = true, help_heading = "Server")]
    api_key: Option<String>,
    /// The organization to act in, `org_…`; otherwise the key's own.
    #[arg(id = "org_id", long = "org", env = "EVERRUNS_ORG_ID", value_name = "ORG", global = true)]
    #[arg(help_heading = "Server")]
    org_id: Option<String>,
    /// Speak over this Unix socket instead of a port.
    #[arg(id = "socket", long, env = "EVERRUNS_SOCKET", value_name = "PATH", global = true, help_heading = "Server")]
    socket: Option<PathBuf>,
    /// How long one call may take.
    #[arg(id = "timeout_seconds", long = "timeout", env = "EVERRUNS_TIMEOUT", value_name = "SECONDS", global = true)]
    #[arg(default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600), help_heading = "Server")]
    timeout_seconds: u64,
    /// Why you change what you change, for the history.
    #[arg(long, value_name = "TEXT", global = true, help_heading = "Server")]
    reason: Option<String>,
    #[command(flatten)]
    pub(crate) output: Output,
}

impl Remote {
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        if self.api_url.starts_with("https:") {
            return Err(Failure::usage("this program does not speak TLS yet").because(&self.api_url).then(
                "reach the server by http:// on its own machine, through a tunnel (`ssh -L`) or over its Unix socket",
            ));
        }
        let mut builder = Client::builder(&self.api_url).timeout(Duration::from_secs(self.timeout_seconds));
        if let Some(key) = self.api_key.as_ref().filter(|key| !key.is_empty()) {
            builder = builder.key(key);
        }
        if let Some(id) = self.org_id.as_ref().filter(|id| !id.is_empty()) {
            builder = builder.organization(id);
        }
        if let Some(path) = &self.socket {
            builder = builder.unix_socket(path);
        }
        let client = builder.build()?;
        Ok(match &self.reason {
            Some(reason) => client.with_reason(reason),
            None => client,
        })
    }
}
