//! Load generator and reporter: what Everruns does per second, and what it costs.
//!
//! `bench run --binary target/release/everruns` measures everything and prints the table of docs/benchmarks.md;
//! `bench compare A B` tells two builds apart; the other commands are single measurements. Each run is one line of JSON. The
//! process uses one thread and speaks HTTP by hand, because it shares the machine with the server it measures. It talks
//! to this machine alone.

mod agent;
mod canned;
mod chunked;
mod clock;
mod cold;
mod compare;
mod counters;
mod creates;
mod data_folder;
mod deltas;
mod disk;
mod events;
mod fanout;
mod figure;
mod first;
mod floor;
mod goal;
mod history;
mod http;
mod idle;
mod latency;
mod load;
mod long;
mod open_files;
mod overhead;
mod pages;
mod plain;
mod probe;
mod process;
mod provider;
mod providers;
mod report;
mod run;
mod script;
mod server;
mod standard;
mod stream;
mod target;
mod told;
mod tools;
mod turns;
mod watch;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Measures an Everruns server on this machine")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Turns per second and their latency
    Turns(turns::Options),
    /// The same for turns with one tool call
    Tools(tools::Options),
    /// Sessions made per second
    Creates(creates::Options),
    /// Memory of the server per open event stream on which nothing happens
    Idle(idle::Options),
    /// From start to the first answer; size and memory of the binary
    Cold(cold::Options),
    /// One session with many readers
    Fanout(fanout::Options),
    /// Pages of the event list
    Pages(pages::Options),
    /// A session with a long past against short ones
    Long(long::Options),
    /// From a provider's words to a reader of the event stream, many at once
    Providers(providers::Options),
    /// What the server adds to the time to the first word
    First(first::Options),
    /// What the load generator can do, against a server that does nothing
    Floor(floor::Options),
    /// Everything, on servers it starts itself
    Run(run::Options),
    /// Everything, on two binaries in turns
    Compare(compare::Options),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    open_files::raise()?;
    match cli.command {
        Command::Turns(options) => report::print(&turns::measure(&options).await?),
        Command::Tools(options) => report::print(&tools::measure(&options).await?),
        Command::Creates(options) => report::print(&creates::measure(&options).await?),
        Command::Idle(options) => report::print(&idle::measure(&options).await?),
        Command::Cold(options) => report::print(&cold::measure(&options).await?),
        Command::Fanout(options) => report::print(&fanout::measure(&options).await?),
        Command::Pages(options) => report::print(&pages::measure(&options).await?),
        Command::Long(options) => report::print(&long::measure(&options).await?),
        Command::Providers(options) => report::print(&providers::measure(&options).await?),
        Command::First(options) => report::print(&first::measure(&options).await?),
        Command::Floor(options) => report::print(&floor::measure(&options).await?),
        Command::Run(options) => run::run(&options).await?,
        Command::Compare(options) => compare::run(&options).await?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
