//! How fast the disk makes small writes durable: the scale for every other figure.

use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::json;

use crate::clock::now;
use crate::figure::Figure;
use crate::latency::Latencies;
use crate::report::Run;

const TIME: Duration = Duration::from_secs(2);
/// How long the disk is looked at before a load and after it again, for each of two places.
const LOOK: Duration = Duration::from_millis(500);
/// About what a small commit writes.
const WRITE: [u8; 512] = [0x65; 512];

/// Where a write goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// To the end, as to a log that grows: the file's size has to become durable too.
    End,
    /// Over what is there, as to a log that begins anew in its file.
    Start,
}

pub(crate) fn measure(folder: &Path) -> anyhow::Result<Run> {
    let latencies = sync(folder, TIME, Place::End)?;
    let mut figures = vec![Figure::new("fdatasync_per_second", latencies.len() as f64 / TIME.as_secs_f64())];
    figures.extend(Latencies::new(latencies).figures("fdatasync_"));
    figures.extend(Latencies::new(sync(folder, TIME, Place::Start)?).figures("overwrite_"));
    let parameters = json!({ "bytes": WRITE.len(), "seconds": TIME.as_secs() });
    Ok(Run { name: "disk".to_owned(), kind: "disk", parameters, figures })
}

/// The median time of a small synced write, at the cheaper of two places: a write-ahead log grows at first and is written
/// over later, and where a file grows the sync may wait for other processes that write to the same file system.
pub(crate) fn typical_ms(folder: &Path) -> anyhow::Result<f64> {
    let [end, start] = [Place::End, Place::Start].map(|place| sync(folder, LOOK, place));
    let medians = [end?, start?].map(|syncs| Latencies::new(syncs).percentile_ms(50));
    medians.into_iter().flatten().reduce(f64::min).context("the disk writes nothing")
}

/// Writes to a new file and syncs, one write at a time, for that long: what each write took.
pub(crate) fn sync(folder: &Path, time: Duration, place: Place) -> anyhow::Result<Vec<Duration>> {
    let mut file = File::create(folder.join("bench-disk"))?;
    let end = now() + time;
    let mut latencies = Vec::new();
    while now() < end {
        let before = now();
        if place == Place::Start {
            file.rewind()?;
        }
        file.write_all(&WRITE)?;
        file.sync_data()?;
        latencies.push(now() - before);
    }
    Ok(latencies)
}
