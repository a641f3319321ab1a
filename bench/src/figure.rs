//! Figures: numbers with a name, their medians over several runs, and how a table shows them.

/// One number with a name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Figure {
    /// Such as `p99_ms`; the unit stands last.
    pub(crate) name: String,
    pub(crate) value: f64,
}

impl Figure {
    pub(crate) fn new(name: impl Into<String>, value: f64) -> Self {
        Self { name: name.into(), value }
    }
}

/// The same figure of several runs.
#[derive(Debug, PartialEq)]
pub(crate) struct Summary {
    pub(crate) name: String,
    /// In the order of the runs.
    pub(crate) values: Vec<f64>,
}

impl Summary {
    pub(crate) fn median(&self) -> f64 {
        median(&self.values)
    }

    /// Whether it belongs into a table for people; all figures stand in the lines of JSON.
    pub(crate) fn is_shown(&self) -> bool {
        const DETAILS: [&str; 2] = ["p90_ms", "max_ms"];
        !DETAILS.iter().any(|detail| self.name.ends_with(detail)) && !self.name.contains(".events_per_")
    }
}

/// The middle one, or of two middle ones the lower.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len().saturating_sub(1) / 2;
    sorted.get(middle).copied().unwrap_or(f64::NAN)
}

/// Gathers figures of the same name, in the order in which the names came first.
pub(crate) fn summarize(figures: impl IntoIterator<Item = Figure>) -> Vec<Summary> {
    let mut summaries: Vec<Summary> = Vec::new();
    for Figure { name, value } in figures {
        match summaries.iter_mut().find(|summary| summary.name == name) {
            Some(summary) => summary.values.push(value),
            None => summaries.push(Summary { name, values: vec![value] }),
        }
    }
    summaries
}

/// A table in Markdown; all columns but the first are numbers.
pub(crate) fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut text = format!("| {} |\n|---|{}\n", head.join(" | "), "---:|".repeat(head.len() - 1));
    for cells in rows {
        text += &format!("| {} |\n", cells.join(" | "));
    }
    text
}

/// Three digits that count, or all before the point.
pub(crate) fn short(value: f64) -> String {
    match value.abs() {
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        1.0.. => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_gathered_by_name() {
        let run = |a: f64, b: f64| [Figure::new("a", a), Figure::new("b", b)];
        let summaries = summarize([run(3.0, 1.0), run(1.0, 4.0), run(2.0, 2.0)].concat());
        let medians: Vec<(&str, f64)> =
            summaries.iter().map(|summary| (summary.name.as_str(), summary.median())).collect();
        assert_eq!(medians, [("a", 2.0), ("b", 2.0)]);
        assert_eq!(summaries[0].values, [3.0, 1.0, 2.0]);
        assert_eq!(median(&[4.0, 1.0]), 1.0);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn a_table_is_markdown() {
        let rows = [vec!["a".to_owned(), short(1234.5), short(99.94)], vec!["b".to_owned(), short(0.1251), short(1.0)]];
        assert_eq!(
            table(&["figure", "A", "B"], rows),
            "| figure | A | B |\n|---|---:|---:|\n| a | 1234 | 99.9 |\n| b | 0.125 | 1.00 |\n"
        );
    }
}
