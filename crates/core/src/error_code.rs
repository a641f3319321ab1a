//! Stable codes of failed turns (wire: `error_code`), each with the sentence a user reads.

use serde::{Deserialize, Serialize};

macro_rules! error_codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $sentence:literal;)*) => {
        /// Why a turn failed, as programs read it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum ErrorCode {
            $($(#[$doc])* #[serde(rename = $code)] $variant,)*
        }

        impl ErrorCode {
            /// The code on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// What the agent says to its user when a turn fails so.
            pub fn user_message(self) -> &'static str {
                match self { $(Self::$variant => $sentence,)* }
            }
        }
    };
}

error_codes! {
    /// The provider asks for fewer requests.
    ProviderRateLimited = "provider_rate_limited",
        "The model provider is limiting requests right now. Please try again in a moment.";
    /// The plan's usage limit is reached.
    ProviderUsageLimitReached = "provider_usage_limit_reached",
        "The model provider's usage limit is reached. Please try again later.";
    /// The provider is down, overloaded or silent.
    ProviderUnavailable = "provider_unavailable",
        "The model provider could not be reached. Please try again in a moment.";
    /// The account is out of credit.
    ProviderQuotaExhausted = "provider_quota_exhausted",
        "The model provider's quota is used up. An operator has to raise it.";
    /// The key or the address is wrong.
    ProviderMisconfigured = "provider_misconfigured",
        "The model provider refused the credentials. An operator has to check its settings.";
    /// The provider wants to know who the account belongs to first.
    ProviderAttestationRequired = "provider_attestation_required",
        "The model provider asks for a verification of the account. An operator has to see to it.";
    /// The named model cannot be used.
    ModelUnavailable = "model_unavailable",
        "The chosen model is not available. Please choose another one.";
    /// No model is named anywhere, or no provider serves it.
    ModelNotConfigured = "model_not_configured",
        "No model is configured for this session. An operator has to add a provider and choose a default model.";
    /// The session's agent, its harness or a harness below that was deleted.
    DependencyUnavailable = "dependency_unavailable",
        "The agent or the harness of this session is no longer there. Please start a new session with another one.";
    /// Prompt or answer is larger than allowed.
    RequestTooLarge = "request_too_large",
        "The conversation is too large for the model.";
    /// The provider refused a tool's schema.
    InvalidToolSchema = "invalid_tool_schema",
        "The model refused the definition of a tool.";
    /// Anything else.
    ProcessingError = "processing_error",
        "Something went wrong while answering. Please try again.";
}
