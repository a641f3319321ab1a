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
    /// URL of a JSON object of integer counters: reports their difference per turn
    #[arg(long)]
    pub(crate) counters_url: Option<Target>,
}

/// What was spent so far.
pub(crate) struct Spent {
    server: Option<Duration>,
    /// By this process: tells whether the load generator itself is what is measured.
    client: Duration,
    counters: Counters,
}

impl Probe {
    pub(crate) async fn read(&self) -> anyhow::Result<Spent> {
        Ok(Spent {
            server: self.pid.map(process::cpu).transpose()?,
            client: process::cpu(std::process::id())?,
            counters: match &self.counters_url {
                Some(url) => counters::read(url).await?,
                None => Counters::new(),
            },
        })
    }

    /// The cost of `count` pieces of work (`what`, such as `turn`) done since `before`.
    pub(crate) async fn figures(
        &self,
        prefix: &str,
        before: &Spent,
        what: &str,
        count: usize,
    ) -> anyhow::Result<Vec<Figure>> {
        let after = self.read().await?;
        let per = |amount: f64| amount / count.max(1) as f64;
        let cpu = |who: &str, before: Duration, after: Duration| {
            let name = format!("{prefix}.{who}_cpu_ms_per_{what}");
            Figure::new(name, "ms", per(ms(after.saturating_sub(before))))
        };
        let mut figures = Vec::new();
        if let (Some(before), Some(after)) = (before.server, after.server) {
            figures.push(cpu("server", before, after));
        }
        figures.push(cpu("client", before.client, after.client));
        if let Some(pid) = self.pid {
            let name = format!("{prefix}.server_rss_mib");
            figures.push(Figure::new(name, "MiB", mib(process::rss_bytes(pid)?)));
        }
        for (name, difference) in counters::difference(&before.counters, &after.counters) {
            let name = format!("{prefix}.{name}_per_{what}");
            figures.push(Figure::new(name, "", per(difference as f64)));
        }
        Ok(figures)
    }
}

/// Bytes as mebibytes.
pub(crate) fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
