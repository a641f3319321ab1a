//! The master key: 32 bytes, written as 64 hex digits, known by an id that tells nothing of it.

use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, Zeroizing};

use crate::{KEY_BYTES, KEY_ID_BYTES};

/// The text is no master key. It is not repeated, since it may be a mistyped one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a master key is 64 hex digits; make one with `openssl rand -hex 32`")]
pub struct InvalidKey;

/// What wraps the data keys.
pub struct MasterKey(Zeroizing<[u8; KEY_BYTES]>);

impl MasterKey {
    /// From 32 random bytes.
    pub fn new(bytes: [u8; KEY_BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// From its text; space around it does not matter.
    pub fn parse(text: &str) -> Result<Self, InvalidKey> {
        let digits = text.trim();
        if digits.len() != 2 * KEY_BYTES || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(InvalidKey);
        }
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        for (place, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&digits[2 * place..2 * place + 2], 16).map_err(|_| InvalidKey)?;
        }
        Ok(Self(bytes))
    }

    /// Its text, for the file that keeps it.
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(2 * KEY_BYTES));
        for byte in self.0.iter() {
            for digit in [byte >> 4, byte & 0xf] {
                text.push(char::from_digit(digit.into(), 16).unwrap_or('0'));
            }
        }
        text
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &*self.0
    }

    /// Tells it from other master keys.
    pub(crate) fn id(&self) -> [u8; KEY_ID_BYTES] {
        let mut digest: [u8; 32] =
            Sha256::new().chain_update("everruns master key").chain_update(*self.0).finalize().into();
        let mut id = [0; KEY_ID_BYTES];
        id.copy_from_slice(&digest[..KEY_ID_BYTES]);
        digest.zeroize();
        id
    }
}
