//! Secrets: sealed before they are stored, opened for whoever needs them to do its work.

use everruns_store::OrgKey;
use everruns_vault::{ENTROPY_BYTES, Place, Vault};

use crate::{Engine, Inner};

/// Why a secret cannot be sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The operator gave no master key.
    #[error(
        "The server has no master key, so it stores no secrets; its operator has to set `EVERRUNS_MASTER_KEY` or \
         `EVERRUNS_MASTER_KEY_FILE`."
    )]
    NoMasterKey,
    /// The cipher refused.
    #[error(transparent)]
    Vault(#[from] everruns_vault::Error),
}

impl Engine {
    /// Seals a secret of this owner, to be stored.
    pub fn seal(&self, org: OrgKey, kind: &str, owner: &str, name: &str, text: &str) -> Result<Vec<u8>, SealError> {
        let mut entropy = [0; ENTROPY_BYTES];
        self.inner.source.fill(&mut entropy);
        self.inner.vault()?.seal(place(&org.0.to_string(), kind, owner, name), text, &entropy).map_err(SealError::Vault)
    }
}

impl Inner {
    pub(crate) fn vault(&self) -> Result<&Vault, SealError> {
        self.settings.vault.as_deref().ok_or(SealError::NoMasterKey)
    }
}

pub(crate) fn place<'a>(org: &'a str, kind: &'a str, owner: &'a str, name: &'a str) -> Place<'a> {
    Place { org, kind, owner, name }
}
