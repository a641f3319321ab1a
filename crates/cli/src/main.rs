//! The `everruns` binary: it wires the parts together and owns the life of the process.

mod dev;
mod log;
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
    /// Play seeded histories of the engine and hold the laws against each: races, faults, crashes.
    Sim(sim::Options),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Dev(options) => dev::run(options),
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
