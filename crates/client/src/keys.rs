//! `/v1/keys` and `/v1/users/me`: by which key somebody calls, and who that is.

use everruns_core::{KeyId, OrgId, PrincipalId, Role, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Client, Error, Seen};

/// The keys of the caller's organization.
#[derive(Clone, Copy, Debug)]
pub struct Keys<'a>(pub(crate) &'a Client);

/// A key without its secret.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Key {
    /// Its id.
    pub id: KeyId,
    /// What people call it.
    pub name: String,
    /// How the secret starts and ends.
    pub hint: String,
    /// Who it acts for.
    pub principal_id: PrincipalId,
    /// The one organization that it is for; absent: all that its principal belongs to.
    pub organization_id: Option<OrgId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is no good.
    pub expires_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to the hour.
    pub last_used_at: Option<Timestamp>,
    /// The secret. Only the answer to its creation has it.
    pub key: Option<String>,
}

/// What a new key shall be.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NewKey {
    /// What people call it.
    pub name: String,
    /// Makes a new principal with this role, which the key acts for; absent: the key acts for the caller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Makes a key for this member instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal_id: Option<PrincipalId>,
    /// From when on it is no good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Whether it is for all organizations that the caller belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all_organizations: Option<bool>,
}

/// Who the caller is.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Me {
    /// Its id.
    pub id: PrincipalId,
    /// What people call it.
    pub name: String,
    /// Its roles in the organization that the request acts for.
    pub roles: Vec<Role>,
    /// The organization that the request acts for.
    pub organization_id: OrgId,
}

impl Keys<'_> {
    /// Makes a key. This is the only answer that has its secret.
    pub async fn create(&self, spec: &NewKey) -> Result<Seen<Key>, Error> {
        self.0.post(&["keys"]).json(spec).answer().await
    }

    /// The keys, the newest first, revoked ones too. Who is no admin sees its own.
    pub async fn list(&self) -> Result<Vec<Seen<Key>>, Error> {
        self.0.get(&["keys"]).items().await
    }

    /// Wraps all secrets of the server by its new master key; over the operator's socket alone. How many of each kind.
    pub async fn rotate_master(&self) -> Result<serde_json::Map<String, serde_json::Value>, Error> {
        self.0.post(&["keys", "rotate-master"]).answer().await
    }

    /// Takes a key back; it is no good from now on.
    pub async fn delete(&self, id: KeyId) -> Result<(), Error> {
        self.0.delete(&["keys", &id.to_string()]).done().await
    }
}

impl Client {
    /// Who the caller is, and what it may do.
    pub async fn me(&self) -> Result<Seen<Me>, Error> {
        self.get(&["users", "me"]).answer().await
    }
}
