//! What a server on this machine needs of it: a place for its data, room there, and open files.

use std::path::Path;

use rustix::process::{Resource, getrlimit};

use super::Finding;

/// Less room than this is soon used up, bytes.
const ROOM_BYTES_WARN: u64 = 1 << 30;
/// With less room than this a server stops writing soon, bytes.
const ROOM_BYTES_FAIL: u64 = 64 << 20;
/// Each reader of an event stream is an open file.
const FILES_WARN: u64 = 4_096;

pub(super) fn findings(data_dir: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    if data_dir.is_dir() {
        findings.push(writable(data_dir));
        findings.push(room(data_dir));
    } else {
        findings.push(Finding::ok("data", format!("{} is not there; a server would make it", data_dir.display())));
    }
    findings.push(files());
    findings
}

fn writable(path: &Path) -> Finding {
    use rustix::fs::{Access, access};
    match access(path, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) => Finding::ok("data", format!("{} can be written", path.display())),
        Err(error) => Finding::fail(
            "data",
            format!("{} cannot be written: {error}", path.display()),
            "give it to the user that the server runs as, with chown",
        ),
    }
}

fn room(path: &Path) -> Finding {
    const WHAT: &str = "disk";
    let free = match rustix::fs::statvfs(path) {
        Ok(disk) => disk.f_bavail.saturating_mul(disk.f_frsize),
        Err(error) => return Finding::warn(WHAT, error.to_string(), "see whether the disk is mounted"),
    };
    let detail = format!("{} MiB free", free >> 20);
    match free {
        ROOM_BYTES_WARN.. => Finding::ok(WHAT, detail),
        ROOM_BYTES_FAIL.. => Finding::warn(WHAT, detail, "make room before it is full"),
        _ => Finding::fail(WHAT, detail, "make room: on a full disk a server takes no messages"),
    }
}

fn files() -> Finding {
    const WHAT: &str = "open files";
    let limit = getrlimit(Resource::Nofile);
    // A server raises its own limit as far as it may.
    match limit.maximum {
        Some(maximum) if maximum < FILES_WARN => {
            Finding::warn(WHAT, format!("at most {maximum}"), "raise it with `ulimit -n` or LimitNOFILE= of systemd")
        }
        Some(maximum) => Finding::ok(WHAT, format!("at most {maximum}")),
        None => Finding::ok(WHAT, "no limit"),
    }
}
