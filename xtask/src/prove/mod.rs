//! Proofs: each shows one promise of the project on this machine and prints its figure.
//!
//! A proof is a file here and a row in `PROOFS`. It returns the figure it measured, or an error that says which part of
//! the promise did not hold.

mod client_tools;
mod conformance;
mod cuts;
mod disk_full;
mod figures;
mod forks;
mod fsync;
mod kill;
mod lists;
mod long_session;
mod memory;
mod mutations;
mod page;
mod providers;
mod random;
mod readers;
mod schemathesis;
mod sdk;
mod sdk_rust;
mod server;
mod signals;
mod simulation;
mod soak;
mod tenants;
mod test_run;
mod turns;
mod wire;

use anyhow::{Context as _, anyhow, bail};

/// One promise that can be shown.
struct Proof {
    name: &'static str,
    /// What is true when the proof passes.
    shows: &'static str,
    /// Returns the figure, as one line for people.
    run: fn(Options) -> anyhow::Result<String>,
}

/// What a run can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Options {
    /// The seed of the dice, for proofs that roll some.
    seed: u64,
    /// How long a proof that takes its time shall take.
    seconds: u64,
}

/// Those of a run that names none.
const OPTIONS: Options = Options { seed: 1, seconds: 600 };

/// All proofs, instead of a name.
const ALL: &str = "all";

#[rustfmt::skip]
const PROOFS: &[Proof] = &[
    Proof { name: "conformance", shows: "the store means the same on SQLite and on PostgreSQL", run: |_| conformance::run() },
    Proof { name: "tenants", shows: "what one organization makes is not there for another, on every route", run: |_| tenants::run() },
    Proof { name: "sdk", shows: "the published Python SDK runs against this server, unchanged", run: |_| sdk::run() },
    Proof { name: "sdk-rust", shows: "each method of the published Rust SDK works against this server", run: |_| wait_for(sdk_rust::run()) },
    Proof { name: "schemathesis", shows: "the server answers what its OpenAPI document says, whatever it is sent (--seed N)", run: |options| wait_for(schemathesis::run(options.seed)) },
    Proof { name: "page", shows: "people can work with the page: it is quick, safe, and usable by all", run: |_| wait_for(page::run()) },
    Proof { name: "kill", shows: "no kill, pause or stop loses, doubles or breaks off a turn (--seed N)", run: |options| wait_for(kill::run(options.seed)) },
    Proof { name: "cuts", shows: "streams that are cut or opened anywhere are the log (--seed N)", run: |options| wait_for(cuts::run(options.seed)) },
    Proof { name: "disk-full", shows: "a full disk refuses, holds and loses nothing (needs root, --seed N)", run: |options| wait_for(disk_full::run(options.seed)) },
    Proof { name: "fsync", shows: "after a failed sync the server ends, and nothing it said is untrue (--seed N)", run: |options| wait_for(fsync::run(options.seed)) },
    Proof { name: "readers", shows: "slow and dead readers cost bounded memory and delay nobody", run: |_| wait_for(readers::run()) },
    Proof { name: "soak", shows: "memory does not grow with time (--seconds N, --seed N)", run: |options| wait_for(soak::run(options.seed, options.seconds)) },
    Proof { name: "client-tools", shows: "a turn that waits for its client outlives crashes", run: |_| wait_for(client_tools::run()) },
    Proof { name: "signals", shows: "a server stops when asked to, and only one runs on a port or directory", run: |_| wait_for(signals::run()) },
    Proof { name: "simulation", shows: "no law breaks in 100,000 seeded histories of races, faults and crashes", run: |_| wait_for(simulation::run()) },
    Proof { name: "forks", shows: "a fork of 100,000 events and 1,000 files takes ≤ 50 ms and ≤ 1 MB", run: |_| wait_for(forks::run()) },
    Proof { name: "lists", shows: "a log of 1,000,000 events is listed, searched and counted in bounded memory", run: |_| wait_for(lists::run()) },
    Proof { name: "mutations", shows: "the simulation finds a mutation of the code for each of its laws", run: |_| mutations::run() },
    Proof { name: "providers", shows: "whatever a model provider does wrong, the turn ends once and the session lives (docs/faults.md)", run: |_| wait_for(providers::run()) },
    Proof { name: "foreign", shows: "requests are those of the official packages, and LiteLLM's proxy is a provider like any other", run: |_| wait_for(providers::foreign::run()) },
    Proof { name: "figures", shows: "how fast it is on this machine (docs/benchmarks.md)", run: |_| figures::run() },
];

/// Runs the named proof, or all of them; without a name, lists them.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (names, options) = parse(&words)?;
    match names {
        [] => {
            for proof in PROOFS {
                println!("{:<14} {}", proof.name, proof.shows);
            }
            Ok(())
        }
        [ALL] => run_all(options),
        [name] => {
            let proof = find(name)?;
            println!("{}: {}", proof.name, (proof.run)(options)?);
            Ok(())
        }
        _ => bail!("takes one name, or `{ALL}`, and perhaps --seed NUMBER and --seconds NUMBER"),
    }
}

/// The names, and the options behind them.
fn parse<'a>(words: &'a [&'a str]) -> anyhow::Result<(&'a [&'a str], Options)> {
    let mut options = OPTIONS;
    let mut names = words;
    while let [before @ .., option @ ("--seed" | "--seconds"), number] = names {
        let number = number.parse().with_context(|| format!("{option} takes a whole number"))?;
        if *option == "--seed" {
            options.seed = number
        } else {
            options.seconds = number
        }
        names = before;
    }
    Ok((names, options))
}

/// Runs every proof, whatever becomes of the others, and shows the figures together.
fn run_all(options: Options) -> anyhow::Result<()> {
    let mut lines = Vec::new();
    let mut failed = 0;
    for proof in PROOFS {
        println!("==> {}", proof.name);
        let result = (proof.run)(options);
        failed += usize::from(result.is_err());
        lines.push(match result {
            Ok(figure) => format!("ok      {}: {figure}", proof.name),
            Err(error) => format!("FAILED  {}: {error:#}", proof.name),
        });
    }
    println!("==> summary");
    lines.iter().for_each(|line| println!("{line}"));
    if failed > 0 {
        bail!("{failed} of {} proofs failed", PROOFS.len());
    }
    Ok(())
}

/// Runs a proof that does several things at once.
fn wait_for(proof: impl Future<Output = anyhow::Result<String>>) -> anyhow::Result<String> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(proof)
}

fn find(name: &str) -> anyhow::Result<&'static Proof> {
    PROOFS
        .iter()
        .find(|proof| proof.name == name)
        .ok_or_else(|| anyhow!("no proof is called {name:?}; `cargo xtask prove` lists them"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_proof_is_found_by_its_own_name() {
        for proof in PROOFS {
            assert_eq!(find(proof.name).unwrap().shows, proof.shows);
        }
        assert!(find("nothing").is_err());
        assert!(find(ALL).is_err(), "the word is taken");
    }

    #[test]
    fn options_stand_behind_the_name() {
        #[track_caller]
        fn check(words: &[&str], expected: Option<(&[&str], u64, u64)>) {
            let parsed = parse(words).ok().map(|(names, options)| (names, options.seed, options.seconds));
            assert_eq!(parsed, expected, "{words:?}");
        }
        check(&[], Some((&[], 1, 600)));
        check(&["kill", "--seed", "7"], Some((&["kill"], 7, 600)));
        check(&["soak", "--seconds", "60", "--seed", "2"], Some((&["soak"], 2, 60)));
        check(&["soak", "--seconds", "long"], None);
    }
}
