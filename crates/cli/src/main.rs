//! The `everruns` binary: it wires the parts together and owns the life of the process.

mod commands;
mod config;
mod descriptors;
mod dev;
mod failure;
mod keys;
mod log;
mod master_key;
mod operator;
mod output;
mod place;
mod profiles;
mod provider_keys;
#[cfg(test)]
mod reference;
mod remote;
mod serve;
mod server;
mod sim;
mod system;
mod way_out;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::config::Config;
use crate::failure::{EXIT_CODES, Failure};

/// A turn is hundreds of small allocations on one thread that are freed on another; see docs/benchmarks.md.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs AI agents that do not lose their place.
#[derive(Parser)]
#[command(name = "everruns", version, after_help = EXIT_CODES)]
struct Arguments {
    /// The configuration file, instead of `$XDG_CONFIG_HOME/everruns/config.toml`.
    #[arg(long, env = "EVERRUNS_CONFIG", value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// The profile of the configuration file.
    #[arg(long, env = "EVERRUNS_PROFILE", value_name = "NAME", global = true)]
    profile: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Say something in a session and read the answer as it comes.
    Chat(commands::chat::Options),
    /// Agents: what sessions are run by.
    Agents(commands::agents::Options),
    /// Sessions: the conversations.
    Sessions(commands::sessions::Options),
    /// Messages: what was said in a session.
    Messages(commands::messages::Options),
    /// Events: everything that happened in a session.
    Events(commands::events::Options),
    /// Files of a session or workspace.
    Files(commands::files::Options),
    /// Harnesses: what agents and sessions start from.
    Harnesses(commands::harnesses::Options),
    /// Models that agents can think with.
    Models(commands::models::Options),
    /// Providers: where models come from.
    Providers(commands::providers::Options),
    /// Capabilities that agents can switch on.
    Capabilities(commands::capabilities::Options),
    /// Make agents, harnesses, providers and models be as files say.
    Apply(commands::apply::Options),
    /// Start a server for this machine alone: embedded database, simulated model, any key.
    Dev(dev::Options),
    /// Start a server that asks every caller for a key.
    Serve(serve::Options),
    /// Make, list and revoke keys of a server, whether it runs or not.
    Keys(keys::Options),
    /// Play seeded histories of the engine and hold the laws against each: races, faults, crashes.
    Sim(sim::Options),
    /// Play the part of what Everruns speaks to: a model provider.
    Simulate(commands::simulate::Options),
    /// See what stands between this machine and a working server.
    Doctor(commands::doctor::Options),
    /// Print what a shell needs to complete commands and flags.
    Completions(commands::completions::Options),
    /// Print which build this is.
    Version(commands::version::Options),
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn run() -> Result<(), Failure> {
    let (first, _) = parse(Arguments::command());
    match &first.command {
        Command::Completions(options) => return commands::completions::run(options, Arguments::command()),
        Command::Version(options) => return commands::version::run(options),
        _ => {}
    }
    let config = config::read(&Arguments::command(), first.config.as_deref(), first.profile.as_deref());
    if let (Command::Doctor(_), Err(failure)) = (&first.command, &config) {
        let Command::Doctor(options) = first.command else { return Ok(()) };
        return wait(commands::doctor::run(options, Err(failure)));
    }
    let config = config?;
    if config.is_open {
        let path = config.path.as_deref().unwrap_or_else(|| std::path::Path::new("")).display();
        eprintln!("everruns: others on this machine can read the key in {path}; chmod 600 {path}");
    }
    let (arguments, matches) = parse(config.apply(Arguments::command()));
    config.check_key(&matches)?;
    execute(arguments.command, &config)
}

/// What the command line says; where it is wrong, clap says so and ends the process.
fn parse(command: clap::Command) -> (Arguments, ArgMatches) {
    let matches = command.get_matches();
    match Arguments::from_arg_matches(&matches) {
        Ok(arguments) => (arguments, matches),
        Err(error) => error.exit(),
    }
}

fn execute(command: Command, config: &Config) -> Result<(), Failure> {
    match command {
        Command::Chat(options) => wait(commands::chat::run(options)),
        Command::Agents(options) => wait(commands::agents::run(options)),
        Command::Sessions(options) => wait(commands::sessions::run(options)),
        Command::Messages(options) => wait(commands::messages::run(options)),
        Command::Events(options) => wait(commands::events::run(options)),
        Command::Files(options) => wait(commands::files::run(options)),
        Command::Harnesses(options) => wait(commands::harnesses::run(options)),
        Command::Models(options) => wait(commands::models::run(options)),
        Command::Providers(options) => wait(commands::providers::run(options)),
        Command::Capabilities(options) => wait(commands::capabilities::run(options)),
        Command::Apply(options) => wait(commands::apply::command(options)),
        Command::Dev(options) => Ok(dev::run(options)?),
        Command::Serve(options) => Ok(serve::run(options)?),
        Command::Keys(options) => keys::run(options),
        Command::Sim(options) => Ok(sim::run(options)?),
        Command::Simulate(options) => wait(commands::simulate::run(options)),
        Command::Doctor(options) => wait(commands::doctor::run(options, Ok(config))),
        Command::Completions(options) => commands::completions::run(&options, Arguments::command()),
        Command::Version(options) => commands::version::run(&options),
    }
}

/// A command that speaks to a server does one thing after the other: one thread is enough.
fn wait(command: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(command);
    // A thread that waits for a terminal is left behind.
    runtime.shutdown_background();
    outcome
}
