//! `everruns sim`: histories of the engine that a seed decides, one in words or many in numbers.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, bail};
use everruns_sim::{Place, Report, play};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Tell the history of this seed.
    #[arg(long, conflicts_with = "seeds", required_unless_present = "seeds")]
    seed: Option<u64>,
    /// Play the seeds from A up to, but not including, B.
    #[arg(long, value_name = "A..B", value_parser = range)]
    seeds: Option<Range<u64>>,
    /// Play on this PostgreSQL database, which nobody else uses meanwhile, instead of on SQLite.
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// Stop at the first broken law.
    #[arg(long)]
    until_broken: bool,
    /// Histories that are played at the same time; on PostgreSQL always one.
    #[arg(long, default_value_t = 2)]
    jobs: usize,
}

fn range(text: &str) -> Result<Range<u64>, String> {
    let (from, to) = text.split_once("..").ok_or("write A..B")?;
    let number = |text: &str| text.parse::<u64>().map_err(|error| error.to_string());
    Ok(number(from)?..number(to)?)
}

pub(crate) fn run(options: Options) -> anyhow::Result<()> {
    match (options.seed, &options.seeds) {
        (Some(seed), _) => tell(seed, &options),
        (None, Some(seeds)) => play_all(seeds.clone(), &options),
        (None, None) => bail!("name a seed"),
    }
}

fn place(options: &Options) -> anyhow::Result<Place> {
    match &options.postgres {
        Some(url) => Place::postgres(url),
        None => Place::temporary(),
    }
    .context("cannot make a place for the database")
}

fn tell(seed: u64, options: &Options) -> anyhow::Result<()> {
    let report = play(seed, &place(options)?, true)?;
    for line in &report.tale {
        println!("{line}");
    }
    match report.broken {
        Some((law, what)) => bail!("seed {seed} breaks the law \"{law}\": {what}"),
        None => {
            println!("every law holds: {} steps, {} crashes, {} events", report.steps, report.crashes, report.events);
            Ok(())
        }
    }
}

/// What many histories came to.
#[derive(Default)]
struct Sum {
    seeds: u64,
    steps: usize,
    crashes: usize,
    events: usize,
    broken: Vec<(u64, &'static str, String)>,
}

impl Sum {
    fn add(&mut self, report: Report) {
        self.seeds += 1;
        self.steps += report.steps;
        self.crashes += report.crashes;
        self.events += report.events;
        self.broken.extend(report.broken.map(|(law, what)| (report.seed, law, what)));
    }

    fn line(&self) -> String {
        let Self { seeds, steps, crashes, events, broken } = self;
        format!("{seeds} seeds, {steps} steps, {crashes} crashes, {events} events, {} broken", broken.len())
    }
}

fn play_all(seeds: Range<u64>, options: &Options) -> anyhow::Result<()> {
    let jobs = if options.postgres.is_some() { 1 } else { options.jobs.max(1) };
    let (next, sum) = (AtomicU64::new(seeds.start), Mutex::new(Sum::default()));
    let end = AtomicU64::new(seeds.end);
    std::thread::scope(|scope| {
        let worker = || -> anyhow::Result<()> {
            let mut place = place(options)?;
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= end.load(Ordering::Relaxed) {
                    return Ok(());
                }
                let report = play(seed, &place, false).with_context(|| format!("cannot play seed {seed}"))?;
                let mut sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some((law, what)) = &report.broken {
                    println!("seed {seed} breaks the law \"{law}\": {what}");
                    // What it left behind is nobody else's business.
                    place = self::place(options)?;
                    if options.postgres.is_some() || options.until_broken || sum.broken.len() >= 20 {
                        end.store(0, Ordering::Relaxed);
                    }
                }
                sum.add(report);
                if sum.seeds.is_multiple_of(1_000) {
                    println!("{}", sum.line());
                }
            }
        };
        let workers: Vec<_> = (0..jobs).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().try_for_each(|worker| match worker.join() {
            Ok(result) => result,
            Err(_) => bail!("a history panicked"),
        })
    })?;
    let sum = sum.into_inner().unwrap_or_else(PoisonError::into_inner);
    println!("{}", sum.line());
    match sum.broken.first() {
        Some((seed, law, _)) => bail!("seed {seed} breaks the law \"{law}\"; see it with: everruns sim --seed {seed}"),
        None => Ok(()),
    }
}
