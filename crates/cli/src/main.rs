//! The `everruns` binary: it wires the parts together and owns the life of the process.

mod descriptors;
mod dev;
mod keys;
mod log;
mod operator;
mod serve;
mod server;
mod sim;
mod system;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A turn is hundreds of small allocations on one thread that are freed on another; see docs/benchmarks.md.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs AI agents that do not lose their place.
#[derive(Parser)]
#[command(name = "everruns", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start a server for this machine alone: embedded database, simulated model, any key.
    Dev(dev::Options),
    /// Start a server that asks every caller for a key.
    Serve(serve::Options),
    /// Make, list and revoke keys of a server, whether it runs or not.
    Keys(keys::Options),
    /// Play seeded histories of the engine and hold the laws against each: races, faults, crashes.
    Sim(sim::Options),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Dev(options) => dev::run(options),
        Command::Serve(options) => serve::run(options),
        Command::Keys(options) => keys::run(options),
        Command::Sim(options) => sim::run(options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("everruns: {error:#}");
            ExitCode::FAILURE
        }
    }
}
