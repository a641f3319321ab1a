//! Keys: their secrets, their hashes, and a short memory of who they act for.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use everruns_core::limits::{KEY_CHARS_MAX, KEY_MEMORY_MILLIS, KEY_USE_SECONDS, KEYS_REMEMBERED_MAX};
use everruns_core::{Hex, Timestamp};
use everruns_engine::Source;
use everruns_store::{Error, Identity, Store};
use sha2::{Digest as _, Sha256};

/// What every key starts with.
const PREFIX: &str = "evr_pat_";
/// Characters of the secret behind the prefix that people may see at its start …
const SHOWN_AT_START: usize = 4;
/// … and at its end.
const SHOWN_AT_END: usize = 4;

/// A new secret, 128 random bits twice; and what may be shown of it.
pub(crate) fn draw(source: &dyn Source) -> (String, String) {
    let secret = format!("{PREFIX}{:032x}{:032x}", source.random(), source.random());
    let (start, end) = (&secret[..PREFIX.len() + SHOWN_AT_START], &secret[secret.len() - SHOWN_AT_END..]);
    let hint = format!("{start}…{end}");
    (secret, hint)
}

/// What the database keeps of a secret. It is random, so that no salt is needed; and since hashes are compared, how long
/// that takes tells nothing of it.
pub fn hash_of_key(secret: &str) -> String {
    Hex(Sha256::digest(secret.as_bytes())).to_string()
}

/// Who keys act for, remembered for a second.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    known: Mutex<HashMap<String, (Timestamp, Arc<Identity>)>>,
    /// Raised by every change, so that nothing is remembered that was read before it.
    generation: AtomicU64,
}

impl Memory {
    /// Who this key acts for, if it is good now.
    pub(crate) async fn identity(
        &self,
        store: &Store,
        secret: &str,
        now: Timestamp,
    ) -> Result<Option<Arc<Identity>>, Error> {
        if secret.is_empty() || secret.len() > KEY_CHARS_MAX {
            return Ok(None);
        }
        let hash = hash_of_key(secret);
        let identity = match self.remembered(&hash, now) {
            Some(identity) => identity,
            None => {
                let generation = self.generation.load(Ordering::SeqCst);
                let Some(identity) = store.identity_by_hash(&hash).await? else {
                    return Ok(None);
                };
                note_use(store, &identity, now).await;
                self.remember(hash, Arc::new(identity), now, generation)
            }
        };
        let is_good = identity.key.expires_at.is_none_or(|expires_at| now < expires_at);
        Ok(is_good.then_some(identity))
    }

    fn remembered(&self, hash: &str, now: Timestamp) -> Option<Arc<Identity>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, identity) = known.get(hash)?;
        // A clock that was set back makes it no younger.
        let is_fresh = *since <= now && now.millis_since(*since) < KEY_MEMORY_MILLIS;
        is_fresh.then(|| identity.clone())
    }

    fn remember(&self, hash: String, identity: Arc<Identity>, now: Timestamp, generation: u64) -> Arc<Identity> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if self.generation.load(Ordering::SeqCst) == generation {
            if known.len() >= KEYS_REMEMBERED_MAX {
                known.clear();
            }
            known.insert(hash, (now, identity.clone()));
        }
        identity
    }

    /// Differs after a change from what it was before.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    /// Forgets everything: a key, a membership or a role was changed.
    pub(crate) fn forget(&self) {
        // Both under the lock: who has seen the new generation finds nothing old.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        self.generation.fetch_add(1, Ordering::SeqCst);
        known.clear();
    }
}

/// Notes that a key was used, if the last note is old. A full disk must keep nobody out.
async fn note_use(store: &Store, identity: &Identity, now: Timestamp) {
    let key = &identity.key;
    let is_recent = key.last_used_at.is_some_and(|last| now < last.plus_seconds(KEY_USE_SECONDS));
    if !is_recent && let Err(error) = store.touch_key(key.id, now).await {
        tracing::debug!(%error, key = %key.id, "the use of a key is not noted");
    }
}
