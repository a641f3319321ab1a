//! Revisions: every state that a resource had, who made it and why. Each is written in the transaction of its change.

use everruns_core::Timestamp;
use everruns_core::limits::REVISIONS_MAX;

use crate::value::{Row, Statement};
use crate::{Error, OrgKey, Store};

/// Who changes a resource, why and when.
#[derive(Clone, Debug)]
pub struct Change {
    /// The principal's public id.
    pub actor: String,
    /// In the caller's own words.
    pub reason: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// A state that a resource had, without its document.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    /// The resource's version then.
    pub version: i64,
    /// Who made it; none for what is older than the history.
    pub actor: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// The resource's name then.
    pub name: String,
    /// `active`, `archived` or `deleted`.
    pub status: String,
    /// Since when.
    pub created_at: Timestamp,
}

/// Which row of a kind a change concerns.
#[derive(Clone, Copy)]
pub(crate) enum Which<'a> {
    Id(&'a str),
    /// The live one with this name.
    Named(&'a str),
}

impl Which<'_> {
    fn condition(self) -> &'static str {
        match self {
            Self::Id(_) => "org_id = $1 AND kind = $2 AND id = $3",
            Self::Named(_) => "org_id = $1 AND kind = $2 AND name = $3 AND status = 'active'",
        }
    }

    fn word(self) -> String {
        match self {
            Self::Id(word) | Self::Named(word) => word.to_owned(),
        }
    }

    /// `select` on the one row, if `more` holds of it too.
    pub(crate) fn statement(self, select: &str, more: &str, org: OrgKey, kind: &str) -> Statement {
        let sql = format!("{select} WHERE {} {more}", self.condition());
        Statement::owned(sql, vec![org.0.into(), kind.into(), self.word().into()])
    }
}

/// What follows every statement that writes a resource, in the same transaction: its state goes to the history, and
/// what is too old leaves it. If nothing was written, nothing is kept.
pub(crate) fn kept(which: Which<'_>, org: OrgKey, kind: &str, change: &Change) -> [Statement; 2] {
    let condition = which.condition();
    let keep = format!(
        "INSERT INTO revision (org_id, kind, id, version, actor, reason, name, status, body, created_at)
         SELECT org_id, kind, id, version, $4, $5, name, status, body, updated_at FROM resource WHERE {condition}
         ON CONFLICT (org_id, kind, id, version) DO NOTHING"
    );
    let drop = format!(
        "DELETE FROM revision WHERE org_id = $1 AND kind = $2 AND id = (SELECT id FROM resource WHERE {condition})
             AND version <= (SELECT version FROM resource WHERE {condition}) - {REVISIONS_MAX}"
    );
    let mut parameters = vec![org.0.into(), kind.into(), which.word().into()];
    let drop = Statement::owned(drop, parameters.clone());
    parameters.extend([change.actor.as_str().into(), change.reason.clone().into()]);
    [Statement::owned(keep, parameters), drop]
}

const COLUMNS: &str = "version, actor, reason, name, status, created_at";

fn revision(row: &mut Row) -> Result<Revision, Error> {
    Ok(Revision {
        version: row.int()?,
        actor: row.text_or_null()?,
        reason: row.text_or_null()?,
        name: row.text()?,
        status: row.text()?,
        created_at: Timestamp::from_micros(row.int()?),
    })
}

impl Store {
    /// A page of a resource's revisions, newest first, and how many are kept in all.
    pub async fn list_revisions(
        &self,
        org: OrgKey,
        kind: &str,
        id: &str,
        offset: i64,
        limit: i64,
    ) -> Result<(Vec<Revision>, i64), Error> {
        let which = Which::Id(id);
        let count = which.statement("SELECT COUNT(*) FROM revision", "", org, kind);
        let total = self.number(&count.sql, count.parameters).await?;
        let select = format!("SELECT {COLUMNS} FROM revision");
        let mut page = which.statement(&select, "ORDER BY version DESC LIMIT $4 OFFSET $5", org, kind);
        page.parameters.extend([limit.into(), offset.into()]);
        let rows = self.query(&page.sql, page.parameters).await?;
        Ok((rows.into_iter().map(|mut row| revision(&mut row)).collect::<Result<_, _>>()?, total))
    }

    /// A revision and its document.
    pub async fn revision(
        &self,
        org: OrgKey,
        kind: &str,
        id: &str,
        version: i64,
    ) -> Result<Option<(Revision, String)>, Error> {
        let select = format!("SELECT {COLUMNS}, body FROM revision");
        let mut one = Which::Id(id).statement(&select, "AND version = $4", org, kind);
        one.parameters.push(version.into());
        let row = self.query(&one.sql, one.parameters).await?.into_iter().next();
        row.map(|mut row| Ok((revision(&mut row)?, row.text()?))).transpose()
    }
}
