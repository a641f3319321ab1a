//! Secrets: sealed before they are stored, opened for whoever needs them to do its work.

use everruns_core::limits::SECRETS_REWRAPPED_BATCH;
use everruns_store::OrgKey;
use everruns_vault::{ENTROPY_BYTES, Place, REWRAP_BYTES, Vault};

use crate::{Engine, Error, Inner};

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

/// What a new master key took over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rewrapped {
    /// Secrets that it wraps now and did not before.
    pub rewrapped: usize,
    /// Secrets that it wrapped already.
    pub current: usize,
    /// Secrets that were set or dropped meanwhile; the next time tells what became of them.
    pub skipped: usize,
    /// Secrets that no master key of the server opens; they stay as they are.
    pub locked: usize,
}

impl Engine {
    /// Wraps the data keys of all secrets by the master key, batch by batch. It may be broken off and begun again at any
    /// time: every secret opens before, meanwhile and afterwards.
    pub async fn rewrap_secrets(&self) -> Result<Rewrapped, RewrapError> {
        let inner = &self.inner;
        let vault = inner.vault()?;
        let (mut done, mut last) = (Rewrapped::default(), None);
        loop {
            let page = inner.store.secrets_behind(last.as_ref(), SECRETS_REWRAPPED_BATCH).await?;
            let Some(end) = page.last().cloned() else { return Ok(done) };
            let mut anew = Vec::new();
            for old in page {
                let mut nonce = [0; REWRAP_BYTES];
                inner.source.fill(&mut nonce);
                let org = old.org.0.to_string();
                match vault.rewrap(place(&org, &old.kind, &old.owner, &old.secret.name), &old.secret.bytes, &nonce) {
                    Ok(Some(bytes)) => anew.push((old, bytes)),
                    Ok(None) => done.current += 1,
                    Err(error) => {
                        tracing::warn!(%error, org, kind = old.kind, owner = old.owner, "a secret stays locked");
                        done.locked += 1;
                    }
                }
            }
            let replaced = inner.store.replace_sealed(&anew).await?;
            done.rewrapped += replaced;
            done.skipped += anew.len() - replaced;
            last = Some(end);
        }
    }

    /// Says aloud how many secrets no master key of this server opens.
    pub async fn look_at_secrets(&self) -> Result<usize, Error> {
        let (mut locked, mut last) = (0, None);
        loop {
            let page = self.inner.store.secrets_behind(last.as_ref(), SECRETS_REWRAPPED_BATCH).await?;
            let Some(end) = page.last().cloned() else { break };
            locked += page.iter().filter(|it| !self.inner.opens(&it.secret.bytes)).count();
            last = Some(end);
        }
        if locked > 0 {
            tracing::warn!(
                locked,
                "secrets are sealed under a master key that the server was not given: their providers cannot be used; \
                 give it as EVERRUNS_MASTER_KEY, or as EVERRUNS_MASTER_KEY_PREVIOUS beside a new one"
            );
        }
        Ok(locked)
    }
}

/// Why secrets cannot be wrapped anew.
#[derive(Debug, thiserror::Error)]
pub enum RewrapError {
    /// There is no master key.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] everruns_store::Error),
}

impl Inner {
    /// Whether the server has the master key of a sealed secret.
    pub(crate) fn opens(&self, sealed: &[u8]) -> bool {
        self.settings.vault.as_ref().is_some_and(|vault| vault.has_key_of(sealed))
    }

    pub(crate) fn vault(&self) -> Result<&Vault, SealError> {
        self.settings.vault.as_deref().ok_or(SealError::NoMasterKey)
    }
}

pub(crate) fn place<'a>(org: &'a str, kind: &'a str, owner: &'a str, name: &'a str) -> Place<'a> {
    Place { org, kind, owner, name }
}
