//! What has a name and a document: agents and harnesses are found, listed and changed by the same code.

use std::str::FromStr;

use axum::http::StatusCode;
use everruns_core::Timestamp;
use everruns_core::agent::Status;
use everruns_core::limits::CHANGE_TRIES_MAX;
use everruns_core::name::check_name;
use everruns_store::{OrgKey, Resource, SessionsOf};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::change::Changing;
use crate::page::WithUrls;
use crate::problem::Problem;
use crate::state::App;

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
        status: "active".to_owned(),
        version: 1,
        search,
        base_id: base.map(str::to_owned),
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
        Wanted::Id(id) => store.resource_by_id(org, N::KIND, &id.to_string()).await?,
        Wanted::Name(name) => store.resource_by_name(org, N::KIND, name).await?,
    };
    Ok(found.filter(|resource| resource.status != "deleted"))
}

/// The one that is wanted, live or archived.
pub(crate) async fn find<N: Named>(app: &App, org: OrgKey, wanted: &Wanted<N::Id>) -> Result<Resource, Problem> {
    look_up::<N>(app, org, wanted).await?.ok_or_else(|| Problem::missing(N::KIND))
}

/// Whether it is one of those that nobody changes.
pub(crate) fn is_built_in<N: Named>(app: &App, id: &str) -> bool {
    N::built_in(app).iter().any(|known| known.id == id)
}

/// 409 if a built-in one has this name; the database knows only of the others.
fn check_reserved<N: Named>(app: &App, new: &Resource) -> Result<(), Problem> {
    match N::built_in(app).iter().any(|known| known.name == new.name) {
        true => Err(name_taken::<N>()),
        false => Ok(()),
    }
}

fn name_taken<N: Named>() -> Problem {
    Problem::conflict(format!("Another {} has this `name`; choose another.", N::KIND))
}

fn refused<N: Named>(error: everruns_store::Error) -> Problem {
    match error {
        everruns_store::Error::Conflict(_) => name_taken::<N>(),
        error => error.into(),
    }
}

/// Writes `new` over the one with its id or, if `by_name`, over the live one with its name, else as a new one. The
/// second value says whether it is new.
pub(crate) async fn upsert<N: Named>(
    app: &App,
    caller: Caller,
    new: Resource,
    by_name: bool,
    changing: &Changing,
) -> Result<(Resource, bool), Problem> {
    if is_built_in::<N>(app, &new.id) {
        return Err(read_only::<N>());
    }
    check_reserved::<N>(app, &new)?;
    N::check(app, caller.org, &new).await?;
    let upserted = app.engine.store().upsert_resource(caller.org, N::KIND, &new, by_name, &changing.change).await;
    let upserted = upserted.map_err(refused::<N>)?;
    app.engine.definitions_changed();
    Ok((upserted.resource, upserted.created))
}

fn read_only<N: Named>() -> Problem {
    let detail = format!("This {} is built in and cannot be changed; copy it and change the copy.", N::KIND);
    Problem::new(StatusCode::FORBIDDEN, "built_in", detail)
}

/// Changes the one that is wanted as `edit` says, which is asked again if another change came first. What `edit` leaves
/// as it was is not written.
pub(crate) async fn change<N: Named>(
    app: &App,
    caller: Caller,
    wanted: &Wanted<N::Id>,
    changing: &Changing,
    edit: impl Fn(&Resource) -> Result<Resource, Problem> + Send + Sync,
) -> Result<Resource, Problem> {
    for _ in 0..CHANGE_TRIES_MAX {
        let stands = find::<N>(app, caller.org, wanted).await?;
        changing.check(stands.version)?;
        if is_built_in::<N>(app, &stands.id) {
            return Err(read_only::<N>());
        }
        let edited = edit(&stands)?;
        let new = Resource {
            id: stands.id.clone(),
            version: stands.version,
            created_at: stands.created_at,
            updated_at: stands.updated_at,
            ..edited
        };
        if (&new.body, &new.status) == (&stands.body, &stands.status) {
            return Ok(stands);
        }
        if new.status == "active" {
            check_reserved::<N>(app, &new)?;
            N::check(app, caller.org, &new).await?;
        }
        let written = app.engine.store().update_resource(caller.org, N::KIND, &new, &changing.change).await;
        if let Some(written) = written.map_err(refused::<N>)? {
            app.engine.definitions_changed();
            return Ok(written);
        }
        let uppers = app.engine.store().list_based_on(caller.org, N::KIND, &stands.id).await?;
        if new.status != "active" && !uppers.is_empty() {
            let detail = format!("Other ones inherit from it: {}; change or delete them first.", uppers.join(", "));
            return Err(Problem::conflict(detail));
        }
    }
    Err(Problem::conflict("Others change it all the time; try again."))
}

/// Deletes the one that is wanted.
pub(crate) async fn delete<N: Named>(
    app: &App,
    caller: Caller,
    wanted: &Wanted<N::Id>,
    changing: &Changing,
) -> Result<StatusCode, Problem> {
    let deleted = |stands: &Resource| Ok(Resource { status: "deleted".to_owned(), ..stands.clone() });
    change::<N>(app, caller, wanted, changing, deleted).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `new` with the status that a request asks for. What is archived is not changed otherwise before it is active again.
pub(crate) fn status_after<N: Named>(
    stands: &Resource,
    wanted: Option<Status>,
    new: Resource,
) -> Result<Resource, Problem> {
    let status = match wanted {
        Some(Status::Deleted) => {
            return Err(Problem::invalid("status", "must be `active` or `archived`; or use DELETE"));
        }
        Some(status) => status.as_str().to_owned(),
        None => stands.status.clone(),
    };
    if stands.status != "active" && status != "active" && new.body != stands.body {
        let detail = format!("This {} is archived; set its `status` to `active` first.", N::KIND);
        return Err(Problem::conflict(detail));
    }
    Ok(Resource { status, ..new })
}

/// Rows of several, with what the API adds: one query for all counts.
pub(crate) async fn show_all<N: Named>(
    app: &App,
    org: OrgKey,
    resources: &[Resource],
) -> Result<Vec<WithUrls<N::Row>>, Problem> {
    let ids: Vec<&str> = resources.iter().map(|resource| resource.id.as_str()).collect();
    let counts = app.engine.store().session_counts(org, N::SESSIONS, &ids).await?;
    let show = |resource: &Resource| {
        let row = N::row(resource, counts.get(&resource.id).copied().unwrap_or(0))?;
        Ok(WithUrls::new(row, N::COLLECTION, &resource.id, &app.settings.public_url))
    };
    resources.iter().map(show).collect()
}

/// The row of one.
pub(crate) async fn show<N: Named>(app: &App, org: OrgKey, resource: &Resource) -> Result<WithUrls<N::Row>, Problem> {
    let mut rows = show_all::<N>(app, org, std::slice::from_ref(resource)).await?;
    rows.pop().ok_or_else(|| Problem::missing(N::KIND))
}
