//! `everruns keys`: makes, lists and revokes keys, whether a server runs or not.
//!
//! It speaks the same API as everybody, over the operator's socket. If no server runs, it is the server for a moment.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use everruns_client::{Client, Key, NewKey};
use everruns_core::{KeyId, Role, Timestamp};
use everruns_engine::{Engine, Source as _};
use everruns_llm::Models;
use everruns_server::{App, Auth};
use everruns_store::OpenError;
use everruns_tools::Catalogue;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::failure::Failure;
use crate::master_key::MasterKeyOptions;
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
    /// Let a new master key take over all secrets: start the server with it and with the old one as
    /// `EVERRUNS_MASTER_KEY_PREVIOUS`, run this, and leave the old one out at the next start. It can be broken off and run
    /// again. Without a running server it takes the keys itself.
    RotateMaster(MasterKeyOptions),
    /// Take a key back by its id; it is no good from now on.
    Revoke {
        /// The id, `key_…`; see `list`.
        id: KeyId,
    },
}

/// How long a key is good at most if a length is given; a time far off is no RFC 3339 time any more.
const EXPIRY_SECONDS_MAX: i64 = 36_525 * 86_400;

pub(crate) fn run(options: Options) -> Result<(), Failure> {
    log::start(log::Format::Human, "warn")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let closing = CancellationToken::new();
        let own = serve_if_nobody_does(&options, closing.clone()).await?;
        let done = carry_out(&options).await;
        closing.cancel();
        if let Some(own) = own {
            own.await.map_err(anyhow::Error::from)?;
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
    let vault =
        match &options.command {
            Command::RotateMaster(keys) => Some(keys.vault()?.context(
                "there is no master key; set EVERRUNS_MASTER_KEY or EVERRUNS_MASTER_KEY_FILE to the new one",
            )?),
            _ => None,
        };
    // An engine that is not started runs no turn.
    let engine = Engine::new(
        Arc::new(store),
        Models::with_llmsim(),
        Catalogue::built_in(),
        source,
        everruns_engine::Settings { vault, ..everruns_engine::Settings::default() },
    );
    let app = App::new(engine, Auth::Operator, everruns_server::Settings::default(), closing.clone());
    let listener = operator::bind(&path).with_context(|| format!("cannot listen on {}", path.display()))?;
    Ok(Some(tokio::spawn(everruns_server::serve_operator(listener, &app, closing))))
}

async fn carry_out(options: &Options) -> Result<(), Failure> {
    let mut client = Client::builder("http://localhost").unix_socket(operator::path(options.place.directory()));
    if let Some(org) = &options.org {
        client = client.organization(org);
    }
    let client = client.build()?;
    match &options.command {
        Command::Create { name, role, expires, all_organizations } => {
            let expires_at = expires.as_deref().map(|text| end(text, system::System.now())).transpose()?;
            let spec = NewKey {
                name: name.clone(),
                role: (!all_organizations).then_some(*role),
                principal_id: None,
                expires_at,
                all_organizations: Some(*all_organizations),
            };
            let key = client.keys().create(&spec).await?;
            if options.json {
                println!("{:#}", key.json);
                return Ok(());
            }
            let role = if *all_organizations { Role::Owner } else { *role };
            let until = key.expires_at.map_or_else(|| "for ever".to_owned(), |at| format!("until {at}"));
            eprintln!("{} ({}, good {until}); it is shown only now:", key.id, role.as_str());
            println!("{}", key.key.as_deref().unwrap_or_default());
        }
        Command::List => {
            let keys = client.keys().list().await?;
            if options.json {
                println!("{:#}", json!(keys));
                return Ok(());
            }
            for key in keys {
                println!("{}  {:<20}  {:<32}  {}", key.id, key.hint, state(&key, system::System.now()), key.name);
            }
        }
        Command::RotateMaster(_) => {
            let done = client.keys().rotate_master().await?;
            let count = |name: &str| done.get(name).and_then(serde_json::Value::as_u64).unwrap_or(0);
            if options.json {
                println!("{:#}", json!(done));
            } else {
                eprintln!(
                    "{} secrets are wrapped anew, {} were already, {} changed meanwhile, {} are under a key that is missing",
                    count("rewrapped"),
                    count("current"),
                    count("skipped"),
                    count("locked")
                );
            }
            if count("locked") > 0 {
                return Err(Failure::failed("some secrets stay under a master key that the server was not given")
                    .then("give it as EVERRUNS_MASTER_KEY_PREVIOUS and run this again"));
            }
        }
        Command::Revoke { id } => {
            client.keys().delete(*id).await?;
            if options.json {
                println!("{:#}", json!({ "id": id, "revoked": true }));
            } else {
                eprintln!("{id} is revoked");
            }
        }
    }
    Ok(())
}

/// Whether a key is good, in a word or two.
fn state(key: &Key, now: Timestamp) -> String {
    match (key.revoked_at, key.expires_at) {
        (Some(_), _) => "revoked".to_owned(),
        (None, Some(end)) if end <= now => "expired".to_owned(),
        (None, Some(end)) => format!("until {end}"),
        (None, None) => "good".to_owned(),
    }
}

/// When a key ends that is good for so long, or until then.
fn end(text: &str, now: Timestamp) -> Result<Timestamp, Failure> {
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
    let seconds = count.filter(|count| *count > 0 && seconds > 0).map(|count| count.saturating_mul(seconds));
    seconds.filter(|seconds| *seconds <= EXPIRY_SECONDS_MAX).map(|seconds| now.plus_seconds(seconds)).ok_or_else(|| {
        Failure::usage(format!("--expires {text:?} is no time to come"))
            .then("give a time such as 2027-01-01T00:00:00Z, or a length such as 90d or 12h, of 100 years at most")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_times() {
        #[track_caller]
        fn check(text: &str, seconds: Option<i64>) {
            let now = Timestamp::from_micros(0);
            assert_eq!(end(text, now).ok(), seconds.map(|seconds| now.plus_seconds(seconds)), "{text}");
        }
        check("90d", Some(90 * 86_400));
        check("12h", Some(12 * 3_600));
        check("5m", Some(300));
        check("1970-01-02T00:00:00Z", Some(86_400));
        check("36525d", Some(36_525 * 86_400));
        let wrong = [
            "",
            "d",
            "0d",
            "-1d",
            "5",
            "5w",
            "tomorrow",
            "1.5h",
            "ü",
            "36526d",
            "99999999999999d",
            "9223372036854775807d",
        ];
        wrong.into_iter().for_each(|text| check(text, None));
    }

    #[test]
    fn states() {
        #[track_caller]
        fn check(revoked_at: Option<&str>, expires_at: Option<&str>, expected: &str) {
            let key = json!({
                "id": KeyId(uuid::Uuid::nil()), "name": "key", "hint": "", "principal_id": everruns_core::DEFAULT_PRINCIPAL,
                "created_at": "1969-01-01T00:00:00Z", "revoked_at": revoked_at, "expires_at": expires_at,
            });
            let key: Key = serde_json::from_value(key).unwrap();
            assert_eq!(state(&key, Timestamp::from_micros(0)), expected);
        }
        check(None, None, "good");
        check(Some("1970-01-02T00:00:00Z"), None, "revoked");
        check(None, Some("1969-01-02T00:00:00Z"), "expired");
    }
}
