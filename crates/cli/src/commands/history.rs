//! `history`, `diff` and `restore`: what a thing was, what differs, and the way back. The same for each kind that has a
//! history.

use everruns_client::{Revisions, Seen};
use serde::de::DeserializeOwned;

use crate::failure::Failure;
use crate::output::{Column, Output, Portion};

const COLUMNS: &[Column] = &[
    ("VERSION", "/version"),
    ("SINCE", "/created_at"),
    ("BY", "/principal_id"),
    ("NAME", "/name"),
    ("STATUS", "/status"),
    ("REASON", "/change_reason"),
];

#[derive(clap::Subcommand)]
pub(super) enum Verb {
    /// List what it was, newest first: who made it so, and why.
    History {
        /// Its name or id.
        name: String,
        #[command(flatten)]
        portion: Portion,
    },
    /// Show what differs between two versions.
    Diff {
        /// Its name or id.
        name: String,
        /// The version that counts as the old one.
        from: i64,
        /// The version that counts as the new one.
        to: i64,
    },
    /// Make it what it was, as a new version.
    Restore {
        /// Its name or id.
        name: String,
        /// The version to go back to.
        version: i64,
    },
}

pub(super) async fn run<T: DeserializeOwned>(
    noun: &str,
    revisions: Revisions<'_, T>,
    output: Output,
    verb: Verb,
) -> Result<(), Failure> {
    match verb {
        Verb::History { name, portion } => output.items(revisions.all(name), portion, COLUMNS).await,
        Verb::Diff { name, from, to } => output.thing(&revisions.diff(name, from, to).await?),
        Verb::Restore { name, version } => {
            let restored: Seen<T> = revisions.restore(name, version).await?;
            output.changed(noun, &restored, &format!("is what it was as version {version}"))
        }
    }
}
