//! Principals and the organizations that they are members of.

use everruns_core::{PrincipalId, Role, Timestamp};

use crate::key::{Membership, membership};
use crate::session::parsed;
use crate::value::{Row, Statement, Value};
use crate::{Error, OrgKey, Store};

/// A member of an organization.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Who.
    pub principal: PrincipalId,
    /// What people call it.
    pub name: String,
    /// Where it is written to.
    pub email: Option<String>,
    /// What it may do.
    pub role: Role,
    /// Since when.
    pub created_at: Timestamp,
}

/// A person or a program.
#[derive(Clone, Debug, PartialEq)]
pub struct Principal {
    /// What people call it.
    pub name: String,
    /// Where it is written to.
    pub email: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What became of a change of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberChange {
    /// It was made.
    Done,
    /// There is no such member.
    Missing,
    /// It would have left the organization without an owner.
    LastOwner,
}

const SELECT: &str = "SELECT p.id, p.name, p.email, m.role, m.created_at
    FROM member m JOIN principal p ON p.id = m.principal_id WHERE m.org_id = $1";

/// Whoever changes members of an organization holds its row, or two owners could take each other away.
const LOCK: &str = "UPDATE organization SET name = name WHERE id = $1 RETURNING id";

const OWNERS_LEFT: &str = "(role <> 'owner' OR
    (SELECT COUNT(*) FROM member other WHERE other.org_id = $1 AND other.role = 'owner') > 1)";

fn member(mut row: Row) -> Result<Member, Error> {
    Ok(Member {
        principal: parsed(&row.text()?)?,
        name: row.text()?,
        email: row.text_or_null()?,
        role: parsed(&row.text()?)?,
        created_at: Timestamp::from_micros(row.int()?),
    })
}

impl Store {
    /// The members of an organization, the oldest first.
    pub async fn members(&self, org: OrgKey, limit: i64) -> Result<Vec<Member>, Error> {
        let sql = format!("{SELECT} ORDER BY m.created_at, m.principal_id LIMIT $2");
        let rows = self.query(&sql, vec![org.0.into(), limit.into()]).await?;
        rows.into_iter().map(member).collect()
    }

    /// One member of an organization.
    pub async fn member(&self, org: OrgKey, principal: PrincipalId) -> Result<Option<Member>, Error> {
        let sql = format!("{SELECT} AND m.principal_id = $2");
        let rows = self.query(&sql, vec![org.0.into(), principal.to_string().into()]).await?;
        rows.into_iter().next().map(member).transpose()
    }

    /// How many members an organization has.
    pub async fn count_members(&self, org: OrgKey) -> Result<i64, Error> {
        self.number("SELECT COUNT(*) FROM member WHERE org_id = $1", vec![org.0.into()]).await
    }

    /// The organizations that a principal is a member of, the oldest membership first.
    pub async fn memberships(&self, principal: PrincipalId) -> Result<Vec<Membership>, Error> {
        let sql = "SELECT o.public_id, o.id, m.role FROM member m JOIN organization o ON o.id = m.org_id
            WHERE m.principal_id = $1 ORDER BY m.created_at, m.org_id";
        let rows = self.query(sql, vec![principal.to_string().into()]).await?;
        rows.into_iter().map(membership).collect()
    }

    /// What is known of a principal, wherever it is a member.
    pub async fn principal(&self, id: PrincipalId) -> Result<Option<Principal>, Error> {
        let sql = "SELECT name, email, created_at FROM principal WHERE id = $1";
        let rows = self.query(sql, vec![id.to_string().into()]).await?;
        let read = |mut row: Row| {
            let (name, email) = (row.text()?, row.text_or_null()?);
            Ok(Principal { name, email, created_at: Timestamp::from_micros(row.int()?) })
        };
        rows.into_iter().next().map(read).transpose()
    }

    /// Makes a member of a principal that exists. One that is a member already is an [`Error::Conflict`].
    pub async fn add_member(
        &self,
        org: OrgKey,
        principal: PrincipalId,
        role: Role,
        at: Timestamp,
    ) -> Result<Option<Member>, Error> {
        let statement = Statement::new(
            "INSERT INTO member (org_id, principal_id, role, created_at)
             SELECT CAST($1 AS BIGINT), id, $3, CAST($4 AS BIGINT) FROM principal WHERE id = $2",
            vec![org.0.into(), principal.to_string().into(), role.as_str().into(), at.as_micros().into()],
        );
        self.make(vec![statement], &principal.to_string()).await?;
        self.member(org, principal).await
    }

    /// Makes a principal, and a member of it.
    pub async fn create_member(&self, org: OrgKey, new: &Member) -> Result<(), Error> {
        let statements = insert(org, new.principal, &new.name, new.email.as_deref(), new.role, new.created_at);
        self.make(statements, &new.principal.to_string()).await.map(drop)
    }

    /// Gives a member another role, unless it is the last owner.
    pub async fn set_member_role(
        &self,
        org: OrgKey,
        principal: PrincipalId,
        role: Role,
    ) -> Result<MemberChange, Error> {
        let sql = format!(
            "UPDATE member SET role = $3 WHERE org_id = $1 AND principal_id = $2 AND ($3 = 'owner' OR {OWNERS_LEFT})
             RETURNING role"
        );
        let parameters = vec![org.0.into(), principal.to_string().into(), role.as_str().into()];
        self.change_member(org, principal, Statement::owned(sql, parameters)).await
    }

    /// Takes a member out of an organization, unless it is the last owner. Its keys are no good there any more.
    pub async fn remove_member(&self, org: OrgKey, principal: PrincipalId) -> Result<MemberChange, Error> {
        let sql =
            format!("DELETE FROM member WHERE org_id = $1 AND principal_id = $2 AND {OWNERS_LEFT} RETURNING role");
        let parameters = vec![org.0.into(), principal.to_string().into()];
        self.change_member(org, principal, Statement::owned(sql, parameters)).await
    }

    async fn change_member(
        &self,
        org: OrgKey,
        principal: PrincipalId,
        change: Statement,
    ) -> Result<MemberChange, Error> {
        let changed = self.write(vec![Statement::new(LOCK, vec![org.0.into()]), change]).await?;
        if changed.last().is_some_and(|rows| !rows.is_empty()) {
            return Ok(MemberChange::Done);
        }
        Ok(match self.member(org, principal).await? {
            Some(_) => MemberChange::LastOwner,
            None => MemberChange::Missing,
        })
    }
}

/// The statements that make a principal and its membership.
pub(crate) fn insert(
    org: OrgKey,
    principal: PrincipalId,
    name: &str,
    email: Option<&str>,
    role: Role,
    at: Timestamp,
) -> Vec<Statement> {
    let (id, at) = (Value::from(principal.to_string()), Value::from(at.as_micros()));
    vec![
        Statement::new(
            "INSERT INTO principal (id, name, email, created_at) VALUES ($1, $2, $3, $4)",
            vec![id.clone(), name.into(), email.map(str::to_owned).into(), at.clone()],
        ),
        Statement::new(
            "INSERT INTO member (org_id, principal_id, role, created_at) VALUES ($1, $2, $3, $4)",
            vec![org.0.into(), id, role.as_str().into(), at],
        ),
    ]
}
