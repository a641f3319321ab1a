//! Keys: where each format has them, and whether one is known.

use crate::dialect::Dialect;
use crate::failure::{Failure, Kind};
use crate::record::Request;

/// Whether the request has a key that is known; every one is where none is set.
pub(crate) fn check(request: &Request, known: Option<&str>) -> Result<(), Failure> {
    let given = of(request).filter(|key| !key.is_empty()).ok_or_else(|| Failure::new(Kind::KeyMissing))?;
    match known {
        Some(known) if known != given => Err(Failure::new(Kind::KeyWrong)),
        _ => Ok(()),
    }
}

fn of(request: &Request) -> Option<&str> {
    let bearer = || request.header("authorization")?.strip_prefix("Bearer ").map(str::trim);
    match request.dialect {
        // Azure has its own header.
        Dialect::Responses | Dialect::Chat => bearer().or_else(|| request.header("api-key")),
        Dialect::Anthropic => request.header("x-api-key").or_else(bearer),
    }
}
