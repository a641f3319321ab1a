//! `POST /keys`.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use everruns_core::limits::KEYS_PER_ORG_MAX;
use everruns_core::{KeyId, PrincipalId, Role, Timestamp};
use everruns_store::ApiKey;
use serde::Serialize;
use utoipa::ToSchema;

use super::{KeyRow, show};
use crate::auth::Caller;
use crate::fields::Fields;
use crate::keys::draw;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;
use crate::validate;

/// A new key. This is the only time that its secret is shown.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewKey {
    #[serde(flatten)]
    row: KeyRow,
    /// The secret, for `Authorization`.
    key: String,
}

/// What is asked for.
#[derive(ToSchema)]
#[schema(as = CreateKey)]
#[expect(dead_code, reason = "for the OpenAPI document; fields are taken one by one")]
pub(crate) struct CreateKeySpec {
    /// What people call it.
    name: String,
    /// Makes a new principal with this role, which the key acts for; absent: the key acts for the caller.
    role: Option<Role>,
    /// Makes a key for this member instead; takes an admin.
    principal_id: Option<PrincipalId>,
    /// From when on it is no good.
    expires_at: Option<Timestamp>,
    /// Whether it is for all organizations that the caller belongs to.
    all_organizations: Option<bool>,
}

/// Makes a key: for the caller itself, for a member, or with `role` for a new principal, such as a program. A key that
/// is made with one that expires does not outlive it.
#[utoipa::path(post, path = "/keys", operation_id = "keys_create", tag = "keys", request_body = CreateKeySpec,
    responses((status = 201, body = NewKey), (status = 400, body = ProblemBody), (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    mut fields: Fields,
) -> Result<impl IntoResponse, Problem> {
    let now = app.engine.source().now();
    let name: String = fields.required("name")?;
    validate::label("name", &name)?;
    let role: Option<Role> = fields.optional("role")?;
    let member: Option<PrincipalId> = fields.optional("principal_id")?;
    let is_bound = !fields.optional("all_organizations")?.unwrap_or(false);
    let expires_at = expiry(caller, fields.optional("expires_at")?, now)?;
    let principal = owner(&app, caller, role, member).await?;
    if !is_bound && (principal != caller.principal || caller.key.is_some_and(|key| key.is_bound)) {
        let remedy = "may be true for a key of the caller's own, made with a key that is for all of them too";
        return Err(Problem::invalid("all_organizations", remedy));
    }
    let store = app.engine.store();
    if store.count_keys(caller.org, now).await? >= KEYS_PER_ORG_MAX {
        let detail = format!("The organization has {KEYS_PER_ORG_MAX} keys already; delete some first.");
        return Err(Problem::conflict(detail));
    }

    let (secret, hint) = draw(app.engine.source());
    let key = ApiKey {
        id: KeyId(app.engine.source().uuid()),
        principal,
        org: is_bound.then_some(caller.org),
        name,
        hint,
        created_by: caller.principal,
        created_at: now,
        expires_at,
        revoked_at: None,
        last_used_at: None,
    };
    let hash = crate::hash_of_key(&secret);
    match role {
        Some(role) => store.create_key_with_principal(&key, &hash, role).await?,
        None => store.create_key(&key, &hash).await?,
    }
    tracing::info!(key = %key.id, by = %caller.principal, "a key was made");
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((StatusCode::CREATED, no_store, Json(NewKey { row: show(caller, key), key: secret })))
}

/// Who the key shall act for.
async fn owner(
    app: &App,
    caller: Caller,
    role: Option<Role>,
    member: Option<PrincipalId>,
) -> Result<PrincipalId, Problem> {
    match (role, member) {
        (Some(_), Some(_)) => Err(Problem::invalid("role", "must not be given together with `principal_id`")),
        (Some(role), None) => {
            caller.must_be(Role::Admin.max(role), "make a key with this role")?;
            Ok(PrincipalId(app.engine.source().uuid()))
        }
        (None, Some(member)) if member != caller.principal => {
            let found = app.engine.store().member(caller.org, member).await?;
            let found = found.ok_or_else(|| Problem::missing("member"))?;
            caller.must_be(Role::Admin.max(found.role), "make a key for this member")?;
            Ok(member)
        }
        (None, _) => Ok(caller.principal),
    }
}

/// When the key ends: when it shall, but not after the one that makes it.
fn expiry(caller: Caller, wanted: Option<Timestamp>, now: Timestamp) -> Result<Option<Timestamp>, Problem> {
    let own = caller.key.and_then(|key| key.expires_at);
    match (wanted, own) {
        (Some(wanted), _) if wanted <= now => Err(Problem::invalid("expires_at", "must be in the future")),
        (Some(wanted), Some(own)) if wanted > own => {
            Err(Problem::invalid("expires_at", format!("must not be after {own}, when the caller's own key ends")))
        }
        (wanted, own) => Ok(wanted.or(own)),
    }
}
