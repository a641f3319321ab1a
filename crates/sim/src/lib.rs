//! Seeded histories: the real engine over the real store, in a world that one seed decides.
//!
//! Everything runs on one thread with a stopped clock. Whatever a node asks of the outside (an operation of the
//! database, a part of a model's answer, the end of a tool) waits on a desk until the scheduler picks it; between two
//! picks all laws that can be seen from outside are held against the log, the readers and the effects. A crash drops
//! the process with all that it has not committed and opens the same database again. The same seed gives the same
//! history, so a history that breaks a law is kept as a number.

mod client;
mod desk;
mod dice;
mod gate;
mod hear;
mod history;
mod laws;
mod model;
mod mood;
mod place;
mod reader;
mod source;
mod steps;
mod tools;
mod watch;
mod words;
mod world;

pub use history::Report;
pub use place::Place;

/// Seeds that once broke a law, one a line behind a comment on what they found. They are played for ever.
pub const KEPT: &str = include_str!("../seeds.txt");

/// The numbers of [`KEPT`].
pub fn kept_seeds() -> Vec<u64> {
    let lines = KEPT.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.parse().expect("a line of seeds.txt is a number or a comment")).collect()
}

/// Plays the history of a seed; `told`: keeps it in words. An error says why it could not be played at all.
pub fn play(seed: u64, place: &Place, told: bool) -> anyhow::Result<Report> {
    history::History::play(seed, place, told).map_err(anyhow::Error::msg)
}
