//! `bench turns`: one model call per turn, and what of it is the disk's.

use std::path::PathBuf;

use clap::Args;

use crate::agent::Agent;
use crate::figure::Figure;
use crate::report::Run;
use crate::{disk, load};

/// The simulated model that answers the same few words at once: what is left is the server's own work.
pub(crate) const MODEL: &str = "llmsim/fixed";
/// One that speaks word by word, so that the first words are written before the answer is done.
pub(crate) const MODEL_OF_WORDS: &str = "llmsim/lorem?tokens=10&token_ms=5";
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
    let before = disk.as_deref().map(disk::typical_ms).transpose()?;
    let mut figures = load::drive(&agent, load).await?;
    let after = disk.as_deref().map(disk::typical_ms).transpose()?;
    figures.extend(against_disk(&figures, before, after));
    Ok(Run { name: load.name(&kind_of(model)), kind: "turns", parameters: load.parameters(model), figures })
}

/// `turns`, and for another than the usual model also its behaviour.
fn kind_of(model: &str) -> String {
    let name = model.split_once('?').map_or(model, |(name, _)| name);
    let behaviour = name.rsplit('/').next().unwrap_or(name);
    if name == MODEL { "turns".to_owned() } else { format!("turns.{behaviour}") }
}

/// The median turn beside what the disk asks for its commits. Of the two medians the lower one counts: a disk that others
/// kept busy at one time must not excuse a slow turn.
fn against_disk(figures: &[Figure], before: Option<f64>, after: Option<f64>) -> Vec<Figure> {
    let turn = figures.iter().find(|figure| figure.name == "p50_ms");
    let (Some(turn), Some(before), Some(after)) = (turn, before, after) else {
        return Vec::new();
    };
    let sync = before.min(after);
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
    fn another_model_is_another_kind() {
        assert_eq!(kind_of(MODEL), "turns");
        assert_eq!(kind_of(MODEL_OF_WORDS), "turns.lorem");
    }

    #[test]
    fn a_turn_is_judged_against_the_disk() {
        let figures = [Figure::new("per_second", 400.0), Figure::new("p50_ms", 2.5)];
        let found = against_disk(&figures, Some(0.5), Some(4.0));
        let values: Vec<f64> = found.iter().map(|figure| figure.value).collect();
        assert_eq!(values, [0.5, 1.0, 1.5]);
        assert_eq!(against_disk(&figures, None, None), []);
    }
}
