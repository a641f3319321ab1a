//! How much one organization may have: agents, harnesses, sessions.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use everruns_store::{OrgKey, Resource};

use crate::named::Named;
use crate::problem::Problem;
use crate::state::App;

/// How many sessions each organization has at most. They are too many to be counted for each new one, so each new one
/// is added here, and only where there seems to be no room all are counted.
#[derive(Debug, Default)]
pub(crate) struct Room {
    sessions: Mutex<HashMap<OrgKey, i64>>,
}

impl Room {
    /// Notes one more session, if there is room for it by what is known.
    fn take(&self, org: OrgKey, limit: i64) -> bool {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let known = sessions.get_mut(&org).filter(|known| **known < limit);
        known.is_some_and(|known| {
            *known += 1;
            true
        })
    }

    fn counted(&self, org: OrgKey, sessions: i64) {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).insert(org, sessions);
    }
}

/// 409 if the organization has all the sessions that it may have. Some that are made at the very same time may come on
/// top.
pub(crate) async fn for_session(app: &App, org: OrgKey) -> Result<(), Problem> {
    let Some(limit) = app.settings.limits.sessions_per_org else { return Ok(()) };
    if app.room.take(org, limit) {
        return Ok(());
    }
    app.room.counted(org, app.engine.store().count_sessions(org).await?);
    if app.room.take(org, limit) { Ok(()) } else { Err(full(limit, "session")) }
}

/// 409 if `new` would be one more than the organization may have; with `by_name` it goes over the live one with its name.
pub(crate) async fn for_named<N: Named>(app: &App, org: OrgKey, new: &Resource, by_name: bool) -> Result<(), Problem> {
    let Some(limit) = N::most(&app.settings.limits) else { return Ok(()) };
    let store = app.engine.store();
    if store.count_resources(org, N::KIND).await? < limit {
        return Ok(());
    }
    let there = match by_name {
        true => store.resource_by_name(org, N::KIND, &new.name).await?,
        false => store.resource_by_id(org, N::KIND, &new.id).await?.filter(|there| there.status != "deleted"),
    };
    if there.is_some() { Ok(()) } else { Err(full(limit, N::KIND)) }
}

fn full(limit: i64, what: &str) -> Problem {
    Problem::conflict(format!(
        "The organization has {limit} of kind `{what}`, as many as it may have; delete one first."
    ))
}
