//! Amazon's Signature Version 4: a request is signed with a key that is made of the secret one, the day, the region and
//! the service, and the secret key itself never leaves.

use everruns_core::Timestamp;
use everruns_core::hex::Hex;
use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest as _, Sha256};

use crate::{Access, ModelError};

/// What is written with percent signs in a piece of a path.
const PIECE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
const PATH: &AsciiSet = &PIECE.remove(b'/');

/// Who signs, and for where.
pub(crate) struct Signer<'a> {
    access_key_id: &'a str,
    secret_access_key: &'a str,
    session_token: Option<&'a str>,
    region: &'a str,
    service: &'a str,
}

/// One piece of a path in the form in which it is sent.
pub(crate) fn piece(text: &str) -> String {
    utf8_percent_encode(text, PIECE).to_string()
}

impl<'a> Signer<'a> {
    /// With a provider's keys.
    pub(crate) fn of(access: &'a Access, region: &'a str, service: &'a str) -> Result<Self, ModelError> {
        Ok(Self {
            access_key_id: access.required("access_key_id")?,
            secret_access_key: access.required("secret_access_key")?,
            session_token: access.key("session_token"),
            region,
            service,
        })
    }

    /// The headers that sign a POST of this body at this time. `content_type` is signed too if it is given.
    pub(crate) fn headers(
        &self,
        url: &str,
        content_type: Option<&str>,
        body: &[u8],
        now: Timestamp,
    ) -> Vec<(&'static str, String)> {
        let time = time(now);
        let day = &time[..8];
        let (host, path) = parts(url);
        let signed = [
            ("content-type", content_type),
            ("host", Some(host.as_str())),
            ("x-amz-date", Some(time.as_str())),
            ("x-amz-security-token", self.session_token),
        ];
        let signed: Vec<(&str, &str)> = signed.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let names: Vec<&str> = signed.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let lines: String = signed.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        // The path as it is sent is written with percent signs once more.
        let path = utf8_percent_encode(path, PATH);
        let request = format!("POST\n{path}\n\n{lines}\n{names}\n{}", Hex(Sha256::digest(body)));

        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", Hex(Sha256::digest(request)));
        let signature = Hex(hmac(&self.key(day), &to_sign)).to_string();
        let id = self.access_key_id;
        let authorization =
            format!("AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}");
        let token = self.session_token.map(|token| ("x-amz-security-token", token.to_owned()));
        [("x-amz-date", time), ("authorization", authorization)].into_iter().chain(token).collect()
    }

    fn key(&self, day: &str) -> [u8; 32] {
        let first = format!("AWS4{}", self.secret_access_key);
        let key = hmac(first.as_bytes(), day);
        [self.region, self.service, "aws4_request"].iter().fold(key, |key, word| hmac(&key, word))
    }
}

fn hmac(key: &[u8], text: &str) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length will do");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}

/// Such as `20150830T123600Z`.
fn time(now: Timestamp) -> String {
    let text = now.to_string();
    let seconds = text.split_once('.').map_or(text.as_str(), |(seconds, _)| seconds);
    seconds.chars().filter(|c| !matches!(c, '-' | ':')).chain(['Z']).collect()
}

/// The host of an address as the header of this name says it, and the path.
fn parts(url: &str) -> (String, &str) {
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let usual = if scheme.eq_ignore_ascii_case("http") { ":80" } else { ":443" };
    let host = host.strip_suffix(usual).unwrap_or(host).to_ascii_lowercase();
    (host, if path.is_empty() { "/" } else { path })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The account of the published examples.
    const SIGNER: Signer<'_> = Signer {
        access_key_id: "AKIDEXAMPLE",
        secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        session_token: None,
        region: "us-east-1",
        service: "service",
    };
    const TOKEN: &str = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";

    /// The time of the published examples.
    fn then() -> Timestamp {
        "2015-08-30T12:36:00Z".parse().unwrap()
    }

    #[track_caller]
    fn check(signer: &Signer<'_>, url: &str, content_type: Option<&str>, body: &str, names: &str, signature: &str) {
        let headers = signer.headers(url, content_type, body.as_bytes(), then());
        let expected = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
             SignedHeaders={names}, Signature={signature}"
        );
        assert_eq!(headers[..2], [("x-amz-date", "20150830T123600Z".to_owned()), ("authorization", expected)]);
    }

    #[test]
    fn the_published_examples_come_out() {
        let url = "https://example.amazonaws.com/";
        let vanilla = "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b";
        check(&SIGNER, url, None, "", "host;x-amz-date", vanilla);
        check(&SIGNER, "https://EXAMPLE.amazonaws.com:443", None, "", "host;x-amz-date", vanilla);
        let form = "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a";
        let kind = Some("application/x-www-form-urlencoded");
        check(&SIGNER, url, kind, "Param1=value1", "content-type;host;x-amz-date", form);
        let session = Signer { session_token: Some(TOKEN), ..SIGNER };
        let signed = "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead";
        check(&session, url, None, "", "host;x-amz-date;x-amz-security-token", signed);
        assert_eq!(session.headers(url, None, b"", then())[2], ("x-amz-security-token", TOKEN.to_owned()));
    }

    #[test]
    fn the_key_is_derived() {
        let key = Signer { service: "iam", ..SIGNER }.key("20150830");
        assert_eq!(Hex(key).to_string(), "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
    }

    #[test]
    fn names_in_a_path_are_written_with_percent_signs() {
        assert_eq!(piece("anthropic.claude-3:0"), "anthropic.claude-3%3A0");
        assert_eq!(utf8_percent_encode("/model/a%3A0/converse", PATH).to_string(), "/model/a%253A0/converse");
    }
}
