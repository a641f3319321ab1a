//! `docs/faults.md`: the table and the figures of a run, for people.

use std::fmt::Write as _;
use std::time::Duration;

use super::canary::Searched;
use super::cancel::Taken;
use super::cell::Cell;
use super::fault::FAULTS;
use super::stand_in;
use super::vendor::VENDORS;

const HEAD: &str = "\
# When a provider fails

Each row is something that a model provider does wrong, each column a format in which it does: `openai` (Responses),
`openai_completions` (Chat Completions), `anthropic`, `gemini`, `bedrock` (Converse). A cell tells what became of the turn:
answered, or the `error_code` it failed with; how often the model was called (`metadata.retry` of `llm.generation`); and
whether readers were told to drop what they had been shown (`reason.recovered`). The letter is the order of the events,
below. In each cell the turn had one end, the next message in the same session was answered, and the request for it was one
that the provider takes.
";

/// What a run found.
pub(super) struct Found<'a> {
    /// The day, `2026-01-31`.
    pub(super) day: &'a str,
    /// By fault, then by vendor.
    pub(super) cells: &'a [Cell],
    pub(super) cancels: &'a [Taken],
    pub(super) searched: Searched,
}

/// The page.
pub(super) fn page(found: &Found<'_>) -> String {
    let mut page = HEAD.to_owned();
    let clocks = "until connected 1 s, until the head 2 s, until the first content 3 s, between contents 1 s";
    let _ = writeln!(
        page,
        "\nWritten by `cargo xtask prove providers` on {}, against the provider that plays (models.md). The clocks were short \
         for it: {clocks}.\n",
        found.day
    );
    let mut logs: Vec<&str> = Vec::new();
    let vendors: Vec<&str> = VENDORS.iter().map(|vendor| vendor.provider_type).collect();
    let _ = writeln!(page, "| fault | {} |", vendors.join(" | "));
    let _ = writeln!(page, "|---|{}", "---|".repeat(vendors.len()));
    for (fault, row) in FAULTS.iter().zip(found.cells.chunks(vendors.len())) {
        let _ = write!(page, "| {} |", fault.name);
        for cell in row {
            let known = logs.iter().position(|log| *log == cell.log).unwrap_or_else(|| {
                logs.push(&cell.log);
                logs.len() - 1
            });
            let _ = write!(page, " {} ({}) |", cell.told, letter(known));
        }
        page.push('\n');
    }
    for fault in FAULTS {
        for (vendor, _, why) in fault.except {
            let _ = writeln!(page, "\n{vendor}, {}: {why}.", fault.name);
        }
    }
    page.push_str("\n## The order of events\n\nSeveral of one type in a row are told once.\n\n");
    for (place, log) in logs.iter().enumerate() {
        let _ = writeln!(page, "- **{}**: {log}", letter(place));
    }
    let _ = writeln!(
        page,
        "\n## Models that stand in\n\nWith `first|second` as its model, a session is answered by the second when the first \
         fails; here each format stood in for another. The log:\n{}.\n\n## Circuit breakers\n\nFive failures in a row open \
         it; then turns fail at once with `provider_unavailable` and the provider is left alone. After 30 s one call is let \
         through, and two good ones close it. `POST /v1/durable/circuit-breakers/{{key}}/close` closes it at once, `DELETE` \
         forgets it: both were done, and the model was asked again.",
        stand_in::LOG
    );
    let count: usize = found.cancels.iter().map(|taken| taken.times.len()).sum();
    let _ = writeln!(
        page,
        "\n## Cancels\n\n{count} turns were cancelled. From the call to the moment when the provider saw its socket closed:\n\n\
         | where the answer was | cancels | p50 | longest |\n|---|---|---|---|"
    );
    for Taken { place, times } in found.cancels {
        let (half, longest) = half_and_longest(times);
        let _ = writeln!(page, "| {place} | {} | {half:.1} ms | {longest:.1} ms |", times.len());
    }
    let Searched { routes, answers, found: whole, events, files, bytes } = found.searched;
    let _ = writeln!(
        page,
        "\n## The key\n\nAll providers had the same key, and some repeated it in their errors. It was looked for in {events} \
         events, in {answers} answers ({whole} of them no errors) of {routes} GET routes, and in {files} files: the database and \
         the log at `debug`, {} KiB. It was nowhere.",
        bytes / 1_024
    );
    page
}

/// The median and the longest of times that are sorted, milliseconds.
pub(super) fn half_and_longest(times: &[Duration]) -> (f64, f64) {
    let millis = |place: usize| times.get(place).map_or(f64::NAN, |time| time.as_secs_f64() * 1_000.0);
    (millis(times.len() / 2), millis(times.len().saturating_sub(1)))
}

fn letter(place: usize) -> char {
    u8::try_from(place).map_or('?', |place| char::from(b'A' + place))
}
