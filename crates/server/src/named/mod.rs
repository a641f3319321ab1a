//! What has a name and a document: agents and harnesses are found, listed and changed by the same code.

mod copy;
mod list;
mod reserved;
mod show;
mod stats;
mod write;

use std::str::FromStr;

use everruns_core::Timestamp;
use everruns_core::name::check_name;
use everruns_store::{OrgKey, Resource, SessionsOf};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::state::{App, Limits};

pub(crate) use copy::{copied, free_name, is_available};
pub(crate) use list::list;
pub(crate) use reserved::Reserved;
pub(crate) use show::{show_all, versioned};
pub(crate) use stats::{ResourceStats, stats};
pub(crate) use write::{WantedStatus, change, delete, status_after, upsert};

/// One kind of what has a name.
pub(crate) trait Named: Send + Sync + 'static {
    /// Its ids.
    type Id: FromStr<Err: std::fmt::Display> + std::fmt::Display + Copy + Send + Sync;
    /// How the API shows it.
    type Row: Serialize + ToSchema + Send;
    /// The word for it in the database and in errors.
    const KIND: &'static str;
    /// The word for it in paths.
    const COLLECTION: &'static str;
    /// The member of its document that names what it stands on.
    const BASE: &'static str;
    /// How sessions refer to it.
    const SESSIONS: SessionsOf;

    /// How many one organization may have.
    fn most(limits: &Limits) -> Option<i64>;

    /// Those that every organization has and nobody changes.
    fn built_in(_app: &App) -> Vec<Resource> {
        Vec::new()
    }

    /// Whether what `new` refers to is there, so that it may be written.
    fn check(app: &App, org: OrgKey, new: &Resource) -> impl Future<Output = Result<(), Problem>> + Send;

    /// How the API shows it; `session_count` sessions refer to it.
    fn row(resource: &Resource, session_count: i64) -> Result<Self::Row, Problem>;
}

/// How a path names something: by id or by name. No id is a valid name.
#[derive(Clone, Debug)]
pub(crate) enum Wanted<I> {
    Id(I),
    Name(String),
}

impl<I: FromStr<Err: std::fmt::Display>> FromStr for Wanted<I> {
    type Err = I::Err;

    fn from_str(text: &str) -> Result<Self, I::Err> {
        match text.parse() {
            Ok(id) => Ok(Self::Id(id)),
            Err(_) if check_name(text).is_ok() => Ok(Self::Name(text.to_owned())),
            Err(error) => Err(error),
        }
    }
}

/// The resource whose document is `body`; what lists search and what refers to others is read from there.
pub(crate) fn resource<N: Named>(id: N::Id, body: String) -> Result<Resource, Problem> {
    let document = document(&body)?;
    let text = |member: &str| document.get(member).and_then(Value::as_str).unwrap_or_default();
    let search = ["name", "display_name", "description"].map(text).join(" ");
    let base = Some(text(N::BASE)).filter(|base| !base.is_empty());
    Ok(Resource {
        id: id.to_string(),
        name: text("name").to_owned(),
        name_text: None,
        status: "active".to_owned(),
        version: 1,
        search,
        base_id: base.map(str::to_owned),
        lineage: None,
        created_at: Timestamp::from_micros(0),
        updated_at: Timestamp::from_micros(0),
        retired_at: None,
        body,
    })
}

/// The members of a stored document.
pub(crate) fn document(body: &str) -> Result<Map<String, Value>, Problem> {
    read(body)
}

/// A stored document, typed.
pub(crate) fn read<T: serde::de::DeserializeOwned>(body: &str) -> Result<T, Problem> {
    serde_json::from_str(body).map_err(corrupt)
}

pub(crate) fn corrupt(error: impl std::fmt::Display) -> Problem {
    everruns_store::Error::Corrupt(error.to_string()).into()
}

/// The one that is wanted, live or archived; `None` if there is none.
pub(crate) async fn look_up<N: Named>(
    app: &App,
    org: OrgKey,
    wanted: &Wanted<N::Id>,
) -> Result<Option<Resource>, Problem> {
    let built_in = N::built_in(app).into_iter().find(|known| match wanted {
        Wanted::Id(id) => known.id == id.to_string(),
        Wanted::Name(name) => known.name == *name,
    });
    if built_in.is_some() {
        return Ok(built_in);
    }
    let store = app.engine.store();
    let found = match wanted {
        Wanted::Name(name) if check_name(name).is_err() => None,
        Wanted::Id(id) => store.resource_by_id(org, N::KIND, &id.to_string()).await?,
        Wanted::Name(name) => store.resource_by_name(org, N::KIND, name).await?,
    };
    Ok(found.filter(|resource| resource.status != "deleted"))
}

/// The one that is wanted, live or archived.
pub(crate) async fn find<N: Named>(app: &App, org: OrgKey, wanted: &Wanted<N::Id>) -> Result<Resource, Problem> {
    look_up::<N>(app, org, wanted).await?.ok_or_else(|| Problem::missing(N::KIND))
}

/// The live one that is wanted; an archived one is not taken for something new.
pub(crate) async fn find_live<N: Named>(app: &App, org: OrgKey, wanted: &Wanted<N::Id>) -> Result<Resource, Problem> {
    let found = look_up::<N>(app, org, wanted).await?;
    found.filter(|resource| resource.status == "active").ok_or_else(|| Problem::missing(N::KIND))
}
