//! API keys, by the hash of their secret, and who they act for.

use everruns_core::{KeyId, OrgId, PrincipalId, Role, Timestamp};

use crate::session::parsed;
use crate::value::{Row, Statement};
use crate::{Error, OrgKey, Store};

/// A key as it is listed; its secret is not among it.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiKey {
    /// Its public id.
    pub id: KeyId,
    /// Who it acts for.
    pub principal: PrincipalId,
    /// The one organization that it is for; without one it is for all of its principal's.
    pub org: Option<OrgKey>,
    /// What people call it.
    pub name: String,
    /// How the secret starts and ends.
    pub hint: String,
    /// Who made it.
    pub created_by: PrincipalId,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is no good.
    pub expires_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to the hour.
    pub last_used_at: Option<Timestamp>,
}

/// Who a key acts for.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity {
    /// The key.
    pub key: ApiKey,
    /// The organizations it can act for, with the principal's role; the oldest membership first.
    pub memberships: Vec<Membership>,
}

/// A principal's place in an organization.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Membership {
    /// The organization's public id.
    pub org_id: OrgId,
    /// The organization.
    pub org: OrgKey,
    /// What the principal may do there.
    pub role: Role,
}

const COLUMNS: &str = "k.id, k.principal_id, k.org_id, k.name, k.hint, k.created_by, k.created_at, k.expires_at, \
    k.revoked_at, k.last_used_at";

/// Keys that principal `$2` may see in organization `$1`, where it sees everybody's if `$3` is 1.
const SEEN: &str = "(k.org_id = $1 AND (k.principal_id = $2 OR CAST($3 AS BIGINT) = 1)
    OR k.org_id IS NULL AND k.principal_id = $2)";

fn key(row: &mut Row) -> Result<ApiKey, Error> {
    let time = |micros: Option<i64>| micros.map(Timestamp::from_micros);
    Ok(ApiKey {
        id: parsed(&row.text()?)?,
        principal: parsed(&row.text()?)?,
        org: row.int_or_null()?.map(OrgKey),
        name: row.text()?,
        hint: row.text()?,
        created_by: parsed(&row.text()?)?,
        created_at: Timestamp::from_micros(row.int()?),
        expires_at: time(row.int_or_null()?),
        revoked_at: time(row.int_or_null()?),
        last_used_at: time(row.int_or_null()?),
    })
}

/// A membership from a row that ends with the organization's public id, its key and the role.
pub(crate) fn membership(mut row: Row) -> Result<Membership, Error> {
    Ok(Membership { org_id: parsed(&row.text()?)?, org: OrgKey(row.int()?), role: parsed(&row.text()?)? })
}

impl Store {
    /// Keeps a new key under the hash of its secret.
    pub async fn create_key(&self, key: &ApiKey, hash: &str) -> Result<(), Error> {
        self.make(vec![insert(key, hash)], &key.id.to_string()).await.map(drop)
    }

    /// Keeps a new key for a new principal, which becomes a member of the key's organization.
    pub async fn create_key_with_principal(&self, key: &ApiKey, hash: &str, role: Role) -> Result<(), Error> {
        let org = key.org.ok_or_else(|| Error::Failed("such a key is for one organization".to_owned()))?;
        let mut statements = crate::member::insert(org, key.principal, &key.name, None, role, key.created_at);
        statements.push(insert(key, hash));
        self.make(statements, &key.id.to_string()).await.map(drop)
    }

    /// The key with this hash that is not revoked, and who it acts for. Whether it has expired is the caller's to see.
    pub async fn identity_by_hash(&self, hash: &str) -> Result<Option<Identity>, Error> {
        self.identity("k.hash", hash.to_owned()).await
    }

    /// The same by the key's id; for who was let in before and asks whether that still holds.
    pub async fn identity_by_id(&self, id: KeyId) -> Result<Option<Identity>, Error> {
        self.identity("k.id", id.to_string()).await
    }

    async fn identity(&self, column: &str, value: String) -> Result<Option<Identity>, Error> {
        let sql = format!(
            "SELECT {COLUMNS}, o.public_id, o.id, m.role FROM api_key k
             JOIN member m ON m.principal_id = k.principal_id AND (k.org_id IS NULL OR k.org_id = m.org_id)
             JOIN organization o ON o.id = m.org_id
             WHERE {column} = $1 AND k.revoked_at IS NULL ORDER BY m.created_at, m.org_id"
        );
        let mut identity: Option<Identity> = None;
        for mut row in self.query(&sql, vec![value.into()]).await? {
            let key = key(&mut row)?;
            let identity = identity.get_or_insert_with(|| Identity { key, memberships: Vec::new() });
            identity.memberships.push(membership(row)?);
        }
        Ok(identity)
    }

    /// The keys that a principal may see in `org`, newest first: its own that are good there, and `all` that were made for
    /// `org` alone. Revoked and expired ones are among them.
    pub async fn keys(&self, org: OrgKey, of: PrincipalId, all: bool, limit: i64) -> Result<Vec<ApiKey>, Error> {
        let sql =
            format!("SELECT {COLUMNS} FROM api_key k WHERE {SEEN} ORDER BY k.created_at DESC, k.id DESC LIMIT $4");
        let parameters = vec![org.0.into(), of.to_string().into(), i64::from(all).into(), limit.into()];
        let rows = self.query(&sql, parameters).await?;
        rows.into_iter().map(|mut row| key(&mut row)).collect()
    }

    /// How many keys for `org` alone are neither revoked nor expired.
    pub async fn count_keys(&self, org: OrgKey, now: Timestamp) -> Result<i64, Error> {
        let sql = "SELECT COUNT(*) FROM api_key
            WHERE org_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)";
        self.number(sql, vec![org.0.into(), now.as_micros().into()]).await
    }

    /// Whether any key is good.
    pub async fn has_keys(&self, now: Timestamp) -> Result<bool, Error> {
        let sql = "SELECT 1 FROM api_key WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $1) LIMIT 1";
        Ok(!self.query(sql, vec![now.as_micros().into()]).await?.is_empty())
    }

    /// Takes back one of the keys that a principal may see; see [`Self::keys`]. Whether there was one that was good.
    pub async fn revoke_key(
        &self,
        org: OrgKey,
        of: PrincipalId,
        all: bool,
        id: KeyId,
        at: Timestamp,
    ) -> Result<bool, Error> {
        let sql = format!(
            "UPDATE api_key AS k SET revoked_at = $5 WHERE {SEEN} AND k.id = $4 AND k.revoked_at IS NULL RETURNING id"
        );
        let parameters = vec![
            org.0.into(),
            of.to_string().into(),
            i64::from(all).into(),
            id.to_string().into(),
            at.as_micros().into(),
        ];
        Ok(self.write(vec![Statement::owned(sql, parameters)]).await?.iter().any(|rows| !rows.is_empty()))
    }

    /// Notes that a key was used.
    pub async fn touch_key(&self, id: KeyId, at: Timestamp) -> Result<(), Error> {
        let sql = "UPDATE api_key SET last_used_at = $2 WHERE id = $1";
        let statement = Statement::new(sql, vec![id.to_string().into(), at.as_micros().into()]);
        self.write(vec![statement]).await.map(drop)
    }
}

fn insert(key: &ApiKey, hash: &str) -> Statement {
    Statement::new(
        "INSERT INTO api_key (id, hash, principal_id, org_id, name, hint, created_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        vec![
            key.id.to_string().into(),
            hash.into(),
            key.principal.to_string().into(),
            key.org.map(|org| org.0).into(),
            key.name.as_str().into(),
            key.hint.as_str().into(),
            key.created_by.to_string().into(),
            key.created_at.as_micros().into(),
            key.expires_at.map(Timestamp::as_micros).into(),
        ],
    )
}
