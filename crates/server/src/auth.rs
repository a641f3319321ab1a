//! Who calls: the organization that a request acts for, the principal and its role there.

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use everruns_core::{DEFAULT_ORG, DEFAULT_PRINCIPAL, KeyId, OrgId, PrincipalId, Role, SessionId, Timestamp};
use everruns_store::{DEFAULT_ORG_KEY, Membership, OrgKey};

use crate::cookie;
use crate::problem::Problem;
use crate::state::App;

/// How callers are recognized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    /// Dev mode: everybody is the operator, with any key or none; owner of the default organization.
    Anyone,
    /// By key.
    Keys,
    /// The operator, who reaches the server where nobody else can: owner of every organization.
    Operator,
}

/// The caller of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    /// The organization it acts for.
    pub(crate) org_id: OrgId,
    /// The same, for the database.
    pub(crate) org: OrgKey,
    /// Who it is.
    pub(crate) principal: PrincipalId,
    /// What it may do in the organization.
    pub(crate) role: Role,
    /// The key that it showed.
    pub(crate) key: Option<CallerKey>,
}

/// What matters of a caller's key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallerKey {
    pub(crate) id: KeyId,
    /// Whether it is for one organization alone.
    pub(crate) is_bound: bool,
    pub(crate) expires_at: Option<Timestamp>,
    /// The state of all keys when this one was looked at.
    generation: u64,
}

/// What lets a caller go on with what takes long: its key, as long as that is good for the organization.
#[derive(Debug)]
pub(crate) struct Permit {
    org: OrgKey,
    key: Option<CallerKey>,
}

impl Permit {
    pub(crate) fn of(caller: Caller) -> Self {
        Self { org: caller.org, key: caller.key }
    }

    /// Whether it still holds.
    pub(crate) async fn holds(&mut self, app: &App) -> Result<bool, Problem> {
        let Some(key) = &mut self.key else {
            return Ok(true);
        };
        if key.expires_at.is_some_and(|end| end <= app.engine.source().now()) {
            return Ok(false);
        }
        let generation = app.keys.generation();
        if key.generation == generation {
            return Ok(true);
        }
        // In a box: nobody shall carry what this takes before a key or a member was changed.
        let identity = Box::pin(app.engine.store().identity_by_id(key.id)).await?;
        key.generation = generation;
        Ok(identity.is_some_and(|identity| identity.memberships.iter().any(|place| place.org == self.org)))
    }
}

impl Caller {
    /// Who calls, and for which organization.
    pub(crate) async fn of(app: &App, request: &Parts) -> Result<Self, Problem> {
        let named = Named::by(request);
        let (principal, key, membership) = match app.auth {
            Auth::Keys => {
                let secret = secret(&request.headers).or_else(|| cookie::key(&request.headers)).ok_or_else(unknown)?;
                let now = app.engine.source().now();
                let generation = app.keys.generation();
                let identity = app.keys.identity(app.engine.store(), secret, now).await?.ok_or_else(unknown)?;
                let key = CallerKey {
                    id: identity.key.id,
                    is_bound: identity.key.org.is_some(),
                    expires_at: identity.key.expires_at,
                    generation,
                };
                (identity.key.principal, Some(key), named.choose(&identity.memberships)?)
            }
            Auth::Anyone | Auth::Operator => (DEFAULT_PRINCIPAL, None, named.choose(&named.of_operator(app).await?)?),
        };
        Ok(Self { org_id: membership.org_id, org: membership.org, principal, role: membership.role, key })
    }

    /// That the caller has this role, for what a table by operations cannot say.
    pub(crate) fn must_be(self, least: Role, to: &str) -> Result<(), Problem> {
        if self.role >= least {
            return Ok(());
        }
        let (has, needs) = (self.role.as_str(), least.as_str());
        let detail = format!("To {to} takes the role `{needs}`, and the caller has `{has}`; ask an owner or admin.");
        Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", detail))
    }

    /// That the caller asks no faster than it may.
    fn must_keep_its_rate(self, app: &App) -> Result<(), Problem> {
        let Some(per_minute) = app.settings.limits.requests_per_minute else {
            return Ok(());
        };
        let who = self.key.map_or(self.principal.0, |key| key.id.0).as_u128();
        app.rate.take(who, per_minute, app.engine.source().now()).map_err(|seconds| {
            let detail = format!("A key may ask {per_minute} times in a minute; wait {seconds} s.");
            Problem::too_many(detail, seconds)
        })
    }

    /// That one more turn of the caller's organization may run, if this session does not run one already.
    pub(crate) async fn may_start_turn(self, app: &App, id: SessionId) -> Result<(), Problem> {
        let limit = app.settings.limits.turns_per_org;
        if app.engine.running_turns_of(self.org) < limit || app.engine.runs_turn_of(self.org, id).await? {
            return Ok(());
        }
        let detail = format!("{limit} turns of this organization run already; wait until one ends.");
        Err(Problem::too_many(detail, 1))
    }

    /// Where the caller can act.
    pub(crate) async fn memberships(self, app: &App) -> Result<Vec<Membership>, Problem> {
        let mut memberships = app.engine.store().memberships(self.principal).await?;
        if self.key.is_some_and(|key| key.is_bound) {
            memberships.retain(|membership| membership.org == self.org);
        }
        Ok(memberships)
    }
}

/// Which organizations a request names; the caller has to belong to each.
struct Named<'a> {
    header: Option<&'a HeaderValue>,
    /// Routes about one organization have it in the path; that one counts.
    path: Option<&'a str>,
}

/// The routes about one organization.
const ORG_ROUTES: &str = "/v1/orgs/{org_id}";

impl<'a> Named<'a> {
    fn by(request: &'a Parts) -> Self {
        let route = request.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
        let is_about_one = route.strip_prefix("/api").unwrap_or(route).starts_with(ORG_ROUTES);
        let mut pieces = request.uri.path().split('/').skip_while(|piece| *piece != "orgs");
        Self { header: request.headers.get("x-org-id"), path: pieces.nth(1).filter(|_| is_about_one) }
    }

    /// The one among these that counts; without any name the first one.
    fn choose(&self, memberships: &[Membership]) -> Result<Membership, Problem> {
        let find = |id: OrgId| memberships.iter().find(|membership| membership.org_id == id).copied();
        let mut chosen = memberships.first().copied();
        if let Some(header) = self.header {
            let id = header.to_str().ok().and_then(|id| id.parse().ok());
            chosen = Some(id.and_then(find).ok_or_else(|| {
                let detail = "The caller does not belong to the organization that `X-Org-Id` names.";
                Problem::new(StatusCode::FORBIDDEN, "forbidden", detail)
            })?);
        }
        if let Some(path) = self.path {
            let id = path.parse().map_err(|error| Problem::invalid("org_id", format!("is {error}")))?;
            chosen = Some(find(id).ok_or_else(|| Problem::missing("organization"))?);
        }
        chosen.ok_or_else(unknown)
    }

    /// The places among which the operator chooses: any organization that is named, in dev mode one that it is a
    /// member of.
    async fn of_operator(&self, app: &App) -> Result<Vec<Membership>, Problem> {
        let mut places = vec![Membership { org_id: DEFAULT_ORG, org: DEFAULT_ORG_KEY, role: Role::Owner }];
        let header = self.header.and_then(|header| header.to_str().ok());
        let ids = [header, self.path].into_iter().flatten().filter_map(|id| id.parse().ok());
        let ids: Vec<OrgId> = ids.filter(|id| *id != DEFAULT_ORG).collect();
        let store = app.engine.store();
        if app.auth == Auth::Operator {
            for org_id in ids {
                let org = store.organization_by_id(org_id).await?;
                places.extend(org.map(|org| Membership { org_id, org, role: Role::Owner }));
            }
        } else if !ids.is_empty() {
            places.extend(store.memberships(DEFAULT_PRINCIPAL).await?);
        }
        Ok(places)
    }
}

/// The key, with or without a `Bearer` before it: clients send both.
pub(crate) fn secret(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim();
    match value.split_once(' ') {
        Some((scheme, secret)) if scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("apikey") => {
            Some(secret.trim())
        }
        _ => Some(value),
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().copied().ok_or_else(unknown)
    }
}

/// Finds out who calls and whether it may, before anything else of a request is looked at.
///
/// A key that a browser keeps and that is no good any more is forgotten with the answer.
pub(crate) async fn admit(State(app): State<App>, request: Request, next: Next) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let caller = match Caller::of(&app, &parts).await {
        Err(problem) if problem.is_unauthorized() && cookie::is_there(&parts.headers) => {
            let mut answer = problem.into_response();
            let forgotten = cookie::set(None, &app.settings.public_url);
            answer.headers_mut().extend(forgotten.map(|cookie| (header::SET_COOKIE, cookie)));
            return Ok(answer);
        }
        caller => caller?,
    };
    caller.must_keep_its_rate(&app)?;
    let route = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    caller.must_be(app.policy.least(&parts.method, route), "do this")?;
    parts.extensions.insert(caller);
    Ok(next.run(Request::from_parts(parts, body)).await)
}

/// Nobody between server and caller may give an answer to somebody else, or an old one: a cookie is enough to ask.
pub(crate) async fn for_the_caller_alone(mut answer: Response) -> Response {
    let kept = answer.headers_mut().entry(header::CACHE_CONTROL);
    kept.or_insert(HeaderValue::from_static("private, no-cache"));
    answer
}

fn unknown() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", "The `Authorization` header holds no valid key.")
}
