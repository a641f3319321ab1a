//! Organizations: the walls between tenants.

use everruns_core::{OrgId, Timestamp};

use crate::value::Statement;
use crate::{Error, OrgKey, Store};

impl Store {
    /// The key of an organization.
    pub async fn organization_by_id(&self, id: OrgId) -> Result<Option<OrgKey>, Error> {
        let rows = self.query("SELECT id FROM organization WHERE public_id = $1", vec![id.to_string().into()]).await?;
        rows.into_iter().next().map(|mut row| row.int().map(OrgKey)).transpose()
    }

    /// Makes an organization.
    pub async fn create_organization(&self, id: OrgId, at: Timestamp) -> Result<OrgKey, Error> {
        let statement = Statement::new(
            "INSERT INTO organization (public_id, created_at) VALUES ($1, $2) RETURNING id",
            vec![id.to_string().into(), at.as_micros().into()],
        );
        crate::value::only_row(self.write(vec![statement]).await?)?.int().map(OrgKey)
    }
}
