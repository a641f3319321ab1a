//! How much memory a process holds, and which way that goes.

use std::fs;

use anyhow::Context as _;

/// Resident memory of the process, bytes.
pub(super) fn resident_bytes(process: u32) -> anyhow::Result<u64> {
    let path = format!("/proc/{process}/status");
    let status = fs::read_to_string(&path).with_context(|| format!("read {path}"))?;
    resident_in(&status).with_context(|| format!("{path} names no VmRSS"))
}

fn resident_in(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// Bytes as people read them.
pub(super) fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / (1024.0 * 1024.0))
}

/// The slope of the line that lies closest to the points (least squares): change of the second for one of the first.
pub(super) fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0 / count, y + point.1 / count));
    let (mut covariance, mut variance) = (0.0, 0.0);
    for point in points {
        covariance += (point.0 - x) * (point.1 - y);
        variance += (point.0 - x) * (point.0 - x);
    }
    if variance == 0.0 { 0.0 } else { covariance / variance }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_memory_is_read() {
        #[track_caller]
        fn check(status: &str, expected: Option<u64>) {
            assert_eq!(resident_in(status), expected, "{status}");
        }
        check("Name:\ta\nVmPeak:\t  9 kB\nVmRSS:\t   1234 kB\nRssAnon:\t 1 kB\n", Some(1234 * 1024));
        check("Name:\ta\n", None);
        check("VmRSS:\t many kB\n", None);
    }

    #[test]
    fn a_slope_is_that_of_the_closest_line() {
        #[track_caller]
        fn check(points: &[(f64, f64)], expected: f64) {
            assert!((slope(points) - expected).abs() < 1e-9, "{points:?}: {}", slope(points));
        }
        check(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)], 2.0);
        check(&[(0.0, 5.0), (1.0, 5.0)], 0.0);
        check(&[(0.0, 1.0), (1.0, 0.0), (2.0, 1.0), (3.0, 0.0)], -0.2);
        check(&[(1.0, 1.0)], 0.0);
        check(&[], 0.0);
    }
}
