//! Events of a session: list, stream, summary.

pub(crate) mod list;
pub(crate) mod shape;
pub(crate) mod stream;
pub(crate) mod summary;

use everruns_core::EventId;
use everruns_engine::Definition;
use everruns_store::EventQuery;

use crate::problem::Problem;
use crate::query::Query;
use crate::state::App;

/// Types to show, types to leave out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) types: Vec<String>,
    pub(crate) exclude: Vec<String>,
}

impl Filter {
    pub(crate) fn of(query: &Query) -> Result<Self, Problem> {
        Ok(Self { types: query.event_types("types")?, exclude: query.event_types("exclude")? })
    }

    pub(crate) fn passes_all(&self) -> bool {
        self.types.is_empty() && self.exclude.is_empty()
    }

    pub(crate) fn passes(&self, type_name: &str) -> bool {
        let named = |names: &[String]| names.iter().any(|name| name == type_name);
        (self.types.is_empty() || named(&self.types)) && !named(&self.exclude)
    }
}

/// The sequence that an event id stands for, if there is such an event in the session.
pub(crate) async fn sequence_of(app: &App, session: &Definition, id: EventId) -> Result<Option<i64>, Problem> {
    let Some(sequence) = id.sequence_in(session.id) else { return Ok(None) };
    let query = EventQuery { after: sequence - 1, limit: Some(1), ..EventQuery::all(session) };
    let rows = app.engine.store().events(&query).await?;
    let found = rows.first().is_some_and(|row| row.sequence == sequence && row.at.as_millis() == id.millis());
    Ok(found.then_some(sequence))
}
