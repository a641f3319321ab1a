//! What it takes to speak with a provider: where it answers and its keys in clear. Kept in memory while nothing is
//! changed, so that no model call waits for the database or a cipher; wiped when it is forgotten.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use everruns_core::ProviderId;
use everruns_core::limits::DEFINITIONS_MAX;
use everruns_llm::Access;
use everruns_store::{OrgKey, PROVIDER_SECRETS};
use zeroize::Zeroizing;

use crate::secrets::{SealError, place};
use crate::{Engine, Error, Inner, lock};

/// Where a provider answers, and the keys that it takes.
pub struct ProviderAccess {
    /// How to speak with it, one of [`PROVIDER_TYPES`](everruns_core::model::PROVIDER_TYPES).
    pub provider_type: String,
    /// Where it answers; none: where providers of this type usually do.
    pub base_url: Option<String>,
    /// Its keys by name: one `api_key`, or what the provider calls several. None: it was given none.
    pub credentials: Vec<(String, Zeroizing<String>)>,
}

impl ProviderAccess {
    /// The key with this name.
    pub fn credential(&self, name: &str) -> Option<&str> {
        self.credentials.iter().find(|(known, _)| known == name).map(|(_, key)| key.as_str())
    }
}

impl From<&ProviderAccess> for Access {
    fn from(access: &ProviderAccess) -> Self {
        Self { base_url: access.base_url.clone(), credentials: access.credentials.clone() }
    }
}

impl std::fmt::Debug for ProviderAccess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProviderAccess").field("provider_type", &self.provider_type).finish_non_exhaustive()
    }
}

/// Why nobody can speak with a provider. Tells nothing of its keys.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The organization has no such provider (any more).
    #[error("there is no such provider")]
    Unknown,
    /// Its keys were sealed, and the operator gave no master key to open them.
    #[error("the provider's keys cannot be opened: the server has no master key")]
    NoMasterKey,
    /// Its keys were sealed under a master key that the operator did not give, or changed since.
    #[error("the provider's keys cannot be opened: {0}")]
    Sealed(everruns_vault::Error),
    /// The database failed.
    #[error(transparent)]
    Engine(#[from] Error),
}

#[derive(Default)]
pub(crate) struct Accesses {
    known: Mutex<HashMap<(OrgKey, ProviderId), Arc<ProviderAccess>>>,
    /// Raised by every change, so that what was read before it is not remembered after it.
    generation: AtomicU64,
}

impl Accesses {
    /// Providers of the organization were changed.
    pub(crate) fn forget(&self, org: OrgKey) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        lock(&self.known).retain(|(owner, _), _| *owner != org);
    }
}

impl Engine {
    /// Where a provider of the organization answers, and its keys.
    pub async fn provider_access(&self, org: OrgKey, id: ProviderId) -> Result<Arc<ProviderAccess>, AccessError> {
        self.inner.provider_access(org, id).await
    }
}

impl Inner {
    /// Where a provider of the organization answers, and its keys: those of the environment for a built-in one, else
    /// the stored ones, opened.
    pub(crate) async fn provider_access(
        &self,
        org: OrgKey,
        id: ProviderId,
    ) -> Result<Arc<ProviderAccess>, AccessError> {
        if let Some(given) = self.settings.environment.iter().find(|it| ProviderId::built_in(&it.provider_type) == id) {
            return Ok(given.clone());
        }
        let known = lock(&self.accesses.known).get(&(org, id)).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let generation = self.accesses.generation.load(Ordering::SeqCst);
        let book = self.book(org).await?;
        let provider = book.provider(id).ok_or(AccessError::Unknown)?;
        let (tenant, owner) = (org.0.to_string(), id.to_string());
        let sealed = self.store.sealed_secrets(org, PROVIDER_SECRETS, &owner).await.map_err(Error::from)?;
        let open = |secret: everruns_store::Sealed| {
            let vault = self.vault().map_err(|_: SealError| AccessError::NoMasterKey)?;
            let place = place(&tenant, PROVIDER_SECRETS, &owner, &secret.name);
            let text = vault.open(place, &secret.bytes).map_err(AccessError::Sealed)?;
            Ok((secret.name, text))
        };
        let access = Arc::new(ProviderAccess {
            provider_type: provider.provider_type.clone(),
            base_url: provider.base_url.clone(),
            credentials: sealed.into_iter().map(open).collect::<Result<_, AccessError>>()?,
        });
        let mut known = lock(&self.accesses.known);
        if self.accesses.generation.load(Ordering::SeqCst) == generation {
            if known.len() >= DEFINITIONS_MAX {
                known.clear();
            }
            known.insert((org, id), access.clone());
        }
        Ok(access)
    }
}

#[cfg(test)]
mod tests;
