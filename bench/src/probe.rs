//! What some work costs the server: processor time, memory, and whatever it counts itself.

use std::time::Duration;

use clap::Args;

use crate::counters::{self, Counters};
use crate::figure::Figure;
use crate::latency::ms;
use crate::process;
use crate::target::Target;

/// Where to look.
#[derive(Args, Clone, Debug, Default)]
#[group(skip)]
pub(crate) struct Probe {
    /// Process id of the server: reports its processor time and memory
    #[arg(long)]
    pub(crate) pid: Option<u32>,
    /// URL of a JSON object with the server's counters, such as http://127.0.0.1:9000/ready
    #[arg(long)]
    pub(crate) counters_url: Option<Target>,
    /// A thread of this process that plays the server, by its name under `/proc`.
    #[arg(skip)]
    pub(crate) thread: Option<String>,
}

/// What was spent so far.
pub(crate) struct Spent {
    server: Option<Duration>,
    /// By this thread, which makes the load: tells whether the load generator itself is what is measured.
    client: Duration,
    counters: Counters,
}

impl Probe {
    pub(crate) async fn read(&self) -> anyhow::Result<Spent> {
        let server = self.thread.clone().or(self.pid.map(|pid| pid.to_string()));
        Ok(Spent {
            server: server.map(|server| process::cpu(&server)).transpose()?,
            client: process::cpu(&process::this_thread()?)?,
            counters: match &self.counters_url {
                Some(url) => counters::read(url).await?,
                None => Counters::new(),
            },
        })
    }

    /// The cost of `count` pieces of work (`what`, such as `turn`) done since `before`.
    pub(crate) async fn figures(&self, before: &Spent, what: &str, count: usize) -> anyhow::Result<Vec<Figure>> {
        let after = self.read().await?;
        let per = |amount: f64| amount / count.max(1) as f64;
        let cpu = |who: &str, before: Duration, after: Duration| {
            Figure::new(format!("{who}_cpu_ms_per_{what}"), per(ms(after.saturating_sub(before))))
        };
        let mut figures = Vec::new();
        if let (Some(before), Some(after)) = (before.server, after.server) {
            figures.push(cpu("server", before, after));
        }
        figures.push(cpu("client", before.client, after.client));
        if let Some(pid) = self.pid {
            figures.push(Figure::new("server_rss_mb", mb(process::rss_bytes(pid)?)));
        }
        for (name, difference) in counters::difference(&before.counters, &after.counters) {
            figures.push(Figure::new(format!("{name}_per_{what}"), per(difference as f64)));
        }
        Ok(figures)
    }
}

/// Bytes as megabytes, a million each.
pub(crate) fn mb(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
