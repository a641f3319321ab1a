//! Resources: everything that has an id, a name and a document, such as agents.

use everruns_core::Timestamp;
use everruns_core::agent::Status;

use crate::page::List;
use crate::revision::{Change, Which, kept};
use crate::search::{search_condition, searchable};
use crate::value::{Row, Statement, Value, first_row};
use crate::{Error, Once, OrgKey, Store};

/// A stored resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// Its public id.
    pub id: String,
    /// Unique among the live ones of its kind.
    pub name: String,
    /// The free text that the name was made of, if it was. In what is to be written under the name that it had, none
    /// leaves what is there.
    pub name_text: Option<String>,
    /// `active`, `archived` or `deleted`.
    pub status: String,
    /// Raised by every change.
    pub version: i64,
    /// What lists search in; kept in lower case.
    pub search: String,
    /// The document, JSON.
    pub body: String,
    /// The id of what it stands on, if anything: a harness's parent, an agent's harness.
    pub base_id: Option<String>,
    /// Where it comes from and which version of it counts, JSON. In what is to be written, none leaves what is there.
    pub lineage: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was archived or deleted.
    pub retired_at: Option<Timestamp>,
}

/// Which resources a list wants.
#[derive(Clone, Debug, Default)]
pub struct ResourceQuery {
    /// Words that all must occur, in lower case.
    pub search: Vec<String>,
    /// Whether archived ones are listed too.
    pub include_archived: bool,
    /// Rows to skip.
    pub offset: i64,
    /// Rows at most.
    pub limit: i64,
}

/// What an upsert did.
#[derive(Clone, Debug, PartialEq)]
pub struct Upserted {
    /// The row as it is now.
    pub resource: Resource,
    /// Whether it is new.
    pub created: bool,
}

const COLUMNS: &str =
    "id, name, name_text, status, version, search, body, base_id, lineage, created_at, updated_at, retired_at";

fn resource(mut row: Row) -> Result<Resource, Error> {
    Ok(Resource {
        id: row.text()?,
        name: row.text()?,
        name_text: row.text_or_null()?,
        status: row.text()?,
        version: row.int()?,
        search: row.text()?,
        body: row.text()?,
        base_id: row.text_or_null()?,
        lineage: row.text_or_null()?,
        created_at: Timestamp::from_micros(row.int()?),
        updated_at: Timestamp::from_micros(row.int()?),
        retired_at: row.int_or_null()?.map(Timestamp::from_micros),
    })
}

impl Store {
    /// Writes a resource of `kind` over the one with its id, or if `by_name` (for a caller that named no id, so that the
    /// one in `new` is freshly drawn) over the live one with its name; if there is none, as a new one. What was the same
    /// before stays as it is, without a new version. A name that another live resource holds, or a drawn id that is
    /// taken, is a [`Error::Conflict`]; so is, by name, a name that was made of another text than the live one's.
    pub async fn upsert_resource(
        &self,
        org: OrgKey,
        kind: &'static str,
        new: &Resource,
        by_name: bool,
        change: &Change,
    ) -> Result<Upserted, Error> {
        let (conflict, rest, which) = if by_name {
            // Many texts come to the same name: only the one that made it means it.
            let rest = " WHERE excluded.name_text IS NULL OR excluded.name_text = resource.name_text";
            ("(org_id, kind, name) WHERE status = 'active'", rest, Which::Named(&new.name))
        } else {
            let rest = ", name = excluded.name, status = 'active', retired_at = NULL";
            ("(org_id, kind, id)", rest, Which::Id(&new.id))
        };
        let same = "resource.body = excluded.body AND resource.name = excluded.name AND resource.status = 'active'";
        let sql = format!(
            "INSERT INTO resource
                 (org_id, kind, id, name, status, version, search, body, created_at, updated_at, base_id, lineage,
                  name_text)
             VALUES ($1, $2, $3, $4, 'active', 1, $5, $6, $7, $7, $8, $9, $10)
             ON CONFLICT {conflict} DO UPDATE SET
                 version = CASE WHEN {same} THEN resource.version ELSE resource.version + 1 END,
                 updated_at = CASE WHEN {same} THEN resource.updated_at ELSE excluded.updated_at END,
                 search = excluded.search, body = excluded.body, base_id = excluded.base_id,
                 name_text = CASE WHEN resource.name = excluded.name
                     THEN COALESCE(excluded.name_text, resource.name_text) ELSE excluded.name_text END,
                 lineage = CASE WHEN resource.status = 'deleted' THEN excluded.lineage
                     ELSE COALESCE(excluded.lineage, resource.lineage) END{rest}
             RETURNING {COLUMNS}"
        );
        let parameters = vec![
            org.0.into(),
            kind.into(),
            new.id.as_str().into(),
            new.name.as_str().into(),
            searchable(&new.search).into(),
            new.body.as_str().into(),
            change.at.as_micros().into(),
            new.base_id.clone().into(),
            new.lineage.clone().into(),
            new.name_text.clone().into(),
        ];
        let known = which.statement("SELECT version FROM resource", "AND status <> 'deleted'", org, kind);
        let taken = Error::Conflict("the name was made of another text".to_owned());
        let mut statements = vec![known, Statement::owned(sql, parameters).or_refuse(taken)];
        statements.extend(kept(which, org, kind, change));
        let once = Once::take();
        statements.extend(once.as_ref().map(|once| once.statement_for_resource(kind, &new.name)));
        let written = self.write(statements).await;
        if let Some(once) = once {
            once.settle(written.is_ok(), matches!(written, Err(Error::Repeated)));
        }
        let mut results = written?;
        let created = results.first().is_none_or(Vec::is_empty);
        Ok(Upserted { resource: resource(first_row(results.split_off(1))?)?, created })
    }

    /// Writes `new` over the resource with its id if that still has the version which `new` says; `None` if it has not.
    /// A resource that live ones of its kind stand on stays active: that is a `None` too.
    pub async fn update_resource(
        &self,
        org: OrgKey,
        kind: &'static str,
        new: &Resource,
        change: &Change,
    ) -> Result<Option<Resource>, Error> {
        let sql = format!(
            "UPDATE resource SET name = $5, status = $6, search = $7, body = $8, base_id = $9, updated_at = $10,
                 lineage = COALESCE($11, lineage), version = version + 1,
                 name_text = CASE WHEN name = $5 THEN COALESCE($12, name_text) ELSE $12 END,
                 retired_at = CASE WHEN status = $6 THEN retired_at WHEN $6 = 'active' THEN NULL ELSE $10 END
             WHERE org_id = $1 AND kind = $2 AND id = $3 AND version = $4
                 AND ($6 = 'active' OR NOT EXISTS (SELECT 1 FROM resource upper WHERE upper.org_id = $1
                     AND upper.kind = $2 AND upper.base_id = $3 AND upper.status = 'active'))
             RETURNING {COLUMNS}"
        );
        let parameters = vec![
            org.0.into(),
            kind.into(),
            new.id.as_str().into(),
            new.version.into(),
            new.name.as_str().into(),
            new.status.as_str().into(),
            searchable(&new.search).into(),
            new.body.as_str().into(),
            new.base_id.clone().into(),
            change.at.as_micros().into(),
            new.lineage.clone().into(),
            new.name_text.clone().into(),
        ];
        let mut statements = vec![Statement::owned(sql, parameters)];
        statements.extend(kept(Which::Id(&new.id), org, kind, change));
        let mut results = self.write(statements).await?.into_iter();
        results.next().and_then(|rows| rows.into_iter().next()).map(resource).transpose()
    }

    /// The resource with this id, whatever its status.
    pub async fn resource_by_id(&self, org: OrgKey, kind: &str, id: &str) -> Result<Option<Resource>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM resource WHERE org_id = $1 AND kind = $2 AND id = $3");
        let rows = self.query(&sql, vec![org.0.into(), kind.into(), id.into()]).await?;
        rows.into_iter().next().map(resource).transpose()
    }

    /// The live resource with this name.
    pub async fn resource_by_name(&self, org: OrgKey, kind: &str, name: &str) -> Result<Option<Resource>, Error> {
        let sql = format!(
            "SELECT {COLUMNS} FROM resource WHERE org_id = $1 AND kind = $2 AND name = $3 AND status = 'active'"
        );
        let rows = self.query(&sql, vec![org.0.into(), kind.into(), name.into()]).await?;
        rows.into_iter().next().map(resource).transpose()
    }

    /// A page of resources, newest first, and how many there are in all.
    pub async fn list_resources(
        &self,
        org: OrgKey,
        kind: &str,
        query: &ResourceQuery,
    ) -> Result<(Vec<Resource>, i64), Error> {
        let mut parameters: Vec<Value> = vec![org.0.into(), kind.into(), i64::from(query.include_archived).into()];
        let searched = search_condition("search", &query.search, &mut parameters);
        let matching = format!(
            "FROM resource WHERE org_id = $1 AND kind = $2
                AND (status = 'active' OR ($3 = 1 AND status = 'archived')){searched}"
        );
        let list =
            List { columns: COLUMNS, body: "body", id: "id", matching: &matching, order: "created_at DESC, id DESC" };
        let (rows, total) = self.page(list, parameters, query.limit, query.offset).await?;
        Ok((rows.into_iter().map(resource).collect::<Result<_, _>>()?, total))
    }

    /// How many resources of `kind` the organization has, archived ones too.
    pub async fn count_resources(&self, org: OrgKey, kind: &str) -> Result<i64, Error> {
        let sql = "SELECT COUNT(*) FROM resource WHERE org_id = $1 AND kind = $2 AND status IN ('active', 'archived')";
        self.number(sql, vec![org.0.into(), kind.into()]).await
    }

    /// Names of the first live resources of `kind` that stand on the one with this id.
    pub async fn list_based_on(&self, org: OrgKey, kind: &str, id: &str) -> Result<Vec<String>, Error> {
        let sql = "SELECT name FROM resource WHERE org_id = $1 AND kind = $2 AND base_id = $3 AND status = 'active'
            ORDER BY name LIMIT 10";
        let rows = self.query(sql, vec![org.0.into(), kind.into(), id.into()]).await?;
        rows.into_iter().map(|mut row| row.text()).collect()
    }

    /// How many resources of `kind` stand on each other above the one with this id, archived ones included; at most
    /// `max`, where it stops counting.
    pub async fn height_above(&self, org: OrgKey, kind: &str, id: &str, max: i64) -> Result<i64, Error> {
        let sql = "WITH RECURSIVE upper (id, height) AS (
                SELECT id, CAST(1 AS BIGINT) FROM resource
                WHERE org_id = $1 AND kind = $2 AND base_id = $3 AND status <> 'deleted'
                UNION SELECT r.id, u.height + 1 FROM resource r JOIN upper u ON r.base_id = u.id
                WHERE r.org_id = $1 AND r.kind = $2 AND r.status <> 'deleted' AND u.height < $4
            ) SELECT COALESCE(MAX(height), 0) FROM upper";
        self.number(sql, vec![org.0.into(), kind.into(), id.into(), max.into()]).await
    }

    /// Takes a live resource, or an archived one that is to be deleted, out of use: it leaves the lists and frees its
    /// name. Whether there was one.
    pub async fn retire_resource(
        &self,
        org: OrgKey,
        kind: &'static str,
        id: &str,
        status: Status,
        change: &Change,
    ) -> Result<bool, Error> {
        let statement = Statement::new(
            "UPDATE resource SET status = $4, retired_at = $5, updated_at = $5, version = version + 1
             WHERE org_id = $1 AND kind = $2 AND id = $3 AND status <> 'deleted' AND status <> $4 RETURNING id",
            vec![org.0.into(), kind.into(), id.into(), status.as_str().into(), change.at.as_micros().into()],
        );
        let mut statements = vec![statement];
        statements.extend(kept(Which::Id(id), org, kind, change));
        Ok(self.write(statements).await?.first().is_some_and(|rows| !rows.is_empty()))
    }
}
