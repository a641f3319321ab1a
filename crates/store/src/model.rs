//! Providers and models. What is built in stands here only where an organization set something about it.

use everruns_core::model::{Model, ProfileChange, Provider, ProviderStatus, Source};
use everruns_core::{ModelId, ProviderId, Timestamp};

use crate::secret::{Sealed, delete_secrets, put_secret};
use crate::session::parsed;
use crate::value::{Row, Statement, Value};
use crate::{Error, OrgKey, Store};

/// Whose secrets the keys of providers are.
pub const PROVIDER_SECRETS: &str = "provider";

/// What is to be changed about a provider; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct ProviderChange {
    /// Its name.
    pub name: Option<String>,
    /// Where it answers; `Some(None)`: where its type usually does.
    pub base_url: Option<Option<String>>,
    /// Whether it is used.
    pub status: Option<ProviderStatus>,
    /// Its keys; those it had are dropped.
    pub secrets: Option<Vec<Sealed>>,
}

/// What is to be changed about a model; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct ModelChange {
    /// What its provider calls it.
    pub model_id: Option<String>,
    /// Its name for people.
    pub display_name: Option<String>,
    /// What it is good for.
    pub capabilities: Option<Vec<String>>,
    /// Whether it may be used.
    pub enabled: Option<bool>,
    /// Whether somebody likes it.
    pub is_favorite: Option<bool>,
    /// What is said of it over what is known; what was said before is dropped.
    pub overrides: Option<Option<ProfileChange>>,
}

/// What a sync did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Synced {
    /// Models that are new.
    pub created: i64,
    /// Models that were known.
    pub updated: i64,
    /// Models that the provider does not tell of any more.
    pub stale: i64,
}

/// A key is kept only if its provider is there.
const THERE: &str = "FROM provider WHERE org_id = $1 AND id = $3";

const MODEL_COLUMNS: &str = "id, provider_id, model_id, display_name, capabilities, enabled, is_favorite, source, stale, created_at, updated_at, profile";

fn provider(mut row: Row) -> Result<Provider, Error> {
    Ok(Provider {
        id: parsed(&row.text()?)?,
        name: row.text()?,
        provider_type: row.text()?,
        base_url: row.text_or_null()?,
        status: {
            let word = row.text()?;
            ProviderStatus::parse(&word).ok_or_else(|| Error::Corrupt(format!("unknown provider status {word}")))?
        },
        is_built_in: false,
        last_synced_at: row.int_or_null()?.map(Timestamp::from_micros),
        created_at: Timestamp::from_micros(row.int()?),
        updated_at: Timestamp::from_micros(row.int()?),
        api_key_set: row.int()? > 0,
    })
}

fn model(mut row: Row) -> Result<Model, Error> {
    Ok(Model {
        id: parsed(&row.text()?)?,
        provider_id: parsed(&row.text()?)?,
        model_id: row.text()?,
        display_name: row.text()?,
        capabilities: serde_json::from_str(&row.text()?).map_err(|error| Error::Corrupt(error.to_string()))?,
        enabled: row.int()? != 0,
        is_favorite: row.int()? != 0,
        source: {
            let word = row.text()?;
            Source::parse(&word).ok_or_else(|| Error::Corrupt(format!("unknown model source {word}")))?
        },
        is_stale: row.int()? != 0,
        created_at: Timestamp::from_micros(row.int()?),
        updated_at: Timestamp::from_micros(row.int()?),
        overrides: {
            let said = row.text_or_null()?;
            said.map(|said| serde_json::from_str(&said)).transpose().map_err(|it| Error::Corrupt(it.to_string()))?
        },
    })
}

/// Writes a model whose provider is there, or which is built in; `conflict` says what becomes of one that is there.
fn insert_model(org: OrgKey, new: &Model, conflict: &str) -> Statement {
    let there = match new.source {
        Source::Predefined => "FROM organization WHERE id = $1",
        Source::Manual | Source::Discovered => "FROM provider WHERE org_id = $1 AND id = $3",
    };
    let sql = format!(
        "INSERT INTO model (org_id, {MODEL_COLUMNS})
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 {there} {conflict} RETURNING id"
    );
    let parameters = vec![
        org.0.into(),
        new.id.to_string().into(),
        new.provider_id.to_string().into(),
        new.model_id.as_str().into(),
        new.display_name.as_str().into(),
        words(&new.capabilities).into(),
        i64::from(new.enabled).into(),
        i64::from(new.is_favorite).into(),
        new.source.as_str().into(),
        i64::from(new.is_stale).into(),
        new.created_at.as_micros().into(),
        new.updated_at.as_micros().into(),
        said(new.overrides.as_ref()).into(),
    ];
    Statement::owned(sql, parameters)
}

fn words(words: &[String]) -> String {
    serde_json::json!(words).to_string()
}

/// What is said of a model, if it is anything.
fn said(overrides: Option<&ProfileChange>) -> Option<String> {
    overrides.filter(|said| !said.is_empty()).map(|said| serde_json::json!(said).to_string())
}

impl Store {
    /// The organization's own providers, oldest first.
    pub async fn providers(&self, org: OrgKey) -> Result<Vec<Provider>, Error> {
        let sql = "SELECT id, name, provider_type, base_url, status, last_synced_at, created_at, updated_at,
                 (SELECT COUNT(*) FROM secret s
                  WHERE s.org_id = p.org_id AND s.kind = 'provider' AND s.owner_id = p.id)
             FROM provider p WHERE org_id = $1 ORDER BY created_at, id";
        let rows = self.query(sql, vec![org.0.into()]).await?;
        rows.into_iter().map(provider).collect()
    }

    /// Makes a provider with its keys and the models that it starts with.
    pub async fn create_provider(
        &self,
        org: OrgKey,
        new: &Provider,
        secrets: &[Sealed],
        models: &[Model],
    ) -> Result<(), Error> {
        let (id, at) = (new.id.to_string(), new.created_at);
        let mut statements = vec![Statement::new(
            "INSERT INTO provider (org_id, id, name, provider_type, base_url, status, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
            vec![
                org.0.into(),
                id.as_str().into(),
                new.name.as_str().into(),
                new.provider_type.as_str().into(),
                new.base_url.clone().into(),
                new.status.as_str().into(),
                at.as_micros().into(),
            ],
        )];
        statements.extend(secrets.iter().map(|secret| put_secret(org, PROVIDER_SECRETS, &id, secret, at, THERE)));
        statements.extend(models.iter().map(|model| insert_model(org, model, "")));
        self.write(statements).await.map(drop)
    }

    /// Changes a provider. Whether there is one.
    pub async fn update_provider(
        &self,
        org: OrgKey,
        id: ProviderId,
        change: &ProviderChange,
        at: Timestamp,
    ) -> Result<bool, Error> {
        let id = id.to_string();
        let mut statements = vec![Statement::new(
            "UPDATE provider SET name = COALESCE($3, name), status = COALESCE($4, status),
                 base_url = CASE WHEN $5 = 1 THEN $6 ELSE base_url END, updated_at = $7
             WHERE org_id = $1 AND id = $2 RETURNING id",
            vec![
                org.0.into(),
                id.as_str().into(),
                change.name.clone().into(),
                change.status.map(|status| status.as_str().to_owned()).into(),
                i64::from(change.base_url.is_some()).into(),
                change.base_url.clone().flatten().into(),
                at.as_micros().into(),
            ],
        )];
        if let Some(secrets) = &change.secrets {
            statements.push(delete_secrets(org, PROVIDER_SECRETS, &id));
            statements.extend(secrets.iter().map(|secret| put_secret(org, PROVIDER_SECRETS, &id, secret, at, THERE)));
        }
        Ok(self.write(statements).await?.first().is_some_and(|rows| !rows.is_empty()))
    }

    /// Deletes a provider with its keys and models. Whether there was one.
    pub async fn delete_provider(&self, org: OrgKey, id: ProviderId) -> Result<bool, Error> {
        let id = id.to_string();
        let of_it = |sql| Statement::new(sql, vec![org.0.into(), id.as_str().into()]);
        let statements = vec![
            of_it("DELETE FROM provider WHERE org_id = $1 AND id = $2 RETURNING id"),
            of_it("DELETE FROM model WHERE org_id = $1 AND provider_id = $2"),
            delete_secrets(org, PROVIDER_SECRETS, &id),
        ];
        Ok(self.write(statements).await?.first().is_some_and(|rows| !rows.is_empty()))
    }

    /// The organization's own models, and what it set about built-in ones.
    pub async fn models(&self, org: OrgKey) -> Result<Vec<Model>, Error> {
        let sql = format!("SELECT {MODEL_COLUMNS} FROM model WHERE org_id = $1 ORDER BY created_at, id");
        let rows = self.query(&sql, vec![org.0.into()]).await?;
        rows.into_iter().map(model).collect()
    }

    /// Makes a model of a provider. One that the provider has already is a [`Error::Conflict`]. Whether there is such a
    /// provider.
    pub async fn create_model(&self, org: OrgKey, new: &Model) -> Result<bool, Error> {
        Ok(self.write(vec![insert_model(org, new, "")]).await?.iter().any(|rows| !rows.is_empty()))
    }

    /// Makes those of these models that their provider does not have yet.
    pub async fn add_models(&self, org: OrgKey, new: &[Model]) -> Result<(), Error> {
        let statements = new.iter().map(|model| insert_model(org, model, "ON CONFLICT DO NOTHING")).collect();
        self.write(statements).await.map(drop)
    }

    /// Changes a model. With `built_in` it is one of those, which gets its row by the first change. Whether there is one.
    pub async fn update_model(
        &self,
        org: OrgKey,
        id: ModelId,
        change: &ModelChange,
        built_in: Option<&Model>,
        at: Timestamp,
    ) -> Result<bool, Error> {
        let mut statements: Vec<Statement> =
            built_in.map(|model| insert_model(org, model, "ON CONFLICT DO NOTHING")).into_iter().collect();
        let flag = |flag: Option<bool>| Value::from(flag.map(i64::from));
        statements.push(Statement::new(
            "UPDATE model SET model_id = COALESCE($3, model_id), display_name = COALESCE($4, display_name),
                 capabilities = COALESCE($5, capabilities), enabled = COALESCE($6, enabled),
                 is_favorite = COALESCE($7, is_favorite), updated_at = $8,
                 profile = CASE WHEN $9 = 1 THEN $10 ELSE profile END
             WHERE org_id = $1 AND id = $2 RETURNING id",
            vec![
                org.0.into(),
                id.to_string().into(),
                change.model_id.clone().into(),
                change.display_name.clone().into(),
                change.capabilities.as_deref().map(words).into(),
                flag(change.enabled),
                flag(change.is_favorite),
                at.as_micros().into(),
                i64::from(change.overrides.is_some()).into(),
                said(change.overrides.as_ref().and_then(Option::as_ref)).into(),
            ],
        ));
        Ok(self.write(statements).await?.last().is_some_and(|rows| !rows.is_empty()))
    }

    /// Deletes a model. Whether there was one.
    pub async fn delete_model(&self, org: OrgKey, id: ModelId) -> Result<bool, Error> {
        let delete = Statement::new(
            "DELETE FROM model WHERE org_id = $1 AND id = $2 RETURNING id",
            vec![org.0.into(), id.to_string().into()],
        );
        Ok(self.write(vec![delete]).await?.iter().any(|rows| !rows.is_empty()))
    }

    /// Takes down what a provider tells of: new models are made, known ones are there again, and the discovered ones that
    /// it does not tell of any more count as stale. Names and marks that somebody gave stay. `None`: no such provider.
    pub async fn sync_models(
        &self,
        org: OrgKey,
        id: ProviderId,
        told: &[Model],
        at: Timestamp,
    ) -> Result<Option<Synced>, Error> {
        let of_it = |sql| Statement::new(sql, vec![org.0.into(), id.to_string().into()]);
        let mut statements = vec![
            Statement::new(
                "UPDATE provider SET last_synced_at = $3 WHERE org_id = $1 AND id = $2 RETURNING id",
                vec![org.0.into(), id.to_string().into(), at.as_micros().into()],
            ),
            of_it("UPDATE model SET stale = 1 WHERE org_id = $1 AND provider_id = $2 AND source = 'discovered'"),
        ];
        let known = "ON CONFLICT (org_id, provider_id, model_id) DO UPDATE SET stale = 0";
        statements.extend(told.iter().map(|model| insert_model(org, model, known)));
        statements.push(of_it("SELECT COUNT(*) FROM model WHERE org_id = $1 AND provider_id = $2 AND stale = 1"));
        let mut results = self.write(statements).await?;
        let stale = results.pop().and_then(|mut rows| rows.pop()).map_or(Ok(0), |mut row| row.int())?;
        let mut results = results.into_iter();
        if results.next().is_none_or(|rows| rows.is_empty()) {
            return Ok(None);
        }
        let written = results.skip(1).take(told.len()).zip(told);
        let mut created = 0;
        for (mut rows, model) in written {
            let id = rows.pop().map(|mut row| row.text()).transpose()?;
            created += i64::from(id == Some(model.id.to_string()));
        }
        Ok(Some(Synced { created, updated: told.len() as i64 - created, stale }))
    }
}
