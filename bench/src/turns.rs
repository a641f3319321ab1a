//! `bench turns`: one model call per turn, and what of it is the disk's.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::agent::Agent;
use crate::figure::Figure;
use crate::latency::Latencies;
use crate::report::Run;
use crate::{disk, load};

/// The simulated model that answers the same few words at once: what is left is the server's own work.
pub(crate) const MODEL: &str = "llmsim/fixed";
/// How long the disk is looked at before the load, and after it again.
const DISK_TIME: Duration = Duration::from_secs(1);
/// A turn is two commits, and each is synced: its message, and its answer.
const COMMITS: f64 = 2.0;

#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) load: load::Options,
    /// The model that answers
    #[arg(long, default_value = MODEL)]
    pub(crate) model: String,
    /// Folder on the server's disk: times the disk right before and after the load, and what turns take beyond it
    #[arg(long)]
    pub(crate) disk: Option<PathBuf>,
}

pub(crate) async fn measure(options: &Options) -> anyhow::Result<Run> {
    let Options { load, model, disk } = options;
    let agent = Agent::create(&load.url, "bench-turns", model, &[]).await?;
    let sync = || disk.as_ref().map(|folder| disk::sync(folder, DISK_TIME)).transpose();
    let before = sync()?;
    let mut figures = load::drive(&agent, load).await?;
    let syncs = before.into_iter().chain(sync()?).collect::<Vec<_>>().concat();
    figures.extend(against_disk(&figures, &Latencies::new(syncs)));
    Ok(Run { name: load.name("turns"), kind: "turns", parameters: load.parameters(model), figures })
}

/// The median turn beside what the disk asks for its commits.
fn against_disk(figures: &[Figure], syncs: &Latencies) -> Vec<Figure> {
    let turn = figures.iter().find(|figure| figure.name == "p50_ms");
    let (Some(turn), Some(sync)) = (turn, syncs.percentile_ms(50)) else {
        return Vec::new();
    };
    let commits = COMMITS * sync;
    vec![
        Figure::new("fdatasync_p50_ms", sync),
        Figure::new("commits_ms", commits),
        Figure::new("p50_beyond_commits_ms", turn.value - commits),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_judged_against_the_disk() {
        let figures = [Figure::new("per_second", 400.0), Figure::new("p50_ms", 2.5)];
        let syncs = Latencies::new([1, 500, 900].map(Duration::from_micros).to_vec());
        let values: Vec<f64> = against_disk(&figures, &syncs).iter().map(|figure| figure.value).collect();
        assert_eq!(values, [0.5, 1.0, 1.5]);
        assert_eq!(against_disk(&figures, &Latencies::new(Vec::new())), []);
    }
}
