//! What a process costs, as Linux tells it under `/proc`.

use std::fs;
use std::time::Duration;

use anyhow::Context as _;

/// Linux counts a process's time in hundredths of a second, whatever the kernel's own tick is.
const TICK: Duration = Duration::from_millis(10);

/// What the kernel counts the memory of sockets in.
const PAGE_BYTES: u64 = 4_096;

/// Processor time that a process or thread used so far, in user and kernel mode. `task` is its name under `/proc`: a
/// process id, or such as `7/task/9`.
pub(crate) fn cpu(task: &str) -> anyhow::Result<Duration> {
    let path = format!("/proc/{task}/stat");
    let text = fs::read_to_string(&path).with_context(|| format!("no {path}"))?;
    cpu_ticks(&text).map(|ticks| TICK * ticks).with_context(|| format!("unreadable {path}"))
}

/// The name of the calling thread under `/proc`.
pub(crate) fn this_thread() -> anyhow::Result<String> {
    let path = fs::read_link("/proc/thread-self").context("no /proc/thread-self")?;
    Ok(path.to_str().context("an odd name under /proc")?.to_owned())
}

/// Memory of the buffers of all TCP sockets on this machine, in bytes; none where it does not tell.
pub(crate) fn socket_bytes() -> Option<u64> {
    tcp_pages(&fs::read_to_string("/proc/net/sockstat").ok()?).map(|pages| pages * PAGE_BYTES)
}

/// Memory of the process that is in RAM, in bytes.
pub(crate) fn rss_bytes(pid: u32) -> anyhow::Result<u64> {
    let path = format!("/proc/{pid}/status");
    let text = fs::read_to_string(&path).with_context(|| format!("no {path}"))?;
    rss_kib(&text).map(|kib| kib * 1024).with_context(|| format!("unreadable {path}"))
}

fn cpu_ticks(stat: &str) -> Option<u32> {
    // The second field is the program's name in parentheses, which may hold anything.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |field: usize| fields.get(field - 3)?.parse::<u32>().ok();
    Some(ticks(14)? + ticks(15)?)
}

fn rss_kib(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

fn tcp_pages(sockstat: &str) -> Option<u64> {
    let mut words = sockstat.lines().find_map(|line| line.strip_prefix("TCP:"))?.split_whitespace();
    words.find(|&word| word == "mem")?;
    words.next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found() {
        let stat = "42 (a) b (c) S 1 42 42 0 -1 4194560 100 0 0 0 250 31 0 0 20 0 5 0 100 200 300";
        assert_eq!(cpu_ticks(stat), Some(281));
        assert_eq!(cpu_ticks("42 (a"), None);
        assert_eq!(rss_kib("VmPeak:\t  9 kB\nVmRSS:\t   1234 kB\nThreads:\t1"), Some(1234));
        assert_eq!(rss_kib("Name:\tzombie"), None);
    }

    #[test]
    fn memory_of_sockets_is_found() {
        let text = "sockets: used 21\nTCP: inuse 2 orphan 0 tw 0 alloc 2 mem 102\nUDP: inuse 0 mem 7";
        assert_eq!(tcp_pages(text), Some(102));
        assert_eq!(tcp_pages("UDP: inuse 0 mem 7"), None);
    }

    #[test]
    fn this_process_costs_something() {
        assert!(rss_bytes(std::process::id()).unwrap() > 0);
        cpu(&std::process::id().to_string()).unwrap();
        cpu(&this_thread().unwrap()).unwrap();
    }
}
