//! How fast the simulated model speaks.

use std::pin::Pin;
use std::time::Duration;

use tokio::time::{Sleep, sleep};

use super::parameters::Parameters;
use super::random::Random;
use crate::ModelError;

const MILLIS_MAX: u64 = 60_000;

/// Milliseconds to the first token and between tokens.
const PROFILES: &[(&str, (u64, u64))] =
    &[("none", (0, 0)), ("instant", (0, 0)), ("fast", (10, 1)), ("slow", (300, 30)), ("gpt-5", (600, 40))];

/// The waits of one answer.
#[derive(Debug)]
pub(super) struct Pace {
    first_token_ms: u64,
    token_ms: u64,
    random: Random,
    /// The latest wait, once there was one.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Pace {
    /// From `latency`, `first_token_ms`, `token_ms` and `seed`.
    pub(super) fn of(parameters: &Parameters) -> Result<Self, ModelError> {
        let profile = parameters.choice("latency", PROFILES)?;
        let (first_token_ms, token_ms) = profile.unwrap_or_default();
        let own = |key| parameters.number(key, MILLIS_MAX);
        Ok(Self {
            first_token_ms: own("first_token_ms")?.unwrap_or(first_token_ms),
            token_ms: own("token_ms")?.unwrap_or(token_ms),
            random: Random::of(parameters)?,
            sleep: None,
        })
    }

    /// Waits until the next token is due. Without latency that is at once, and the caller is never suspended.
    pub(super) async fn wait(&mut self) {
        if self.first_token_ms == 0 && self.token_ms == 0 {
            return;
        }
        let millis = match self.sleep {
            None => self.first_token_ms,
            Some(_) => self.token_ms,
        };
        let delay = self.about(millis);
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep(Duration::ZERO)));
        // From when the last token was due, not from now: a timer is late by up to a millisecond, and over a long
        // answer that would add up.
        let due = sleep.deadline() + delay;
        sleep.as_mut().reset(due);
        sleep.as_mut().await;
    }

    /// Give or take 30 percent.
    fn about(&mut self, millis: u64) -> Duration {
        let micros = millis * 1_000;
        Duration::from_micros(micros * 7 / 10 + self.random.below(micros * 6 / 10 + 1))
    }
}
