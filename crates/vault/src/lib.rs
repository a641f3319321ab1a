//! Secrets at rest. Each is sealed under a data key of its own, and the data key is wrapped by the master key, so that a
//! new master key means to wrap the data keys anew and not to seal everything again.
//!
//! A sealed secret opens only in its place: the organization, the kind and id of its owner and its own name are bound
//! to it. So nobody who can write to the database can move a secret to where they may use it.
//!
//! The bytes, version 1: version (1), id of the master key (8), nonce of the wrap (24), wrapped data key (48), nonce of
//! the text (24), sealed text. Both ciphers are XChaCha20-Poly1305.

mod master;

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

pub use master::{InvalidKey, MasterKey};

const VERSION: u8 = 1;
const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;
const KEY_ID_BYTES: usize = 8;
const HEADER_BYTES: usize = 1 + KEY_ID_BYTES;
const WRAPPED_BYTES: usize = KEY_BYTES + TAG_BYTES;

/// Random bytes that sealing one secret takes: a data key and two nonces.
pub const ENTROPY_BYTES: usize = KEY_BYTES + 2 * NONCE_BYTES;

/// Where a secret belongs.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The organization.
    pub org: &'a str,
    /// What kind of thing owns it, such as `provider`.
    pub kind: &'a str,
    /// The owner.
    pub owner: &'a str,
    /// Its own name.
    pub name: &'a str,
}

/// Why a secret cannot be sealed or opened. Tells nothing of what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is of a version or shape that this build does not know.
    #[error("the secret is of an unknown form; it may come from a newer build")]
    Form,
    /// Another master key wrapped it.
    #[error("the secret was sealed under another master key")]
    OtherKey,
    /// It was changed, or moved from another place.
    #[error("the secret does not open: it was changed or belongs elsewhere")]
    Broken,
}

/// Random bytes that wrapping a data key anew takes: a nonce.
pub const REWRAP_BYTES: usize = NONCE_BYTES;

/// Seals secrets with a master key and opens them again, also those that an earlier one wrapped.
pub struct Vault {
    master: MasterKey,
    previous: Vec<MasterKey>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").finish_non_exhaustive()
    }
}

impl Vault {
    /// With this master key.
    pub fn new(master: MasterKey) -> Self {
        Self::with_previous(master, Vec::new())
    }

    /// With this master key, and earlier ones that open what they wrapped.
    pub fn with_previous(master: MasterKey, previous: Vec<MasterKey>) -> Self {
        Self { master, previous }
    }

    /// Whether a sealed secret is wrapped by one of its master keys. Whether it opens only opening it tells.
    pub fn has_key_of(&self, sealed: &[u8]) -> bool {
        self.key_of(sealed).is_ok()
    }

    /// The same secret with its data key wrapped by the master key; `None`: it is already. The random bytes must be fresh.
    /// The text is not opened.
    pub fn rewrap(
        &self,
        place: Place<'_>,
        sealed: &[u8],
        nonce: &[u8; REWRAP_BYTES],
    ) -> Result<Option<Vec<u8>>, Error> {
        let key = self.key_of(sealed)?;
        if key.id() == self.master.id() {
            return Ok(None);
        }
        let Parts { header, wrap_nonce, wrapped, text } = Parts::of(sealed)?;
        let data_key = Zeroizing::new(decrypt(key.bytes(), wrap_nonce, wrapped, &bound(header, place))?);
        let mut anew = Vec::with_capacity(sealed.len());
        self.wrap(place, &data_key, nonce, &mut anew)?;
        anew.extend_from_slice(text);
        Ok(Some(anew))
    }

    /// The master key that wrapped a secret.
    fn key_of(&self, sealed: &[u8]) -> Result<&MasterKey, Error> {
        let (version, rest) = sealed.split_first().ok_or(Error::Form)?;
        let (id, _) = rest.split_at_checked(KEY_ID_BYTES).ok_or(Error::Form)?;
        if *version != VERSION {
            return Err(Error::Form);
        }
        [&self.master].into_iter().chain(&self.previous).find(|key| key.id() == id).ok_or(Error::OtherKey)
    }

    /// Writes the header and the wrapped data key.
    fn wrap(&self, place: Place<'_>, data_key: &[u8], nonce: &[u8], sealed: &mut Vec<u8>) -> Result<(), Error> {
        sealed.push(VERSION);
        sealed.extend_from_slice(&self.master.id());
        let wrap = bound(sealed, place);
        sealed.extend_from_slice(nonce);
        sealed.extend(encrypt(self.master.bytes(), nonce, data_key, &wrap)?);
        Ok(())
    }

    /// Seals a text for its place. The random bytes must be fresh: they are the data key and the nonces.
    pub fn seal(&self, place: Place<'_>, text: &str, entropy: &[u8; ENTROPY_BYTES]) -> Result<Vec<u8>, Error> {
        let (data_key, nonces) = entropy.split_at(KEY_BYTES);
        let (wrap_nonce, text_nonce) = nonces.split_at(NONCE_BYTES);
        let mut sealed = Vec::with_capacity(HEADER_BYTES + WRAPPED_BYTES + 2 * NONCE_BYTES + text.len() + TAG_BYTES);
        self.wrap(place, data_key, wrap_nonce, &mut sealed)?;
        sealed.extend_from_slice(text_nonce);
        // Not bound to the master key's id, so that the data key can be wrapped anew around it.
        sealed.extend(encrypt(data_key, text_nonce, text.as_bytes(), &bound(&[VERSION], place))?);
        Ok(sealed)
    }

    /// Opens what was sealed for this place.
    pub fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<String>, Error> {
        let key = self.key_of(sealed)?;
        let Parts { header, wrap_nonce, wrapped, text } = Parts::of(sealed)?;
        let (text_nonce, text) = text.split_at_checked(NONCE_BYTES).ok_or(Error::Form)?;
        let data_key = Zeroizing::new(decrypt(key.bytes(), wrap_nonce, wrapped, &bound(header, place))?);
        let text = decrypt(&data_key, text_nonce, text, &bound(&[VERSION], place))?;
        String::from_utf8(text).map(Zeroizing::new).map_err(|_| Error::Broken)
    }
}

/// A sealed secret, taken apart.
struct Parts<'a> {
    header: &'a [u8],
    wrap_nonce: &'a [u8],
    wrapped: &'a [u8],
    /// Its nonce and the sealed text.
    text: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(sealed: &'a [u8]) -> Result<Self, Error> {
        let (header, rest) = sealed.split_at_checked(HEADER_BYTES).ok_or(Error::Form)?;
        let (wrap_nonce, rest) = rest.split_at_checked(NONCE_BYTES).ok_or(Error::Form)?;
        let (wrapped, text) = rest.split_at_checked(WRAPPED_BYTES).ok_or(Error::Form)?;
        Ok(Self { header, wrap_nonce, wrapped, text })
    }
}

/// What a cipher is bound to: the header, then each part of the place behind its length, so that no two places read the
/// same.
fn bound(header: &[u8], place: Place<'_>) -> Vec<u8> {
    let mut bound = header.to_vec();
    for part in [place.org, place.kind, place.owner, place.name] {
        bound.extend_from_slice(&(part.len() as u64).to_le_bytes());
        bound.extend_from_slice(part.as_bytes());
    }
    bound
}

fn cipher(key: &[u8]) -> Result<XChaCha20Poly1305, Error> {
    XChaCha20Poly1305::new_from_slice(key).map_err(|_| Error::Form)
}

fn encrypt(key: &[u8], nonce: &[u8], msg: &[u8], aad: &[u8]) -> Result<Vec<u8>, Error> {
    let nonce = XNonce::try_from(nonce).map_err(|_| Error::Form)?;
    cipher(key)?.encrypt(&nonce, Payload { msg, aad }).map_err(|_| Error::Broken)
}

fn decrypt(key: &[u8], nonce: &[u8], msg: &[u8], aad: &[u8]) -> Result<Vec<u8>, Error> {
    let nonce = XNonce::try_from(nonce).map_err(|_| Error::Form)?;
    cipher(key)?.decrypt(&nonce, Payload { msg, aad }).map_err(|_| Error::Broken)
}

#[cfg(test)]
mod tests;
