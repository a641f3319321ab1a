//! Circuit breakers: a model whose provider failed again and again is left alone for a while, so that turns fail at once
//! (or go to the model that stands in) instead of waiting for what does not come.
//!
//! Closed: calls go through. Open: none does, until `half_open_at`. Half open: one call at a time goes through, and
//! enough good ones close the circuit. They are the memory of one process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use everruns_core::config::Served;
use everruns_core::limits::{
    BREAKER_FAILURES, BREAKER_OPEN_SECONDS, BREAKER_SUCCESSES, BREAKER_WINDOW_SECONDS, BREAKERS_PER_ORG_MAX,
};
use everruns_core::{ErrorCode, Timestamp};
use everruns_llm::ModelError;
use everruns_store::OrgKey;

use crate::{Engine, Inner, lock};

/// How a circuit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CircuitState {
    /// Calls go through.
    Closed,
    /// No call goes through.
    Open,
    /// One call at a time goes through, to see whether the provider is back.
    HalfOpen,
}

/// What is known of a circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breaker {
    /// How it is.
    pub state: CircuitState,
    /// Failures in a row, the latest within the window.
    pub failures: u32,
    /// Good calls since it was half open.
    pub successes: u32,
    /// When a call last failed.
    pub last_failure_at: Option<Timestamp>,
    /// When it was last opened.
    pub opened_at: Option<Timestamp>,
    /// When a call is let through again; `None` while open: when somebody closes it.
    pub half_open_at: Option<Timestamp>,
    /// When any of this last changed.
    pub updated_at: Timestamp,
    /// A call is on its way while it is half open.
    probing: bool,
}

impl Breaker {
    fn new(now: Timestamp) -> Self {
        Self {
            state: CircuitState::Closed,
            failures: 0,
            successes: 0,
            last_failure_at: None,
            opened_at: None,
            half_open_at: None,
            updated_at: now,
            probing: false,
        }
    }

    /// Whether a call may go through now.
    fn admit(&mut self, now: Timestamp) -> bool {
        if self.state == CircuitState::Open && self.half_open_at.is_some_and(|at| now >= at) {
            (self.state, self.successes, self.updated_at) = (CircuitState::HalfOpen, 0, now);
        }
        match self.state {
            CircuitState::Closed => true,
            CircuitState::Open => false,
            CircuitState::HalfOpen => !std::mem::replace(&mut self.probing, true),
        }
    }

    fn went_well(&mut self, now: Timestamp) {
        self.probing = false;
        match self.state {
            CircuitState::Closed if self.failures == 0 => {}
            CircuitState::Closed => (self.failures, self.updated_at) = (0, now),
            // A call from before it opened tells nothing new.
            CircuitState::Open => {}
            CircuitState::HalfOpen => {
                self.successes += 1;
                self.updated_at = now;
                if self.successes >= BREAKER_SUCCESSES {
                    *self = Self { last_failure_at: self.last_failure_at, ..Self::new(now) };
                }
            }
        }
    }

    fn went_wrong(&mut self, now: Timestamp) {
        self.probing = false;
        let is_old = self.last_failure_at.is_some_and(|at| now > at.plus_seconds(BREAKER_WINDOW_SECONDS));
        self.failures = if is_old && self.state == CircuitState::Closed { 1 } else { self.failures + 1 };
        (self.last_failure_at, self.updated_at) = (Some(now), now);
        let is_enough = self.failures >= BREAKER_FAILURES && self.state == CircuitState::Closed;
        if is_enough || self.state == CircuitState::HalfOpen {
            self.state = CircuitState::Open;
            (self.opened_at, self.half_open_at) = (Some(now), Some(now.plus_seconds(BREAKER_OPEN_SECONDS)));
        }
    }
}

/// The circuits of all organizations, by organization and key.
pub(crate) type Breakers = Arc<Mutex<BTreeMap<(OrgKey, String), Breaker>>>;

/// The circuit of one model.
#[derive(Clone)]
pub(crate) struct Circuit {
    breakers: Breakers,
    place: (OrgKey, String),
}

/// A call that was let through. It says how it went, or that nobody knows.
pub(crate) struct Pass {
    circuit: Circuit,
    /// When the circuit was last opened as the call was let through: what ends after another opening tells nothing new.
    opened_at: Option<Timestamp>,
    /// It looks whether the provider is back.
    probes: bool,
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.speaks();
    }
}

impl Circuit {
    /// Asks whether a call may go through.
    pub(crate) fn admit(&self, now: Timestamp) -> Result<Pass, ModelError> {
        let mut breakers = lock(&self.breakers);
        let pass = |opened_at, probes| Pass { circuit: self.clone(), opened_at, probes };
        let Some(breaker) = breakers.get_mut(&self.place) else { return Ok(pass(None, false)) };
        if breaker.admit(now) {
            return Ok(pass(breaker.opened_at, breaker.state == CircuitState::HalfOpen));
        }
        let message = format!(
            "the provider failed {} times in a row and is left alone for a moment; its circuit breaker is `{}`",
            breaker.failures, self.place.1
        );
        Err(ModelError::permanent(ErrorCode::ProviderUnavailable, message))
    }
}

impl Pass {
    /// The provider answers: another call may look, too. How this one goes is told at its end.
    pub(crate) fn speaks(&mut self) {
        if std::mem::take(&mut self.probes) {
            self.with_breaker(|breaker| breaker.probing = false);
        }
    }

    pub(crate) fn went_well(self, now: Timestamp) {
        self.with_breaker(|breaker| breaker.went_well(now));
    }

    /// Only silence, cut lines and the provider's own troubles count: a refusal is an answer.
    pub(crate) fn went_wrong(self, error: &ModelError, now: Timestamp) {
        if error.code != ErrorCode::ProviderUnavailable {
            return self.went_well(now);
        }
        {
            let (org, mut breakers) = (self.circuit.place.0, lock(&self.circuit.breakers));
            if !breakers.contains_key(&self.circuit.place) && !make_room(&mut breakers, org) {
                return;
            }
            breakers.entry(self.circuit.place.clone()).or_insert_with(|| Breaker::new(now));
        }
        self.with_breaker(|breaker| breaker.went_wrong(now));
    }

    fn with_breaker(&self, change: impl FnOnce(&mut Breaker)) {
        let mut breakers = lock(&self.circuit.breakers);
        let found = breakers.get_mut(&self.circuit.place);
        if let Some(breaker) = found.filter(|breaker| breaker.opened_at == self.opened_at) {
            change(breaker);
        }
    }
}

/// Makes room for one more circuit of an organization: of its closed ones the stalest goes. `false`: all are open.
fn make_room(breakers: &mut BTreeMap<(OrgKey, String), Breaker>, org: OrgKey) -> bool {
    let own = breakers.iter().filter(|((owner, _), _)| *owner == org);
    if own.clone().count() < BREAKERS_PER_ORG_MAX {
        return true;
    }
    let closed = own.filter(|(_, breaker)| breaker.state == CircuitState::Closed);
    let stalest = closed.min_by_key(|(_, breaker)| breaker.updated_at).map(|(place, _)| place.clone());
    stalest.is_some_and(|place| breakers.remove(&place).is_some())
}

impl Inner {
    /// The circuit of a model; simulated models have none.
    pub(crate) fn circuit(&self, org: OrgKey, served: &Served) -> Option<Circuit> {
        let by = served.provider()?;
        let (_, model) = served.model.split_once('/')?;
        Some(Circuit { breakers: self.breakers.clone(), place: (org, format!("{}:{model}", by.provider_id)) })
    }
}

impl Engine {
    /// The circuit breakers of an organization, by key: those of models whose calls failed.
    pub fn breakers(&self, org: OrgKey) -> Vec<(String, Breaker)> {
        let breakers = lock(&self.inner.breakers);
        let own = breakers.range((org, String::new())..).take_while(|((owner, _), _)| *owner == org);
        own.map(|((_, key), breaker)| (key.clone(), breaker.clone())).collect()
    }

    /// Forgets a circuit breaker: its model is asked again at once. Whether there was one.
    pub fn forget_breaker(&self, org: OrgKey, key: &str) -> bool {
        lock(&self.inner.breakers).remove(&(org, key.to_owned())).is_some()
    }

    /// Closes a circuit breaker. Whether there is one.
    pub fn close_breaker(&self, org: OrgKey, key: &str) -> bool {
        let now = self.source().now();
        let mut breakers = lock(&self.inner.breakers);
        let found = breakers.get_mut(&(org, key.to_owned()));
        found.map(|breaker| *breaker = Breaker::new(now)).is_some()
    }

    /// Opens a circuit breaker until somebody closes it. `false`: too many are remembered.
    pub fn open_breaker(&self, org: OrgKey, key: &str) -> bool {
        let now = self.source().now();
        let mut breakers = lock(&self.inner.breakers);
        if !breakers.contains_key(&(org, key.to_owned())) && !make_room(&mut breakers, org) {
            return false;
        }
        let opened = Breaker { state: CircuitState::Open, opened_at: Some(now), ..Breaker::new(now) };
        breakers.insert((org, key.to_owned()), opened);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    /// Plays a story: `+` a good call, `-` a bad one, `?` a call that is given up, `.` ten seconds pass. Calls that are not
    /// let through are told as `x`.
    #[track_caller]
    fn check(story: &str, expected: CircuitState, refused: usize) {
        let (mut breaker, mut now, mut turned_away) = (Breaker::new(at(0)), 0, 0);
        for step in story.chars() {
            if step == '.' {
                now += 10;
            } else if !breaker.admit(at(now)) {
                turned_away += 1;
            } else {
                match step {
                    '+' => breaker.went_well(at(now)),
                    '-' => breaker.went_wrong(at(now)),
                    _ => breaker.probing = false,
                }
            }
        }
        assert_eq!((breaker.state, turned_away), (expected, refused), "{story}: {breaker:?}");
    }

    #[test]
    fn failures_open_it_and_good_calls_close_it() {
        use CircuitState::*;
        check("", Closed, 0);
        check("----", Closed, 0);
        check("-----", Open, 0);
        check("-----++", Open, 2);
        check("----+----", Closed, 0);
        check("----.......-", Closed, 0);
        check("-----..+", Open, 1);
        check("-----...+", HalfOpen, 0);
        check("-----...++", Closed, 0);
        check("-----...+-+", Open, 1);
        check("-----...?+?+", Closed, 0);
        check("-----...-...++", Closed, 0);
    }

    #[test]
    fn only_one_call_looks_whether_it_is_back() {
        let mut breaker = Breaker::new(at(0));
        (0..BREAKER_FAILURES).for_each(|_| breaker.went_wrong(at(0)));
        let admitted = (0..3).filter(|_| breaker.admit(at(BREAKER_OPEN_SECONDS))).count();
        assert_eq!(admitted, 1);
    }
}
