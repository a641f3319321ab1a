//! `error`: the ways in which a provider fails.

use everruns_core::ErrorCode;
use everruns_core::prompt::Prompt;

use super::behaviour::Reply;
use super::lorem::{TOKENS_MAX, words};
use super::parameters::Parameters;
use super::random::Random;
use crate::ModelError;

#[derive(Clone, Copy, Debug)]
struct Kind {
    code: ErrorCode,
    retryable: bool,
    message: &'static str,
}

const fn passing(code: ErrorCode, message: &'static str) -> Kind {
    Kind { code, retryable: true, message }
}

const fn lasting(code: ErrorCode, message: &'static str) -> Kind {
    Kind { code, retryable: false, message }
}

const INVALID_RESPONSE: Kind = lasting(ErrorCode::ProcessingError, "the answer could not be read");

#[rustfmt::skip]
const KINDS: &[(&str, Kind)] = &[
    ("rate_limit", passing(ErrorCode::ProviderRateLimited, "too many requests")),
    ("overload", passing(ErrorCode::ProviderUnavailable, "the provider is overloaded")),
    ("timeout", passing(ErrorCode::ProviderUnavailable, "the provider took too long")),
    ("transport", passing(ErrorCode::ProviderUnavailable, "the connection broke")),
    ("auth", lasting(ErrorCode::ProviderMisconfigured, "the key was refused")),
    ("quota", lasting(ErrorCode::ProviderQuotaExhausted, "the quota is used up")),
    ("model", lasting(ErrorCode::ModelUnavailable, "the provider does not know the model")),
    ("too_large", lasting(ErrorCode::RequestTooLarge, "the prompt is too long for the model")),
    ("invalid_response", INVALID_RESPONSE),
];

/// `after` words, then the failure of this `kind`.
pub(super) fn reply(_: &Prompt, parameters: &Parameters) -> Result<Reply, ModelError> {
    let kind = parameters.choice("kind", KINDS)?;
    let kind = kind.unwrap_or(INVALID_RESPONSE);
    let after = parameters.number("after", TOKENS_MAX)?.unwrap_or(0);
    Ok(Reply {
        text: words(after, Random::of(parameters)?),
        tool_calls: Vec::new(),
        failure: Some(ModelError {
            code: kind.code,
            message: format!("llmsim: {} (simulated)", kind.message),
            retryable: kind.retryable,
            retry_after: None,
        }),
    })
}
