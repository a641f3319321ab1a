//! How many files this process and the servers it starts may have open: one for each stream, at either end.

use anyhow::{Context as _, ensure};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What a process needs besides its streams.
const OTHERS: u64 = 200;

/// Raises the limit as far as it goes without a privilege; processes started later inherit it.
pub(crate) fn raise() -> anyhow::Result<()> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).context("the limit of open files does not rise")
}

/// Whether so many streams can be open.
pub(crate) fn allow(streams: u32) -> anyhow::Result<()> {
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    ensure!(u64::from(streams) + OTHERS <= limit, "{streams} streams need a higher limit of open files than {limit}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_streams_are_allowed() {
        raise().unwrap();
        allow(1).unwrap();
    }
}
