//! Amazon's signatures, version 4: whether a request was signed with a secret.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest as _, Sha256};

use crate::record::Request;

const SCHEME: &str = "AWS4-HMAC-SHA256";
const BLOCK: usize = 64;

/// What stays as it is in a canonical path.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

/// The header of a signed request, in its parts.
pub(crate) struct Signature<'a> {
    /// Who signed.
    pub(crate) id: &'a str,
    /// The day, region, service and a closing word, with slashes between them.
    pub(crate) scope: &'a str,
    /// The signed headers, with semicolons between them.
    headers: &'a str,
    /// The signature in hexadecimal.
    value: &'a str,
}

impl<'a> Signature<'a> {
    /// Reads an `Authorization`; nothing if it is of another scheme, or lacks something.
    pub(crate) fn read(authorization: &'a str) -> Option<Self> {
        let fields = authorization.strip_prefix(SCHEME)?;
        let field = |name: &str| {
            fields.split(',').find_map(|field| field.trim().strip_prefix(name)).filter(|value| !value.is_empty())
        };
        let (id, scope) = field("Credential=")?.split_once('/')?;
        Some(Self { id, scope, headers: field("SignedHeaders=")?, value: field("Signature=")? })
    }

    /// Whether the request was signed with this secret. When that was is not looked at.
    pub(crate) fn is_of(&self, secret: &str, request: &Request, body: &[u8]) -> bool {
        let Some(date) = request.header("x-amz-date") else { return false };
        let mut headers = String::new();
        for name in self.headers.split(';') {
            let Some(value) = request.header(name) else { return false };
            let value: Vec<&str> = value.split_whitespace().collect();
            let _ = writeln!(headers, "{name}:{}", value.join(" "));
        }
        let mut query: Vec<&str> = request.query.split('&').filter(|pair| !pair.is_empty()).collect();
        query.sort_unstable();
        // The path is escaped as it came, and once more: so it is done for all services but one.
        let canonical = format!(
            "{}\n{}\n{}\n{headers}\n{}\n{}",
            request.method,
            utf8_percent_encode(&request.path, PATH),
            query.join("&"),
            self.headers,
            hex(&Sha256::digest(body)),
        );
        let text = format!("{SCHEME}\n{date}\n{}\n{}", self.scope, hex(&Sha256::digest(canonical)));
        let key =
            self.scope.split('/').fold(format!("AWS4{secret}").into_bytes(), |key, part| hmac(&key, part).to_vec());
        hex(&hmac(&key, &text)) == self.value
    }
}

/// HMAC with SHA-256.
fn hmac(key: &[u8], text: &str) -> [u8; 32] {
    let mut block = [0; BLOCK];
    match block.get_mut(..key.len()) {
        Some(start) => start.copy_from_slice(key),
        None => block[..32].copy_from_slice(&Sha256::digest(key)),
    }
    let keyed = |pad: u8| block.map(|byte| byte ^ pad);
    let inner = Sha256::new().chain_update(keyed(0x36)).chain_update(text).finalize();
    Sha256::new().chain_update(keyed(0x5c)).chain_update(inner).finalize().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dialect;

    /// The plainest request of the test suite that comes with the scheme.
    #[test]
    fn a_signed_request() {
        const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        let authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
                             SignedHeaders=host;x-amz-date, \
                             Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
        let signature = Signature::read(authorization).unwrap();
        assert_eq!((signature.id, signature.scope), ("AKIDEXAMPLE", "20150830/us-east-1/service/aws4_request"));
        let headers = [("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")];
        let request = Request {
            serial: 1,
            method: "GET".into(),
            path: "/".into(),
            query: String::new(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            body: serde_json::Value::Null,
            dialect: Dialect::Bedrock,
            status: None,
            ending: None,
            said: Vec::new(),
        };
        let check = |secret: &str, body: &[u8], expected: bool| {
            assert_eq!(signature.is_of(secret, &request, body), expected, "{secret} {body:?}");
        };
        check(SECRET, b"", true);
        check(SECRET, b"other", false);
        check("other", b"", false);
    }

    #[test]
    fn what_is_no_signature() {
        for text in ["Bearer key", SCHEME, "AWS4-HMAC-SHA256 Credential=id, SignedHeaders=host, Signature=00"] {
            assert!(Signature::read(text).is_none(), "{text}");
        }
    }

    /// Cases of the standard, with a short and a long key.
    #[test]
    fn keyed_hashes() {
        #[track_caller]
        fn check(key: &[u8], text: &str, expected: &str) {
            assert_eq!(hex(&hmac(key, text)), expected);
        }
        let short = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        check(b"Jefe", "what do ya want for nothing?", short);
        let long = "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54";
        check(&[0xaa; 131], "Test Using Larger Than Block-Size Key - Hash Key First", long);
    }
}
