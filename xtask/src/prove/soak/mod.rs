//! Minutes of mixed work at a bounded rate: the server's memory is the same at the end as in the middle.

mod load;

use std::time::Duration;

use anyhow::ensure;
use futures::future::try_join_all;
use tokio::time::{Instant, sleep_until};

use super::memory::{mebibytes, resident_bytes, slope};
use super::random::Random;
use super::server::Server;
use load::Done;

/// Users at the same time.
const USERS: usize = 16;
/// Memory is read this often.
const SAMPLE: Duration = Duration::from_secs(5);
/// Samples of the second half at least, or there is no slope worth the name.
const SAMPLES_MIN: usize = 6;
/// Growth that counts as flat, bytes a minute, in the second half. What is bounded stays small or is full by then: the
/// database's page caches (16 MiB for each of three connections), some dozens of sessions, which users delete after 20
/// turns. A leak of 1 KiB a turn would show as 1.2 MiB a minute and more at the thousand turns a minute of this load.
const GROWTH_BYTES_MAX: f64 = 1024.0 * 1024.0;
/// The load is worth its name if users do this many turns a minute.
const TURNS_PER_MINUTE_MIN: u64 = 600;

pub(super) async fn run(seed: u64, seconds: u64) -> anyhow::Result<String> {
    let samples_wanted = (seconds / SAMPLE.as_secs()) as usize;
    ensure!(
        samples_wanted >= 2 * SAMPLES_MIN,
        "--seconds must be {} at least",
        2 * SAMPLES_MIN as u64 * SAMPLE.as_secs()
    );
    let mut server = Server::start("soak")?;
    server.ready().await?;
    let process = server.id()?;
    let begun = Instant::now();
    let end = begun + Duration::from_secs(seconds);
    let mut random = Random::new(seed);
    let mut users = Vec::with_capacity(USERS);
    for _ in 0..USERS {
        users.push(load::use_until(server.client()?, random.fork(), end));
    }
    let sampling = async {
        let mut samples = Vec::with_capacity(samples_wanted);
        for number in 1..=samples_wanted {
            sleep_until(begun + SAMPLE * number as u32).await;
            samples.push((begun.elapsed().as_secs_f64() / 60.0, resident_bytes(process)? as f64));
        }
        anyhow::Ok(samples)
    };
    let (done, samples) = tokio::try_join!(try_join_all(users), sampling)?;
    let mut sum = Done::default();
    done.into_iter().for_each(|done| sum.add(done));
    let growth = flat(&samples)?;
    ensure!(sum.turns * 60 / seconds >= TURNS_PER_MINUTE_MIN, "only {} turns in {seconds} s", sum.turns);
    let bytes = |sample: Option<&(f64, f64)>| mebibytes(sample.map_or(0, |sample| sample.1 as u64));
    Ok(format!(
        "{seconds} s, {} turns ({} with tools, {} cancelled, {} read along) in {} sessions, all deleted: {:+.3} MiB a \
         minute in the second half, from {} (after {} s) over {} to {} (seed {seed})",
        sum.turns,
        sum.tool_turns,
        sum.cancelled,
        sum.readers,
        sum.sessions,
        growth / (1024.0 * 1024.0),
        bytes(samples.first()),
        SAMPLE.as_secs(),
        bytes(samples.get(samples.len() / 2)),
        bytes(samples.last()),
    ))
}

/// Growth in the second half, bytes a minute; an error if that is not flat. Samples are minutes and bytes.
fn flat(samples: &[(f64, f64)]) -> anyhow::Result<f64> {
    let second_half = &samples[samples.len() / 2..];
    let growth = slope(second_half);
    let course: Vec<String> = samples.iter().step_by(6).map(|sample| mebibytes(sample.1 as u64)).collect();
    ensure!(
        growth <= GROWTH_BYTES_MAX,
        "memory grows by {} a minute; every half a minute it was {}",
        mebibytes(growth as u64),
        course.join(", ")
    );
    Ok(growth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_in_the_second_half_counts() {
        #[track_caller]
        fn check(mebibytes_at: fn(f64) -> f64, holds: bool) {
            let sample = |number| (f64::from(number) / 12.0, mebibytes_at(f64::from(number) / 12.0) * 1024.0 * 1024.0);
            let samples: Vec<(f64, f64)> = (1..=120).map(sample).collect();
            assert_eq!(flat(&samples).is_ok(), holds);
        }
        // Minutes to mebibytes: flat, filling up and then flat, noisy, and growing.
        check(|_| 40.0, true);
        check(|minute| if minute < 5.0 { 20.0 + 5.0 * minute } else { 45.0 }, true);
        check(|minute| 40.0 + (minute * 50.0).sin() * 3.0, true);
        check(|minute| 40.0 + 1.2 * minute, false);
    }
}
