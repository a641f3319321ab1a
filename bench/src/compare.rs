//! `bench compare`: the standard set on two binaries in turns, so that both meet the same moods of the machine.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::figure::{Summary, summarize, table};
use crate::standard;

#[derive(Args)]
pub(crate) struct Options {
    /// The first binary
    a: PathBuf,
    /// The second binary; ratios are its figures by those of the first
    b: PathBuf,
    #[command(flatten)]
    standard: standard::Options,
}

pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    let mut runs = [Vec::new(), Vec::new()];
    for number in 0..usize::from(options.standard.repeat) {
        for (which, binary) in [&options.a, &options.b].into_iter().enumerate() {
            let run = standard::measure(binary, &options.standard, 2 * number + which);
            runs[which].push(run.await?);
        }
    }
    let [a, b] = runs.map(|runs| summarize(&runs));
    let pairs = pairs(&a, &b);
    for (name, [a, b, ratio]) in &pairs {
        println!("{}", json!({ "figure": name, "a": a, "b": b, "ratio": ratio }));
    }
    let rows = pairs.into_iter().map(|(name, values)| (name, values.to_vec()));
    println!("\n{}", table(&["figure", "A", "B", "B/A"], rows));
    Ok(())
}

/// The medians of both and their ratio, for figures that both have.
fn pairs(a: &[Summary], b: &[Summary]) -> Vec<(String, [f64; 3])> {
    a.iter()
        .filter_map(|one| {
            let other = b.iter().find(|other| other.name == one.name)?;
            let (a, b) = (one.median(), other.median());
            Some((one.name.clone(), [a, b, b / a]))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_of_figures_that_both_have() {
        let summary = |name: &str, value: f64| Summary { name: name.to_owned(), unit: "ms", runs: vec![value] };
        let a = [summary("x", 2.0), summary("only a", 1.0)];
        let b = [summary("only b", 1.0), summary("x", 3.0)];
        assert_eq!(pairs(&a, &b), [("x".to_owned(), [2.0, 3.0, 1.5])]);
    }
}
