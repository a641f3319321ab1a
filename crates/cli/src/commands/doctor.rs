//! `everruns doctor`: what stands between this machine and a working server, a line for each thing that is looked at.

use std::path::PathBuf;
use std::time::Duration;

use everruns_client::{Client, Error};
use everruns_engine::Source as _;
use serde_json::json;

use crate::config::Config;
use crate::failure::Failure;
use crate::output::plain;
use crate::remote::Remote;
use crate::system::System;

mod machine;

/// A clock that is off by more than this makes keys and times hard to understand, seconds.
const SKEW_SECONDS_MAX: u64 = 5;
/// How long PostgreSQL may take to greet, seconds.
const POSTGRES_SECONDS_MAX: u64 = 5;

#[derive(clap::Args)]
#[command(after_help = "Ends with 0 when nothing failed, and with 1 otherwise. Warnings are no failures.")]
pub(crate) struct Options {
    #[command(flatten)]
    remote: Remote,
    /// Where a server on this machine keeps its data.
    #[arg(long, env = "EVERRUNS_DATA_DIR", default_value = ".everruns", value_name = "PATH")]
    data_dir: PathBuf,
    /// The PostgreSQL database of a server on this machine, if it has one.
    #[arg(long, env = "EVERRUNS_DATABASE_URL", hide_env_values = true, hide_default_value = true, value_name = "URL")]
    database_url: Option<String>,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Ok,
    Warn,
    Fail,
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug)]
struct Finding {
    level: Level,
    what: &'static str,
    detail: String,
    remedy: Option<String>,
}

impl Finding {
    fn ok(what: &'static str, detail: impl Into<String>) -> Self {
        Self { level: Level::Ok, what, detail: detail.into(), remedy: None }
    }

    fn warn(what: &'static str, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { level: Level::Warn, what, detail: detail.into(), remedy: Some(remedy.into()) }
    }

    fn fail(what: &'static str, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { level: Level::Fail, what, detail: detail.into(), remedy: Some(remedy.into()) }
    }
}

/// `config` is what was read, or why it was not.
pub(crate) async fn run(options: Options, config: Result<&Config, &Failure>) -> Result<(), Failure> {
    let mut findings = vec![configuration(config)];
    findings.extend(server(&options.remote).await);
    findings.extend(machine::findings(&options.data_dir));
    if let Some(url) = options.database_url.as_ref().filter(|url| !url.is_empty()) {
        findings.push(postgres(url).await);
    }
    let output = options.remote.output;
    if output.json {
        let rows = findings.iter().map(
            |one| json!({ "level": one.level.word(), "what": one.what, "detail": one.detail, "remedy": one.remedy }),
        );
        output.list(&rows.collect::<Vec<_>>(), &[])?;
    } else {
        for one in &findings {
            output.line(&format!("{:<4}  {}: {}", one.level.word(), one.what, one.detail))?;
            if let Some(remedy) = &one.remedy {
                output.line(&format!("      {remedy}"))?;
            }
        }
    }
    match findings.iter().any(|one| one.level == Level::Fail) {
        true => Err(Failure::silent(1)),
        false => Ok(()),
    }
}

fn configuration(config: Result<&Config, &Failure>) -> Finding {
    const WHAT: &str = "configuration";
    let config = match config {
        Ok(config) => config,
        Err(failure) => return Finding::fail(WHAT, failure.text(), "mend the file; it was left out of the rest"),
    };
    let Some(path) = &config.path else { return Finding::ok(WHAT, "no file; flags and environment alone") };
    let profile = config.profile.as_ref().map(|name| format!(", profile {name}")).unwrap_or_default();
    let detail = format!("{}{profile}", path.display());
    match config.is_open {
        true => Finding::warn(
            WHAT,
            format!("{detail}: others on this machine can read the key in it"),
            format!("chmod 600 {}", path.display()),
        ),
        false => Finding::ok(WHAT, detail),
    }
}

async fn server(remote: &Remote) -> Vec<Finding> {
    let client = match remote.client() {
        Ok(client) => client,
        Err(failure) => return vec![Finding::fail("server", failure.text(), "mend the address or the key")],
    };
    let health = match client.health().await {
        Ok(health) => health,
        Err(error) => {
            let remedy = "start one with `everruns dev`, or name another with --api-url";
            return vec![Finding::fail(
                "server",
                format!("{}: {}", remote.api_url, Failure::from(error).text()),
                remedy,
            )];
        }
    };
    let own = env!("CARGO_PKG_VERSION");
    let there = health.version.clone().unwrap_or_else(|| "an unknown version".to_owned());
    let detail = format!("{}, version {there}", remote.api_url);
    let mut findings = vec![match there == own {
        true => Finding::ok("server", detail),
        false => Finding::warn("server", detail, format!("this program is version {own}; use the same on both sides")),
    }];
    findings.push(key(&client).await);
    if let Some(time) = health.time {
        findings.push(clock(time));
    }
    findings
}

async fn key(client: &Client) -> Finding {
    match client.me().await {
        Ok(me) => {
            let roles = me.roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", ");
            Finding::ok("key", format!("accepted: {} ({roles}) in {}", plain(&me.name), me.organization_id))
        }
        Err(Error::Api { status: 401, message, .. }) => {
            Finding::fail("key", message, "give a valid one: EVERRUNS_API_KEY, or `api_key` in the configuration file")
        }
        Err(Error::Api { status: 403, message, .. }) => {
            Finding::fail("key", message, "see whether the organization is right, or ask its owner for a role")
        }
        Err(error) => Finding::fail("key", error.to_string(), "see what the server's log says"),
    }
}

fn clock(server: std::time::SystemTime) -> Finding {
    let since = server.duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
    let own = u64::try_from(System.now().as_micros() / 1_000_000).unwrap_or(0);
    let skew = own.abs_diff(since);
    match skew <= SKEW_SECONDS_MAX {
        true => Finding::ok("clock", "agrees with the server's"),
        false => Finding::warn("clock", format!("{skew} s from the server's"), "set both by NTP"),
    }
}

async fn postgres(url: &str) -> Finding {
    const WHAT: &str = "PostgreSQL";
    let connect = tokio_postgres::connect(url, tokio_postgres::NoTls);
    match tokio::time::timeout(Duration::from_secs(POSTGRES_SECONDS_MAX), connect).await {
        Ok(Ok(_)) => Finding::ok(WHAT, "reached"),
        // The error names hosts and roles, never the password.
        Ok(Err(error)) => Finding::fail(WHAT, error.to_string(), "see whether it runs, and whether the URL is right"),
        Err(_) => Finding::fail(WHAT, "does not answer", "see whether it runs, and whether a firewall is in between"),
    }
}
