//! Figures: what a benchmark found, as JSON lines for programs and as a table for people.

use serde_json::json;

/// One number with a name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Figure {
    /// Such as `turns.64.p99_ms`; units last.
    pub(crate) name: String,
    pub(crate) unit: &'static str,
    pub(crate) value: f64,
}

impl Figure {
    pub(crate) fn new(name: impl Into<String>, unit: &'static str, value: f64) -> Self {
        Self { name: name.into(), unit, value }
    }
}

/// The same figure of several runs.
#[derive(Debug, PartialEq)]
pub(crate) struct Summary {
    pub(crate) name: String,
    pub(crate) unit: &'static str,
    /// In the order of the runs.
    pub(crate) runs: Vec<f64>,
}

impl Summary {
    pub(crate) fn median(&self) -> f64 {
        median(&self.runs)
    }
}

/// The middle one, or of two middle ones the lower.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len().saturating_sub(1) / 2;
    sorted.get(middle).copied().unwrap_or(f64::NAN)
}

/// Gathers runs of the same benchmarks, in the order of the first run.
pub(crate) fn summarize(runs: &[Vec<Figure>]) -> Vec<Summary> {
    let Some(first) = runs.first() else {
        return Vec::new();
    };
    let summary = |figure: &Figure| Summary {
        name: figure.name.clone(),
        unit: figure.unit,
        runs: runs.iter().flatten().filter(|other| other.name == figure.name).map(|other| other.value).collect(),
    };
    first.iter().map(summary).collect()
}

/// Prints the figures of one run, each as a line of JSON.
pub(crate) fn print(figures: &[Figure]) {
    for Figure { name, unit, value } in figures {
        println!("{}", json!({ "figure": name, "unit": unit, "value": value }));
    }
}

/// Prints medians and the runs behind them, each as a line of JSON.
pub(crate) fn print_summaries(summaries: &[Summary]) {
    for summary in summaries {
        println!(
            "{}",
            json!({
                "figure": summary.name,
                "unit": summary.unit,
                "value": summary.median(),
                "runs": summary.runs,
            })
        );
    }
}

/// A table in Markdown: name and unit, then columns of numbers.
pub(crate) fn table(head: &[&str], rows: impl Iterator<Item = (String, Vec<f64>)>) -> String {
    let mut text = format!("| {} |\n|---|{}\n", head.join(" | "), "---:|".repeat(head.len() - 1));
    for (name, values) in rows {
        let cells: Vec<String> = values.into_iter().map(short).collect();
        text += &format!("| {name} | {} |\n", cells.join(" | "));
    }
    text
}

/// Three digits that count, or all before the point.
fn short(value: f64) -> String {
    match value.abs() {
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_gathered_by_name() {
        let run = |values: [f64; 2]| vec![Figure::new("a", "1/s", values[0]), Figure::new("b", "ms", values[1])];
        let summaries = summarize(&[run([3.0, 1.0]), run([1.0, 4.0]), run([2.0, 2.0])]);
        let medians: Vec<(&str, f64)> =
            summaries.iter().map(|summary| (summary.name.as_str(), summary.median())).collect();
        assert_eq!(medians, [("a", 2.0), ("b", 2.0)]);
        assert_eq!(summaries[0].runs, [3.0, 1.0, 2.0]);
        assert_eq!(median(&[4.0, 1.0]), 1.0);
    }

    #[test]
    fn a_table_is_markdown() {
        let rows = [("a, 1/s".to_owned(), vec![1234.5, 99.94]), ("b, ms".to_owned(), vec![0.125, 1.0])];
        assert_eq!(
            table(&["figure", "A", "B"], rows.into_iter()),
            "| figure | A | B |\n|---|---:|---:|\n| a, 1/s | 1234 | 99.9 |\n| b, ms | 0.12 | 1.00 |\n"
        );
    }
}
