//! One run of one benchmark: what was measured, how, and all its figures, as one line of JSON.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::figure::Figure;

/// What one run of a benchmark found.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// Such as `turns.64`; together with a figure's name the name of a row.
    pub(crate) name: String,
    /// Which benchmark it was.
    pub(crate) kind: &'static str,
    /// A JSON object: how it was run.
    pub(crate) parameters: Value,
    pub(crate) figures: Vec<Figure>,
}

impl Run {
    /// The figures by their whole names.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Figure> {
        self.figures.iter().map(|figure| Figure::new(format!("{}.{}", self.name, figure.name), figure.value))
    }

    /// The run as a JSON object on one line.
    pub(crate) fn line(&self, subject: &Subject) -> String {
        let figures: Map<String, Value> =
            self.figures.iter().map(|figure| (figure.name.clone(), json!(rounded(figure.value)))).collect();
        let Self { name, kind, parameters, .. } = self;
        let Subject { binary, commit } = subject;
        json!({
            "run": name,
            "kind": kind,
            "binary": binary,
            "commit": commit,
            "parameters": parameters,
            "figures": figures,
        })
        .to_string()
    }
}

/// Six digits behind the point: a nanosecond, if the unit is a millisecond.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// What was measured; nothing is known of a server that somebody else started.
#[derive(Clone, Debug, Default)]
pub(crate) struct Subject {
    pub(crate) binary: Option<String>,
    pub(crate) commit: Option<String>,
}

impl Subject {
    pub(crate) fn new(binary: &Path, commit: Option<String>) -> Self {
        Self { binary: Some(binary.display().to_string()), commit }
    }
}

/// Prints the run of a single measurement.
pub(crate) fn print(run: &Run) {
    println!("{}", run.line(&Subject::default()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_one_line() {
        let run = Run {
            name: "turns.64".to_owned(),
            kind: "turns",
            parameters: json!({ "clients": 64 }),
            figures: vec![Figure::new("per_second", 4_000.5), Figure::new("p50_ms", 15.000_000_01)],
        };
        assert_eq!(
            run.line(&Subject::new(Path::new("a/everruns"), Some("b46c566".to_owned()))),
            r#"{"binary":"a/everruns","commit":"b46c566","figures":{"p50_ms":15.0,"per_second":4000.5},"kind":"turns","parameters":{"clients":64},"run":"turns.64"}"#
        );
        assert!(run.line(&Subject::default()).contains(r#""commit":null"#));
        let rows: Vec<String> = run.rows().map(|figure| figure.name).collect();
        assert_eq!(rows, ["turns.64.per_second", "turns.64.p50_ms"]);
    }
}
