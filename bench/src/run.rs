//! `bench run`: the standard set on one binary.

use std::path::PathBuf;

use clap::Args;

use crate::figure::{print_summaries, summarize, table};
use crate::standard;

#[derive(Args)]
pub(crate) struct Options {
    /// The binary to start
    #[arg(long)]
    binary: PathBuf,
    #[command(flatten)]
    standard: standard::Options,
}

pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    let mut runs = Vec::new();
    for number in 0..options.standard.repeat {
        let run = standard::measure(&options.binary, &options.standard, number.into());
        runs.push(run.await?);
    }
    let summaries = summarize(&runs);
    print_summaries(&summaries);
    let rows = summaries.iter().map(|one| (one.name.clone(), vec![one.median()]));
    println!("\n{}", table(&["figure", "median"], rows));
    Ok(())
}
