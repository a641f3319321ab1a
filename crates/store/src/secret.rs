//! Secrets, sealed before they come here: this file sees no clear text. Names and times can be listed, and the sealed
//! bytes be had by who is to open them.

use everruns_core::{ProviderId, SessionId, Timestamp};

use crate::session::parsed;
use crate::value::{Row, Statement, Value};
use crate::{Error, OrgKey, Store};

/// Whose secrets those of sessions are.
pub const SESSION_SECRETS: &str = "session";

/// A sealed secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Unique with its owner.
    pub name: String,
    /// What only the master key opens.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealed").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A sealed secret, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Its organization.
    pub org: OrgKey,
    /// What kind of thing owns it.
    pub kind: String,
    /// The owner.
    pub owner: String,
    /// The secret.
    pub secret: Sealed,
}

/// A secret as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretRow {
    /// Its name.
    pub name: String,
    /// When it was first set.
    pub created_at: Timestamp,
    /// When it was last set.
    pub updated_at: Timestamp,
}

/// A value that an agent keeps in its session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredValue {
    /// Unique in the session.
    pub key: String,
    /// The value.
    pub value: String,
    /// When it was first set.
    pub created_at: Timestamp,
    /// When it was last set.
    pub updated_at: Timestamp,
}

const PUT: &str = "INSERT INTO secret (org_id, kind, owner_id, name, sealed, created_at, updated_at)";
const OVER: &str = "ON CONFLICT (org_id, kind, owner_id, name)
    DO UPDATE SET sealed = excluded.sealed, updated_at = excluded.updated_at";

/// Sets one secret of the owner that `there` finds: ` FROM … WHERE …`, in which `$1` is the organization and `$3` the
/// owner.
pub(crate) fn put_secret(
    org: OrgKey,
    kind: &'static str,
    owner: &str,
    secret: &Sealed,
    at: Timestamp,
    there: &str,
) -> Statement {
    let sql = format!("{PUT} SELECT $1, $2, $3, $4, $5, $6, $6 {there} {OVER}");
    let parameters = vec![
        org.0.into(),
        kind.into(),
        owner.into(),
        secret.name.as_str().into(),
        Value::Blob(secret.bytes.clone()),
        at.as_micros().into(),
    ];
    Statement::owned(sql, parameters)
}

/// Drops all secrets of an owner.
pub(crate) fn delete_secrets(org: OrgKey, kind: &'static str, owner: &str) -> Statement {
    Statement::new(
        "DELETE FROM secret WHERE org_id = $1 AND kind = $2 AND owner_id = $3",
        vec![org.0.into(), kind.into(), owner.into()],
    )
}

impl Store {
    /// Sets secrets of a session, over those of the same names. Whether there is such a session.
    pub async fn put_session_secrets(
        &self,
        org: OrgKey,
        session: SessionId,
        secrets: &[Sealed],
        at: Timestamp,
    ) -> Result<bool, Error> {
        let owner = session.to_string();
        let there = "FROM session WHERE org_id = $1 AND id = $3";
        let mut statements: Vec<Statement> =
            secrets.iter().map(|secret| put_secret(org, SESSION_SECRETS, &owner, secret, at, there)).collect();
        let found = "SELECT id FROM session WHERE org_id = $1 AND id = $2";
        statements.push(Statement::new(found, vec![org.0.into(), owner.as_str().into()]));
        Ok(self.write(statements).await?.last().is_some_and(|rows| !rows.is_empty()))
    }

    /// The secrets of a provider or a session ([`PROVIDER_SECRETS`](crate::PROVIDER_SECRETS), [`SESSION_SECRETS`]) by
    /// name, without what they hold.
    pub async fn secrets(&self, org: OrgKey, kind: &'static str, owner: &str) -> Result<Vec<SecretRow>, Error> {
        let sql = "SELECT name, created_at, updated_at FROM secret WHERE org_id = $1 AND kind = $2 AND owner_id = $3";
        let rows = self.query(sql, vec![org.0.into(), kind.into(), owner.into()]).await?;
        let secret = |mut row: Row| {
            Ok(SecretRow {
                name: row.text()?,
                created_at: Timestamp::from_micros(row.int()?),
                updated_at: Timestamp::from_micros(row.int()?),
            })
        };
        let mut secrets: Vec<SecretRow> = rows.into_iter().map(secret).collect::<Result<_, Error>>()?;
        // Here and not there: the databases have their own orders of letters.
        secrets.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(secrets)
    }

    /// The secrets of a provider or a session, by name, as they were sealed.
    pub async fn sealed_secrets(&self, org: OrgKey, kind: &'static str, owner: &str) -> Result<Vec<Sealed>, Error> {
        let sql = "SELECT name, sealed FROM secret WHERE org_id = $1 AND kind = $2 AND owner_id = $3";
        let rows = self.query(sql, vec![org.0.into(), kind.into(), owner.into()]).await?;
        let secret = |mut row: Row| Ok(Sealed { name: row.text()?, bytes: row.blob()? });
        let mut secrets: Vec<Sealed> = rows.into_iter().map(secret).collect::<Result<_, Error>>()?;
        secrets.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(secrets)
    }

    /// Secrets of all organizations behind one, in a fixed order, at most so many; for the operator's new master key.
    pub async fn secrets_behind(&self, last: Option<&Placed>, limit: i64) -> Result<Vec<Placed>, Error> {
        let columns = "SELECT org_id, kind, owner_id, name, sealed FROM secret";
        let order = "ORDER BY org_id, kind, owner_id, name";
        let rows = match last {
            None => self.query(&format!("{columns} {order} LIMIT $1"), vec![limit.into()]).await?,
            Some(last) => {
                let sql = format!("{columns} WHERE (org_id, kind, owner_id, name) > ($1, $2, $3, $4) {order} LIMIT $5");
                let place = [last.kind.as_str(), &last.owner, &last.secret.name].map(Into::into);
                let parameters = [last.org.0.into()].into_iter().chain(place).chain([limit.into()]).collect();
                self.query(&sql, parameters).await?
            }
        };
        let placed = |mut row: Row| {
            let (org, kind, owner) = (OrgKey(row.int()?), row.text()?, row.text()?);
            Ok(Placed { org, kind, owner, secret: Sealed { name: row.text()?, bytes: row.blob()? } })
        };
        rows.into_iter().map(placed).collect()
    }

    /// Puts the new bytes of secrets in the place of those that they were made from. One that was set or dropped meanwhile
    /// stays as it is. How many were replaced.
    pub async fn replace_sealed(&self, anew: &[(Placed, Vec<u8>)]) -> Result<usize, Error> {
        let replace = |(old, bytes): &(Placed, Vec<u8>)| {
            Statement::new(
                "UPDATE secret SET sealed = $6
                 WHERE org_id = $1 AND kind = $2 AND owner_id = $3 AND name = $4 AND sealed = $5 RETURNING name",
                vec![
                    old.org.0.into(),
                    old.kind.as_str().into(),
                    old.owner.as_str().into(),
                    old.secret.name.as_str().into(),
                    Value::Blob(old.secret.bytes.clone()),
                    Value::Blob(bytes.clone()),
                ],
            )
        };
        let results = self.write(anew.iter().map(replace).collect()).await?;
        Ok(results.iter().filter(|rows| !rows.is_empty()).count())
    }

    /// The sealed secrets of all providers of an organization, by provider.
    pub async fn provider_secrets(&self, org: OrgKey) -> Result<Vec<(ProviderId, Vec<u8>)>, Error> {
        let sql = "SELECT owner_id, sealed FROM secret WHERE org_id = $1 AND kind = 'provider'";
        let rows = self.query(sql, vec![org.0.into()]).await?;
        rows.into_iter().map(|mut row| Ok((parsed(&row.text()?)?, row.blob()?))).collect()
    }

    /// The sealed bytes of one secret.
    pub async fn sealed_secret(
        &self,
        org: OrgKey,
        kind: &'static str,
        owner: &str,
        name: &str,
    ) -> Result<Option<Vec<u8>>, Error> {
        let sql = "SELECT sealed FROM secret WHERE org_id = $1 AND kind = $2 AND owner_id = $3 AND name = $4";
        let rows = self.query(sql, vec![org.0.into(), kind.into(), owner.into(), name.into()]).await?;
        rows.into_iter().next().map(|mut row| row.blob()).transpose()
    }

    /// Sets a value of a session. Whether there is such a session.
    pub async fn put_session_value(
        &self,
        org: OrgKey,
        session: SessionId,
        key: &str,
        value: &str,
        at: Timestamp,
    ) -> Result<bool, Error> {
        let statement = Statement::new(
            "INSERT INTO session_value (session_key, key, value, created_at, updated_at)
             SELECT s.key, $3, $4, $5, $5 FROM session s WHERE s.org_id = $1 AND s.id = $2
             ON CONFLICT (session_key, key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at
             RETURNING key",
            vec![org.0.into(), session.to_string().into(), key.into(), value.into(), at.as_micros().into()],
        );
        Ok(self.write(vec![statement]).await?.iter().any(|rows| !rows.is_empty()))
    }

    /// The values of a session, by key.
    pub async fn session_values(&self, org: OrgKey, session: SessionId) -> Result<Vec<StoredValue>, Error> {
        let sql = "SELECT v.key, v.value, v.created_at, v.updated_at FROM session s
             JOIN session_value v ON v.session_key = s.key WHERE s.org_id = $1 AND s.id = $2";
        let rows = self.query(sql, vec![org.0.into(), session.to_string().into()]).await?;
        let value = |mut row: Row| {
            Ok(StoredValue {
                key: row.text()?,
                value: row.text()?,
                created_at: Timestamp::from_micros(row.int()?),
                updated_at: Timestamp::from_micros(row.int()?),
            })
        };
        let mut values: Vec<StoredValue> = rows.into_iter().map(value).collect::<Result<_, Error>>()?;
        values.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(values)
    }
}
