//! `bench compare`: the standard set on two binaries in turns, so that both meet the same moods of the machine.

use std::path::PathBuf;

use clap::Args;

use crate::figure::{Summary, median, short, summarize, table};
use crate::report::Run;
use crate::standard;

/// Pairs of runs if nobody says otherwise.
const PAIRS: u8 = 5;
/// Fewer pairs agree by chance too often: of 3 in 1 of 4 figures, of 5 still in 1 of 16.
const PAIRS_MIN: usize = 5;

#[derive(Args)]
pub(crate) struct Options {
    /// The first binary
    a: PathBuf,
    /// The second binary; ratios are its figures by those of the first
    b: PathBuf,
    #[command(flatten)]
    standard: standard::Options,
}

/// Prints a line for each run as it ends, and at last the ratios.
pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    let Options { a, b, standard } = options;
    let mut figures = [Vec::new(), Vec::new()];
    for kind in standard.kinds() {
        for round in 0..standard.repeat.unwrap_or(PAIRS) {
            // Who goes second may find the machine warmer or the disk busier, so they take turns in that too.
            let mut pair = [(0, a), (1, b)];
            if round % 2 == 1 {
                pair.reverse();
            }
            for (which, binary) in pair {
                let runs = standard::measure(kind, binary, standard).await?;
                figures[which].extend(runs.iter().flat_map(Run::rows));
            }
        }
    }
    let [a, b] = figures.map(summarize);
    let rows = a.iter().filter(|one| one.is_shown()).filter_map(|one| {
        let other = b.iter().find(|other| other.name == one.name)?;
        let ratio = Ratio::new(one, other);
        let cells = [one.median(), other.median(), ratio.median, ratio.min, ratio.max].map(short);
        let verdict = ratio.verdict().to_owned();
        Some([&[one.name.clone()][..], &cells, &[verdict]].concat())
    });
    println!("\n{}", table(&["figure", "A", "B", "B/A", "min", "max", ""], rows));
    Ok(())
}

/// The ratios of the pairs of runs: those that followed each other.
#[derive(Debug, PartialEq)]
struct Ratio {
    median: f64,
    min: f64,
    max: f64,
    pairs: usize,
}

impl Ratio {
    fn new(a: &Summary, b: &Summary) -> Self {
        let ratios: Vec<f64> = a.values.iter().zip(&b.values).map(|(a, b)| b / a).collect();
        Self {
            median: median(&ratios),
            min: ratios.iter().copied().fold(f64::INFINITY, f64::min),
            max: ratios.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            pairs: ratios.len(),
        }
    }

    /// A difference is one if all of enough pairs agree on it.
    fn verdict(&self) -> &'static str {
        match self {
            Self { pairs: ..PAIRS_MIN, .. } => "",
            Self { min: 1.0.., median: 1.02.., .. } => "more",
            Self { max: ..=1.0, median: ..=0.98, .. } => "less",
            _ => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_that_followed_each_other_make_a_ratio() {
        #[track_caller]
        fn check(a: &[f64], b: &[f64], expected: [f64; 3], verdict: &str) {
            let summary = |values: &[f64]| Summary { name: "x".to_owned(), values: values.to_vec() };
            let ratio = Ratio::new(&summary(a), &summary(b));
            assert_eq!(([ratio.median, ratio.min, ratio.max], ratio.verdict()), (expected, verdict));
        }
        check(&[2.0, 4.0, 8.0, 2.0, 2.0], &[3.0, 8.0, 10.0, 3.0, 3.0], [1.5, 1.25, 2.0], "more");
        check(&[2.0, 4.0, 8.0, 2.0, 2.0], &[1.0, 2.0, 10.0, 1.0, 1.0], [0.5, 0.5, 1.25], "");
        check(&[2.0, 4.0, 8.0, 2.0, 2.0], &[1.0, 2.0, 6.0, 1.0, 1.0], [0.5, 0.5, 0.75], "less");
        check(&[2.0, 4.0], &[1.0, 2.0], [0.5, 0.5, 0.5], "");
        check(&[1.0; 5], &[1.01; 5], [1.01; 3], "");
    }
}
