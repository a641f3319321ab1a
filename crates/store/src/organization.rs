//! Organizations: the walls between tenants.

use everruns_core::{ModelId, OrgId, PrincipalId, Role, Timestamp};

use crate::session::parsed;
use crate::value::{Row, Statement, Value};
use crate::{Error, OrgKey, Store};

/// An organization.
#[derive(Clone, Debug, PartialEq)]
pub struct Organization {
    /// What rows of it carry.
    pub key: OrgKey,
    /// Its public id.
    pub id: OrgId,
    /// What people call it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// The model of sessions that name none; it may be gone.
    pub default_model_id: Option<ModelId>,
}

const COLUMNS: &str = "id, public_id, name, created_at, updated_at, default_model_id";

fn organization(mut row: Row) -> Result<Organization, Error> {
    Ok(Organization {
        key: OrgKey(row.int()?),
        id: parsed(&row.text()?)?,
        name: row.text()?,
        created_at: Timestamp::from_micros(row.int()?),
        updated_at: Timestamp::from_micros(row.int()?),
        default_model_id: row.text_or_null()?.map(|id| parsed(&id)).transpose()?,
    })
}

impl Store {
    /// The key of an organization.
    pub async fn organization_by_id(&self, id: OrgId) -> Result<Option<OrgKey>, Error> {
        let rows = self.query("SELECT id FROM organization WHERE public_id = $1", vec![id.to_string().into()]).await?;
        rows.into_iter().next().map(|mut row| row.int().map(OrgKey)).transpose()
    }

    /// Makes an organization.
    pub async fn create_organization(&self, id: OrgId, at: Timestamp) -> Result<OrgKey, Error> {
        crate::value::only_row(self.write(vec![insert(id, "", at)]).await?)?.int().map(OrgKey)
    }

    /// Makes an organization with a name and an owner.
    pub async fn found_organization(
        &self,
        id: OrgId,
        name: &str,
        owner: PrincipalId,
        at: Timestamp,
    ) -> Result<OrgKey, Error> {
        let membership = Statement::new(
            "INSERT INTO member (org_id, principal_id, role, created_at)
             SELECT id, $2, $3, CAST($4 AS BIGINT) FROM organization WHERE public_id = $1",
            vec![id.to_string().into(), owner.to_string().into(), Role::Owner.as_str().into(), at.as_micros().into()],
        );
        let made = self.make(vec![insert(id, name, at), membership], &id.to_string()).await?;
        crate::value::first_row(made)?.int().map(OrgKey)
    }

    /// What is known of an organization.
    pub async fn organization(&self, org: OrgKey) -> Result<Option<Organization>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM organization WHERE id = $1");
        self.query(&sql, vec![org.0.into()]).await?.into_iter().next().map(organization).transpose()
    }

    /// These organizations, the oldest first.
    pub async fn organizations(&self, orgs: &[OrgKey]) -> Result<Vec<Organization>, Error> {
        if orgs.is_empty() {
            return Ok(Vec::new());
        }
        let places: Vec<String> = (1..=orgs.len()).map(|place| format!("${place}")).collect();
        let sql = format!("SELECT {COLUMNS} FROM organization WHERE id IN ({}) ORDER BY id", places.join(", "));
        let parameters = orgs.iter().map(|org| org.0.into()).collect();
        self.query(&sql, parameters).await?.into_iter().map(organization).collect()
    }

    /// Gives an organization another name.
    pub async fn rename_organization(
        &self,
        org: OrgKey,
        name: &str,
        at: Timestamp,
    ) -> Result<Option<Organization>, Error> {
        let sql = format!("UPDATE organization SET name = $2, updated_at = $3 WHERE id = $1 RETURNING {COLUMNS}");
        let statement = Statement::owned(sql, vec![org.0.into(), name.into(), at.as_micros().into()]);
        let renamed = self.write(vec![statement]).await?.into_iter().flatten().next();
        renamed.map(organization).transpose()
    }

    /// Gives an organization another default model, with `before` only if it has that one. Whether it has it now.
    pub async fn set_default_model(
        &self,
        org: OrgKey,
        model: Option<ModelId>,
        before: Option<Option<ModelId>>,
        at: Timestamp,
    ) -> Result<bool, Error> {
        let id = |model: Option<ModelId>| model.map(|id| id.to_string());
        let statement = Statement::new(
            "UPDATE organization SET default_model_id = $2, updated_at = $3
             WHERE id = $1 AND ($4 = 0 OR COALESCE(default_model_id, '') = COALESCE($5, '')) RETURNING id",
            vec![
                org.0.into(),
                id(model).into(),
                at.as_micros().into(),
                i64::from(before.is_some()).into(),
                id(before.flatten()).into(),
            ],
        );
        Ok(self.write(vec![statement]).await?.iter().any(|rows| !rows.is_empty()))
    }
}

fn insert(id: OrgId, name: &str, at: Timestamp) -> Statement {
    let at = Value::from(at.as_micros());
    Statement::new(
        "INSERT INTO organization (public_id, name, created_at, updated_at) VALUES ($1, $2, $3, $3) RETURNING id",
        vec![id.to_string().into(), name.into(), at],
    )
}
