//! File descriptors: every connection takes one, and the usual soft limit is for programs of another kind.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the process's own limit to what it may have.
pub(crate) fn raise() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let number = |limit: Option<u64>| limit.map_or_else(|| "unlimited".to_owned(), |limit| limit.to_string());
    if current == maximum {
        return;
    }
    match setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        Ok(()) => {
            tracing::info!(from = number(current), to = number(maximum), "raised the limit of file descriptors");
        }
        Err(error) => {
            tracing::warn!(%error, limit = number(current), "the limit of file descriptors stays as it is");
        }
    }
}
