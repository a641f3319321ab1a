//! `bench run`: the standard set on one binary.

use std::path::PathBuf;

use clap::Args;

use crate::figure::{Summary, short, summarize, table};
use crate::report::Run;
use crate::{goal, standard};

/// Runs if nobody says otherwise.
const RUNS: u8 = 3;

#[derive(Args)]
pub(crate) struct Options {
    /// The binary to start
    #[arg(long)]
    binary: PathBuf,
    #[command(flatten)]
    standard: standard::Options,
}

/// Prints a line for each run as it ends, and at last the medians beside their goals.
pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    let Options { binary, standard } = options;
    let mut figures = Vec::new();
    for _ in 0..standard.repeat.unwrap_or(RUNS) {
        for kind in standard.kinds() {
            let runs = standard::measure(kind, binary, standard).await?;
            figures.extend(runs.iter().flat_map(Run::rows));
        }
    }
    let rows = summarize(figures).into_iter().filter(Summary::is_shown).map(|summary| {
        let values: Vec<String> = summary.values.iter().copied().map(short).collect();
        let [goal, reached] = goal::cells(&summary);
        vec![summary.name.clone(), short(summary.median()), goal, reached, values.join(" ")]
    });
    println!("\n{}", table(&["figure", "median", "goal", "reached", "runs"], rows));
    Ok(())
}
