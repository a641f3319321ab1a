//! What headers must say: where each format has its key, and which version it wants named.

use crate::dialect::Dialect;
use crate::failure::{Failure, Kind};
use crate::record::Request;
use crate::signature::Signature;
use crate::simulator::Settings;

/// Whether the request has a key that is known; every one is where none is set.
pub(crate) fn check(request: &Request, body: &[u8], settings: &Settings) -> Result<(), Failure> {
    let known = settings.key.as_deref();
    match key(request).filter(|key| !key.is_empty()) {
        None if settings.is_keyless => {}
        None => return Err(Failure::new(Kind::KeyMissing)),
        Some(given) if known.is_some_and(|known| known != given) => return Err(Failure::new(Kind::KeyWrong)),
        Some(_) => {}
    }
    if let (Some(secret), Some(signature)) = (&settings.secret, signature(request))
        && !signature.is_of(secret, request, body)
    {
        return Err(Failure::new(Kind::KeyWrong).message(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access \
             Key and signing method. Consult the service documentation for details.",
        ));
    }
    if request.dialect == Dialect::Anthropic && request.header("anthropic-version").is_none() {
        return Err(Failure::invalid("anthropic-version: header is required"));
    }
    Ok(())
}

fn key(request: &Request) -> Option<&str> {
    let bearer = || request.header("authorization")?.strip_prefix("Bearer ").map(str::trim);
    match request.dialect {
        // Azure has its own header.
        Dialect::Responses | Dialect::Chat => bearer().or_else(|| request.header("api-key")),
        Dialect::Anthropic => request.header("x-api-key").or_else(bearer),
        Dialect::Gemini => {
            let in_query = || request.query.split('&').find_map(|pair| pair.strip_prefix("key="));
            request.header("x-goog-api-key").or_else(in_query).or_else(bearer)
        }
        Dialect::Bedrock => bearer().or_else(|| signature(request).map(|signature| signature.id)),
    }
}

/// Amazon's signature, if it is one for Bedrock.
fn signature(request: &Request) -> Option<Signature<'_>> {
    let signature = Signature::read(request.header("authorization")?)?;
    (request.dialect == Dialect::Bedrock && signature.scope.ends_with("/bedrock/aws4_request")).then_some(signature)
}
