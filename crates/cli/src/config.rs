//! The configuration file: a default for each flag that has its name. TOML, in three parts: keys for the commands at the
//! top, the same keys per profile in `[profiles.NAME]`, and the server's in `[server]`.
//!
//! A flag is stronger than the environment, and that is stronger than the file. What the file may say is read off the
//! flags themselves, so a new flag of `everruns dev` or `serve` is a new key of `[server]` without a line here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Command};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::failure::Failure;
use crate::remote::API_URL_DEFAULT;

mod nearest;

pub(crate) use nearest::nearest;

/// Flags that a file may set for all commands that speak to a server.
const CLIENT_KEYS: &[&str] = &["api_url", "api_key", "org_id", "socket", "timeout_seconds"];
/// The commands that are a server, and those that look at its place.
const SERVER_COMMANDS: &[&str] = &["dev", "serve", "doctor", "keys"];
/// Bits of a file's mode that let others than the owner read it.
const OTHERS_READ: u32 = 0o044;

/// What a configuration file says.
#[derive(Debug, Default)]
pub(crate) struct Config {
    /// The file, if there is one.
    pub(crate) path: Option<PathBuf>,
    /// The profile in use, if any.
    pub(crate) profile: Option<String>,
    /// Whether it holds a key that others on this machine can read.
    pub(crate) is_open: bool,
    /// Whether any profile has a key.
    has_key: bool,
    client: BTreeMap<String, String>,
    server: BTreeMap<String, String>,
}

/// Reads `path`, or the file at the usual place if there is one, and takes `profile` or the one that the file names.
pub(crate) fn read(command: &Command, path: Option<&Path>, profile: Option<&str>) -> Result<Config, Failure> {
    let (path, is_named) = match path {
        Some(path) => (path.to_owned(), true),
        None => match usual_path() {
            Some(path) => (path, false),
            None => return Ok(Config::default()),
        },
    };
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !is_named => {
            return match profile {
                Some(name) => Err(Failure::usage(format!("there is no profile {name:?}"))
                    .because(format!("there is no configuration file {}", path.display()))),
                None => Ok(Config::default()),
            };
        }
        Err(error) => {
            return Err(Failure::usage(format!("cannot read the configuration file {}", path.display())).because(error));
        }
    };
    let mut config = parse(command, &path, &text, profile)?;
    config.is_open = config.has_key && is_open(&path);
    config.path = Some(path);
    Ok(config)
}

/// `$XDG_CONFIG_HOME/everruns/config.toml`, or the same under `~/.config`.
fn usual_path() -> Option<PathBuf> {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config"));
    let place =
        std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute()).or_else(home)?;
    Some(place.join("everruns").join("config.toml"))
}

fn is_open(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).is_ok_and(|file| file.mode() & OTHERS_READ != 0)
}

impl Config {
    /// The command with the file's values in the place of its defaults.
    pub(crate) fn apply(&self, command: Command) -> Command {
        command.mut_subcommands(|sub| {
            let is_server = SERVER_COMMANDS.contains(&sub.get_name());
            let sub = with_defaults(sub, &self.client);
            if is_server { with_defaults(sub, &self.server) } else { sub }
        })
    }

    /// Refuses to send the file's key to another server than the file's.
    pub(crate) fn check_key(&self, matches: &ArgMatches) -> Result<(), Failure> {
        use clap::parser::ValueSource;
        let mut matches = matches;
        while let Some((_, inner)) = matches.subcommand() {
            matches = inner;
        }
        let source = |id: &str| matches.try_contains_id(id).ok().and_then(|_| matches.value_source(id));
        let (Some(path), Some(ValueSource::DefaultValue)) = (&self.path, source("api_key")) else { return Ok(()) };
        let own = self.client.get("api_url").map_or(API_URL_DEFAULT, String::as_str);
        let asked = matches.get_one::<String>("api_url").map(|url| url.trim_end_matches('/'));
        if !self.client.contains_key("api_key") || asked.is_none_or(|asked| asked == own.trim_end_matches('/')) {
            return Ok(());
        }
        Err(Failure::usage("the key in the configuration file is not for this server")
            .because(format!("{} has a key for {own}", path.display()))
            .then(
                "give the key for this server with EVERRUNS_API_KEY, or add a profile with its `api_url` and `api_key`",
            ))
    }
}

fn with_defaults(command: Command, values: &BTreeMap<String, String>) -> Command {
    command
        .mut_args(|arg| match values.get(arg.get_id().as_str()) {
            Some(value) => arg.default_value(value.clone()),
            None => arg,
        })
        .mut_subcommands(|sub| with_defaults(sub, values))
}

/// A place in the file, for what is said about it.
struct Place<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Place<'_> {
    fn wrong(&self, at: usize, what: impl std::fmt::Display) -> Failure {
        let line = self.text[..at.min(self.text.len())].matches('\n').count() + 1;
        Failure::usage(format!("{}:{line}: {what}", self.path.display()))
    }

    fn unknown<'k>(&self, key: &Spanned<std::borrow::Cow<'_, str>>, known: impl Iterator<Item = &'k str>) -> Failure {
        let known: Vec<&str> = known.collect();
        let failure = self.wrong(key.span().start, format!("unknown key `{}`", key.get_ref()));
        match nearest(key.get_ref(), &known) {
            Some(near) => failure.then(format!("did you mean `{near}`?")),
            None => failure.then(format!("known keys are {}", known.join(", "))),
        }
    }
}

fn parse(command: &Command, path: &Path, text: &str, profile: Option<&str>) -> Result<Config, Failure> {
    let place = Place { path, text };
    let table = DeTable::parse(text).map_err(|error| {
        place.wrong(error.span().map_or(0, |span| span.start), error.message()).then("see docs/cli.md for an example")
    })?;
    let client_arguments = arguments(command, &["chat"], |id| CLIENT_KEYS.contains(&id));
    let server_arguments = arguments(command, SERVER_COMMANDS, |id| !CLIENT_KEYS.contains(&id));
    let mut config = Config::default();
    let mut own_profile = None;
    let mut profiles = BTreeMap::new();
    let mut top = Vec::new();
    for (key, value) in table.get_ref() {
        match key.get_ref().as_ref() {
            "profile" => {
                let name = value.get_ref().as_str();
                own_profile = Some(name.ok_or_else(|| place.wrong(value.span().start, "`profile` must be a text"))?);
            }
            "profiles" => {
                for (name, values) in table_of(&place, "profiles", value)? {
                    let values = table_of(&place, name.get_ref(), values)?;
                    profiles.insert(name.get_ref().as_ref(), values_of(&place, values.iter(), &client_arguments, &[])?);
                }
            }
            "server" => {
                let values = table_of(&place, "server", value)?;
                config.server = values_of(&place, values.iter(), &server_arguments, &[])?;
            }
            _ => top.push((key, value)),
        }
    }
    config.client = values_of(&place, top.into_iter(), &client_arguments, &["profile", "profiles", "server"])?;
    config.has_key =
        std::iter::once(&config.client).chain(profiles.values()).any(|values| values.contains_key("api_key"));
    if let Some(name) = profile.or(own_profile) {
        let Some(values) = profiles.remove(name) else {
            let known: Vec<&str> = profiles.keys().copied().collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(Failure::usage(format!("there is no profile {name:?}"))
                .because(format!("{} has these: {known}", path.display())));
        };
        config.client.extend(values);
        config.profile = Some(name.to_owned());
    }
    Ok(config)
}

/// The flags of these commands that the file may set, by id.
fn arguments(command: &Command, commands: &[&str], is_wanted: impl Fn(&str) -> bool) -> BTreeMap<String, Arg> {
    let commands = command.get_subcommands().filter(|sub| commands.contains(&sub.get_name()));
    commands
        .flat_map(Command::get_arguments)
        .filter(|arg| arg.get_long().is_some_and(|long| !["help", "version", "config", "profile"].contains(&long)))
        .filter(|arg| {
            !["json", "org", "quiet", "reason"].contains(&arg.get_id().as_str()) && is_wanted(arg.get_id().as_str())
        })
        .map(|arg| (arg.get_id().to_string(), arg.clone()))
        .collect()
}

fn table_of<'a, 't>(
    place: &Place<'_>,
    name: &str,
    value: &'t Spanned<DeValue<'a>>,
) -> Result<&'t DeTable<'a>, Failure> {
    let wrong =
        || place.wrong(value.span().start, format!("`{name}` must be a table: write [{name}] and its keys below"));
    value.get_ref().as_table().ok_or_else(wrong)
}

type Entry<'t, 'a> = (&'t Spanned<std::borrow::Cow<'a, str>>, &'t Spanned<DeValue<'a>>);

/// The values of a table, each taken by the flag of its name.
fn values_of<'t, 'a: 't>(
    place: &Place<'_>,
    entries: impl Iterator<Item = Entry<'t, 'a>>,
    arguments: &BTreeMap<String, Arg>,
    also_known: &[&str],
) -> Result<BTreeMap<String, String>, Failure> {
    let mut values = BTreeMap::new();
    for (key, value) in entries {
        let name = key.get_ref().as_ref();
        let Some(arg) = arguments.get(name) else {
            return Err(place.unknown(key, arguments.keys().map(String::as_str).chain(also_known.iter().copied())));
        };
        let text = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) => number.to_string(),
            DeValue::Boolean(flag) => flag.to_string(),
            other => {
                let what =
                    format!("`{name}` must be a text, a whole number or true or false, not {}", other.type_str());
                return Err(place.wrong(value.span().start, what));
            }
        };
        check(arg, &text).map_err(|why| place.wrong(value.span().start, format!("`{name}` is wrong: {why}")))?;
        values.insert(name.to_owned(), text);
    }
    Ok(values)
}

/// Lets the flag judge the value.
fn check(arg: &Arg, value: &str) -> Result<(), String> {
    let Some(long) = arg.get_long() else { return Ok(()) };
    if !arg.get_action().takes_values() {
        return value.parse::<bool>().map(drop).map_err(|_| "it is true or false".to_owned());
    }
    // Alone: what it needs or excludes is not asked here.
    let alone = Arg::new("value").long(long.to_owned()).value_parser(arg.get_value_parser().clone());
    let outcome =
        Command::new("value").no_binary_name(true).arg(alone).try_get_matches_from([format!("--{long}={value}")]);
    outcome.map(drop).map_err(|error| {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default();
        first.trim_start_matches("error: ").to_owned()
    })
}

#[cfg(test)]
mod tests;
