//! What the server did, in numbers that Prometheus reads. Labels are operation ids and status classes, nothing of any
//! tenant.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::StatusCode;

use crate::state::App;

/// Upper bounds of the durations that are told apart, microseconds.
const BOUNDS_MICROS: [u64; 10] = [500, 1_000, 2_500, 5_000, 10_000, 25_000, 100_000, 500_000, 2_500_000, 10_000_000];
/// Classes of statuses.
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];
/// The operation of what is no operation of the API.
const OTHER: &str = "other";

/// The counts of one operation.
#[derive(Debug, Default)]
struct Operation {
    by_class: [AtomicU64; CLASSES.len()],
    /// The last one counts what took longer.
    by_duration: [AtomicU64; BOUNDS_MICROS.len() + 1],
    micros: AtomicU64,
}

/// The counts of all operations.
#[derive(Debug)]
pub(crate) struct Metrics {
    /// By the place of the operation; the last one is everything else.
    operations: Vec<(String, Operation)>,
}

impl Metrics {
    /// For these operations.
    pub(crate) fn of(operations: impl Iterator<Item = String>) -> Self {
        let names = operations.chain([OTHER.to_owned()]);
        Self { operations: names.map(|name| (name, Operation::default())).collect() }
    }

    /// Counts an answer to the operation at this place.
    pub(crate) fn count(&self, place: Option<usize>, status: StatusCode, micros: u64) {
        let place = place.unwrap_or(self.operations.len() - 1);
        let Some((_, operation)) = self.operations.get(place) else { return };
        let class = usize::from(status.as_u16() / 100).clamp(1, CLASSES.len()) - 1;
        let bucket = BOUNDS_MICROS.partition_point(|bound| *bound < micros);
        operation.by_class[class].fetch_add(1, Ordering::Relaxed);
        operation.by_duration[bucket].fetch_add(1, Ordering::Relaxed);
        operation.micros.fetch_add(micros, Ordering::Relaxed);
    }

    fn write(&self, text: &mut Text) {
        text.head("everruns_http_requests_total", "counter", "Requests by operation and class of status.");
        for (name, operation) in &self.operations {
            for (class, count) in CLASSES.iter().zip(&operation.by_class) {
                let count = count.load(Ordering::Relaxed);
                if count > 0 {
                    text.line(
                        &format!("everruns_http_requests_total{{operation=\"{name}\",status=\"{class}\"}}"),
                        count,
                    );
                }
            }
        }
        let name = "everruns_http_request_seconds";
        text.head(name, "histogram", "Time until the head of the answer; of a stream, until it begins.");
        for (operation, counts) in &self.operations {
            let counted: Vec<u64> = counts.by_duration.iter().map(|count| count.load(Ordering::Relaxed)).collect();
            let total: u64 = counted.iter().sum();
            if total == 0 {
                continue;
            }
            let mut below = 0;
            for (bound, count) in BOUNDS_MICROS.iter().zip(&counted) {
                below += count;
                let bound = *bound as f64 / 1e6;
                text.line(&format!("{name}_bucket{{operation=\"{operation}\",le=\"{bound}\"}}"), below);
            }
            text.line(&format!("{name}_bucket{{operation=\"{operation}\",le=\"+Inf\"}}"), total);
            let seconds = counts.micros.load(Ordering::Relaxed) as f64 / 1e6;
            text.line(&format!("{name}_sum{{operation=\"{operation}\"}}"), seconds);
            text.line(&format!("{name}_count{{operation=\"{operation}\"}}"), total);
        }
    }
}

/// The exposition format, as it grows.
#[derive(Default)]
struct Text(String);

impl Text {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, series: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.0, "{series} {value}");
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
        self.head(name, kind, help);
        self.line(name, value);
    }
}

/// Everything there is to tell.
pub(crate) fn text(app: &App, process: Process) -> String {
    let mut text = Text::default();
    app.metrics.write(&mut text);
    text.one("everruns_open_streams", "gauge", "Event streams that are open.", app.streams.open());
    text.one("everruns_running_turns", "gauge", "Turns that this process runs.", app.engine.running_turns());
    let help = "Times that this process took a turn up, to its end or until it was parked or handed over.";
    text.one("everruns_turn_runs_total", "counter", help, app.engine.turn_runs());
    let store = app.engine.store().counters();
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    text.one("everruns_store_statements_total", "counter", "Statements run.", count(&store.statements));
    text.one("everruns_store_commits_total", "counter", "Transactions committed.", count(&store.commits));
    text.one("everruns_store_events_total", "counter", "Events written.", count(&store.events));
    let gauges = [
        ("process_resident_memory_bytes", "Memory in use.", process.memory_bytes),
        ("process_open_fds", "Open file descriptors.", process.descriptors),
        ("process_max_fds", "File descriptors that may be open.", process.descriptors_max),
    ];
    for (name, help, value) in gauges {
        if let Some(value) = value {
            text.one(name, "gauge", help, value);
        }
    }
    text.0
}

/// What the system knows of the process; nothing where there is no `/proc`.
#[derive(Debug, Default)]
pub(crate) struct Process {
    memory_bytes: Option<u64>,
    descriptors: Option<u64>,
    descriptors_max: Option<u64>,
}

impl Process {
    /// Reads it; this takes a moment when many files are open.
    pub(crate) fn read() -> Self {
        let file = |name: &str| std::fs::read_to_string(format!("/proc/self/{name}")).unwrap_or_default();
        let field = |text: &str, start: &str, place: usize| {
            let line = text.lines().find_map(|line| line.strip_prefix(start))?;
            line.split_whitespace().nth(place)?.parse::<u64>().ok()
        };
        let files = std::fs::read_dir("/proc/self/fd").ok();
        Self {
            memory_bytes: field(&file("status"), "VmRSS:", 0).map(|kilobytes| kilobytes * 1_024),
            descriptors: files.map(|files| files.count() as u64),
            descriptors_max: field(&file("limits"), "Max open files", 0),
        }
    }
}
