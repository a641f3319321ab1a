//! Why somebody changes something, in their own words, as the `Everruns-Change-Reason` header brings it.

use crate::credential::looks_like_credential;
use crate::limits::CHANGE_REASON_CHARS_MAX;

/// Why a change reason was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidReason {
    /// It is not UTF-8 after decoding.
    #[error("must be UTF-8 text, percent-encoded")]
    NotText,
    /// It is too long.
    #[error("must have at most {CHANGE_REASON_CHARS_MAX} characters")]
    TooLong,
    /// It has control characters.
    #[error("must not contain control characters but line breaks and tabs")]
    Control,
    /// It looks like a key or password, and reasons are kept for everybody to read.
    #[error("looks like it holds a credential; say in words what changes and why, and revoke the credential")]
    Credential,
}

/// The reason that a header says: percent-encoded UTF-8, in which `+` is a plus. A blank one is none.
pub fn read_reason(header: &[u8]) -> Result<Option<String>, InvalidReason> {
    let text = String::from_utf8(decoded(header)).map_err(|_| InvalidReason::NotText)?;
    let text = text.trim();
    if text.chars().nth(CHANGE_REASON_CHARS_MAX).is_some() {
        return Err(InvalidReason::TooLong);
    }
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(InvalidReason::Control);
    }
    if looks_like_credential(text) {
        return Err(InvalidReason::Credential);
    }
    Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
}

/// `%XX` as the byte it stands for; a percent sign that stands for nothing is itself.
fn decoded(text: &[u8]) -> Vec<u8> {
    let digit = |place: usize| text.get(place).and_then(|byte| char::from(*byte).to_digit(16));
    let (mut bytes, mut place) = (Vec::with_capacity(text.len()), 0);
    while let Some(&byte) = text.get(place) {
        match (byte, digit(place + 1).zip(digit(place + 2))) {
            (b'%', Some((high, low))) => {
                bytes.push((high * 16 + low) as u8);
                place += 3;
            }
            _ => {
                bytes.push(byte);
                place += 1;
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons() {
        #[track_caller]
        fn check(header: &str, expected: Result<Option<&str>, InvalidReason>) {
            assert_eq!(read_reason(header.as_bytes()), expected.map(|text| text.map(str::to_owned)), "{header}");
        }
        check("fix%20typo", Ok(Some("fix typo")));
        check("a+b%2Bc", Ok(Some("a+b+c")));
        check("gr%C3%BC%C3%9Fe%0A%09%F0%9F%8C%8D", Ok(Some("grüße\n\t🌍")));
        check("100% or 5%2", Ok(Some("100% or 5%2")));
        check("größer", Ok(Some("größer")));
        check("%20%0A", Ok(None));
        check("", Ok(None));
        check(&"%C3%BC".repeat(1_000), Ok(Some(&"ü".repeat(1_000))));
        check(&"x".repeat(1_001), Err(InvalidReason::TooLong));
        check("a%00b", Err(InvalidReason::Control));
        check("a%0Db", Err(InvalidReason::Control));
        check("a%C2%85b", Err(InvalidReason::Control));
        check("%FF", Err(InvalidReason::NotText));
        check("use%20sk-proj-abcdefghijklmnop1234", Err(InvalidReason::Credential));
    }
}
