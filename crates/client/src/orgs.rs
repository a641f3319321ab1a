//! `/v1/orgs`: organizations, and who belongs to them.

use everruns_core::{OrgId, PrincipalId, Role, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{Client, Error, Seen};

/// The organizations that the caller can act for.
#[derive(Clone, Copy, Debug)]
pub struct Orgs<'a>(pub(crate) &'a Client);

/// An organization: the wall between tenants.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Org {
    /// Its id.
    pub id: OrgId,
    /// What people call it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The members of an organization.
#[derive(Clone, Copy, Debug)]
pub struct Members<'a>(pub(crate) &'a Client);

/// A member.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Member {
    /// Who it is.
    pub principal_id: PrincipalId,
    /// What people call it.
    pub name: String,
    /// Where it is written to.
    pub email: Option<String>,
    /// What it may do.
    pub role: Role,
}

/// A member to be: a new principal by `name`, or one that exists by `principal_id`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NewMember {
    /// What it may do.
    pub role: Role,
    /// A principal that exists, of another organization as a rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal_id: Option<PrincipalId>,
    /// What people call a new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where a new one is written to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

impl Orgs<'_> {
    /// Makes an organization, of which the caller is the owner.
    pub async fn create(&self, name: &str) -> Result<Seen<Org>, Error> {
        self.0.post(&["orgs"]).json(&json!({ "name": name })).answer().await
    }

    /// The organizations, the oldest first.
    pub async fn list(&self) -> Result<Vec<Seen<Org>>, Error> {
        self.0.get(&["orgs"]).items().await
    }

    /// The organization with this id.
    pub async fn get(&self, id: OrgId) -> Result<Seen<Org>, Error> {
        self.0.get(&["orgs", &id.to_string()]).answer().await
    }

    /// Gives it another name.
    pub async fn update(&self, id: OrgId, name: &str) -> Result<Seen<Org>, Error> {
        self.0.patch(&["orgs", &id.to_string()]).json(&json!({ "name": name })).answer().await
    }
}

impl Members<'_> {
    /// Adds a member.
    pub async fn create(&self, org: OrgId, member: &NewMember) -> Result<Seen<Member>, Error> {
        self.0.post(&["orgs", &org.to_string(), "members"]).json(member).answer().await
    }

    /// The members; the list comes whole.
    pub async fn list(&self, org: OrgId) -> Result<Vec<Seen<Member>>, Error> {
        self.0.get(&["orgs", &org.to_string(), "members"]).items().await
    }

    /// Gives a member another role.
    pub async fn update(&self, org: OrgId, member: PrincipalId, role: Role) -> Result<Seen<Member>, Error> {
        let call = self.0.patch(&["orgs", &org.to_string(), "members", &member.to_string()]);
        call.json(&json!({ "role": role })).answer().await
    }

    /// Takes a member out.
    pub async fn delete(&self, org: OrgId, member: PrincipalId) -> Result<(), Error> {
        self.0.delete(&["orgs", &org.to_string(), "members", &member.to_string()]).done().await
    }
}
