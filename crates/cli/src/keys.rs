//! `everruns keys`: makes, lists and revokes keys, whether a server runs or not.
//!
//! It speaks the same API as everybody, over the operator's socket. If no server runs, it is the server for a moment.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use everruns_core::{Role, Timestamp};
use everruns_engine::{Engine, Source as _};
use everruns_llm::Models;
use everruns_server::{App, Auth};
use everruns_store::OpenError;
use everruns_tools::Catalogue;
use reqwest::Method;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::place::Place;
use crate::{log, operator, system};

#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    place: Place,
    /// The organization that the keys are for; absent: the default one.
    #[arg(long, env = "EVERRUNS_ORG_ID", global = true)]
    org: Option<String>,
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Make a key and print it. It is shown this once.
    Create {
        /// What people call it.
        #[arg(default_value = "key")]
        name: String,
        /// What it may do: viewer, member, admin or owner.
        #[arg(long, default_value = "admin")]
        role: Role,
        /// How long it is good, such as `90d` or `12h`, or until when, such as `2027-01-01T00:00:00Z`; absent: for ever.
        #[arg(long)]
        expires: Option<String>,
        /// Make it for the operator, in all organizations that the operator founds with it; without this it is for one
        /// organization alone.
        #[arg(long, conflicts_with_all = ["role", "org"])]
        all_organizations: bool,
    },
    /// List the keys.
    List,
    /// Take a key back by its id; it is no good from now on.
    Revoke {
        /// The id, `key_…`; see `list`.
        id: String,
    },
}

pub(crate) fn run(options: Options) -> anyhow::Result<()> {
    log::start(log::Format::Human, "warn")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let closing = CancellationToken::new();
        let own = serve_if_nobody_does(&options, closing.clone()).await?;
        let done = carry_out(&options).await;
        closing.cancel();
        if let Some(own) = own {
            own.await?;
            operator::remove(options.place.directory());
        }
        done
    })
}

/// Serves the operator's socket, unless a running server does.
async fn serve_if_nobody_does(
    options: &Options,
    closing: CancellationToken,
) -> anyhow::Result<Option<tokio::task::JoinHandle<()>>> {
    let (place, path) = (&options.place, operator::path(options.place.directory()));
    if tokio::net::UnixStream::connect(&path).await.is_ok() {
        return Ok(None);
    }
    if !matches!(options.command, Command::Create { .. }) && !place.exists() {
        bail!("there is no database in {}; name its directory with --data-dir", place.shown());
    }
    let source = Arc::new(system::System);
    let store = match place.open(source.now()).await {
        Err(OpenError::Locked(_)) => bail!(
            "a server uses {}, but its operator's socket does not answer; try again, or stop the server first",
            place.shown()
        ),
        store => store?,
    };
    // An engine that is not started runs no turn.
    let engine = Engine::new(
        Arc::new(store),
        Models::with_llmsim(),
        Catalogue::built_in(),
        source,
        everruns_engine::Settings::default(),
    );
    let app = App::new(engine, Auth::Operator, everruns_server::Settings::default(), closing.clone());
    let listener = operator::bind(&path).with_context(|| format!("cannot listen on {}", path.display()))?;
    Ok(Some(tokio::spawn(everruns_server::serve_operator(listener, &app, closing))))
}

async fn carry_out(options: &Options) -> anyhow::Result<()> {
    match &options.command {
        Command::Create { name, role, expires, all_organizations } => {
            let expires_at = expires.as_deref().map(|text| end(text, system::System.now())).transpose()?;
            let role = if *all_organizations { Role::Owner } else { *role };
            let spec = json!({
                "name": name,
                "role": (!all_organizations).then_some(role),
                "all_organizations": all_organizations,
                "expires_at": expires_at,
            });
            let key = ask(options, Method::POST, "/v1/keys", &spec).await?;
            if options.json {
                println!("{key:#}");
                return Ok(());
            }
            let until = key["expires_at"].as_str().map_or_else(|| "for ever".to_owned(), |at| format!("until {at}"));
            eprintln!("{} ({}, good {until}); it is shown only now:", text(&key["id"]), role.as_str());
            println!("{}", text(&key["key"]));
        }
        Command::List => {
            let keys = ask(options, Method::GET, "/v1/keys", &Value::Null).await?;
            if options.json {
                println!("{:#}", keys["data"]);
                return Ok(());
            }
            for key in keys["data"].as_array().into_iter().flatten() {
                let [id, name, hint] = ["id", "name", "hint"].map(|member| text(&key[member]));
                println!("{id}  {hint:<20}  {:<32}  {name}", state(key, system::System.now()));
            }
        }
        Command::Revoke { id } => {
            ask(options, Method::DELETE, &format!("/v1/keys/{id}"), &Value::Null).await?;
            if options.json {
                println!("{:#}", json!({ "id": id, "revoked": true }));
            } else {
                eprintln!("{id} is revoked");
            }
        }
    }
    Ok(())
}

/// Asks whoever serves the operator's socket.
async fn ask(options: &Options, method: Method, path: &str, body: &Value) -> anyhow::Result<Value> {
    let client = reqwest::Client::builder().unix_socket(operator::path(options.place.directory())).build()?;
    let mut request = client.request(method, format!("http://localhost{path}")).json(body);
    if let Some(org) = &options.org {
        request = request.header("x-org-id", org);
    }
    let answer = request.send().await.context("the server does not answer")?;
    let (status, text) = (answer.status(), answer.text().await?);
    let body: Value = if text.is_empty() { Value::Null } else { serde_json::from_str(&text)? };
    if !status.is_success() {
        bail!("{}", body["detail"].as_str().unwrap_or(&text));
    }
    Ok(body)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Whether a key is good, in a word or two.
fn state(key: &Value, now: Timestamp) -> String {
    let time = |member: &str| key[member].as_str().and_then(|text| text.parse::<Timestamp>().ok());
    match (time("revoked_at"), time("expires_at")) {
        (Some(_), _) => "revoked".to_owned(),
        (None, Some(end)) if end <= now => "expired".to_owned(),
        (None, Some(end)) => format!("until {end}"),
        (None, None) => "good".to_owned(),
    }
}

/// When a key ends that is good for so long, or until then.
fn end(text: &str, now: Timestamp) -> anyhow::Result<Timestamp> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let unit = text.chars().next_back().unwrap_or_default();
    let seconds = match unit {
        'd' => 86_400,
        'h' => 3_600,
        'm' => 60,
        _ => 0,
    };
    let count: Option<i64> = text.strip_suffix(unit).and_then(|count| count.parse().ok());
    match count {
        Some(count) if count > 0 && seconds > 0 => Ok(now.plus_seconds(count.saturating_mul(seconds))),
        _ => bail!("--expires {text:?} is neither a time such as 2027-01-01T00:00:00Z nor a length such as 90d or 12h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_times() {
        let now = Timestamp::from_micros(0);
        #[track_caller]
        fn check(text: &str, seconds: Option<i64>) {
            let now = Timestamp::from_micros(0);
            assert_eq!(end(text, now).ok(), seconds.map(|seconds| now.plus_seconds(seconds)), "{text}");
        }
        check("90d", Some(90 * 86_400));
        check("12h", Some(12 * 3_600));
        check("5m", Some(300));
        check("1970-01-02T00:00:00Z", Some(86_400));
        for wrong in ["", "d", "0d", "-1d", "5", "5w", "tomorrow", "1.5h", "ü"] {
            check(wrong, None);
        }
        let key = |revoked: Value, expires: Value| json!({ "revoked_at": revoked, "expires_at": expires });
        assert_eq!(state(&key(Value::Null, Value::Null), now), "good");
        assert_eq!(state(&key(json!("1970-01-02T00:00:00Z"), Value::Null), now), "revoked");
        assert_eq!(state(&key(Value::Null, json!("1969-01-02T00:00:00Z")), now), "expired");
    }
}
