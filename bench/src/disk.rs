//! How fast the disk makes small writes durable: the scale for every other figure.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use crate::clock::now;
use crate::figure::Figure;
use crate::latency::Latencies;

const TIME: Duration = Duration::from_secs(2);
/// About what a small commit writes.
const WRITE: [u8; 512] = [0x65; 512];

/// Appends and syncs for two seconds, one write at a time.
pub(crate) fn measure(folder: &Path) -> anyhow::Result<Vec<Figure>> {
    let mut file = File::create(folder.join("bench-disk"))?;
    let start = now();
    let mut latencies = Vec::new();
    while now() - start < TIME {
        let before = now();
        file.write_all(&WRITE)?;
        file.sync_data()?;
        latencies.push(now() - before);
    }
    let rate = latencies.len() as f64 / (now() - start).as_secs_f64();
    let mut figures = vec![Figure::new("disk.fdatasync_per_second", "1/s", rate)];
    figures.extend(Latencies::new(latencies).figures("disk.fdatasync_"));
    Ok(figures)
}
