//! What headers must say: where each format has its key, and which version it wants named.

use crate::dialect::Dialect;
use crate::failure::{Failure, Kind};
use crate::record::Request;

/// Whether the request has a key that is known; every one is where none is set.
pub(crate) fn check(request: &Request, known: Option<&str>) -> Result<(), Failure> {
    let given = key(request).filter(|key| !key.is_empty()).ok_or_else(|| Failure::new(Kind::KeyMissing))?;
    if known.is_some_and(|known| known != given) {
        return Err(Failure::new(Kind::KeyWrong));
    }
    if request.dialect == Dialect::Anthropic && request.header("anthropic-version").is_none() {
        return Err(Failure::invalid("anthropic-version: header is required"));
    }
    Ok(())
}

fn key(request: &Request) -> Option<&str> {
    let authorization = || request.header("authorization");
    let bearer = || authorization()?.strip_prefix("Bearer ").map(str::trim);
    match request.dialect {
        // Azure has its own header.
        Dialect::Responses | Dialect::Chat => bearer().or_else(|| request.header("api-key")),
        Dialect::Anthropic => request.header("x-api-key").or_else(bearer),
        Dialect::Gemini => {
            let in_query = || request.query.split('&').find_map(|pair| pair.strip_prefix("key="));
            request.header("x-goog-api-key").or_else(in_query).or_else(bearer)
        }
        Dialect::Bedrock => bearer().or_else(|| signer(authorization()?)),
    }
}

/// Whose signature it is. Only the form is looked at: nobody told the secret.
fn signer(authorization: &str) -> Option<&str> {
    let fields = authorization.strip_prefix("AWS4-HMAC-SHA256 ")?;
    let field = |name: &str| {
        fields.split(',').find_map(|field| field.trim().strip_prefix(name)).filter(|value| !value.is_empty())
    };
    field("Signature=")?;
    field("SignedHeaders=")?;
    let (id, scope) = field("Credential=")?.split_once('/')?;
    scope.ends_with("/bedrock/aws4_request").then_some(id)
}
