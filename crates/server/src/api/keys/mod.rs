//! Keys: create (the secret is shown once), list, delete.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod rotate_master;

use everruns_core::{KeyId, OrgId, PrincipalId, Timestamp};
use everruns_store::ApiKey;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::Caller;

/// A key without its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = Key)]
pub(crate) struct KeyRow {
    id: KeyId,
    /// What people call it.
    name: String,
    /// How the secret starts and ends.
    hint: String,
    /// Who it acts for.
    principal_id: PrincipalId,
    /// The one organization that it is for; null: all that its principal belongs to.
    organization_id: Option<OrgId>,
    /// Who made it.
    created_by: PrincipalId,
    created_at: Timestamp,
    /// From when on it is no good.
    expires_at: Option<Timestamp>,
    /// When it was taken back.
    revoked_at: Option<Timestamp>,
    /// When it was last used, to the hour.
    last_used_at: Option<Timestamp>,
}

/// A key as the API shows it to a caller in its organization.
fn show(caller: Caller, key: ApiKey) -> KeyRow {
    KeyRow {
        id: key.id,
        name: key.name,
        hint: key.hint,
        principal_id: key.principal,
        // Whoever sees a key that is for one organization is in that one.
        organization_id: key.org.map(|_| caller.org_id),
        created_by: key.created_by,
        created_at: key.created_at,
        expires_at: key.expires_at,
        revoked_at: key.revoked_at,
        last_used_at: key.last_used_at,
    }
}
