//! What goes wrong at a provider, in no provider's words.

use serde_json::Value;

/// A failure that a provider tells its caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What is wrong.
    pub kind: Kind,
    /// The HTTP status; `None`: the one that the provider has for it.
    pub status: Option<u16>,
    /// In words; `None`: the provider's own.
    pub message: Option<String>,
    /// Seconds until it is worth another try, told as the provider does.
    pub retry_after: Option<u64>,
    /// Where the request shall go instead, as a header.
    pub location: Option<String>,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The request makes no sense: 400.
    Invalid,
    /// The prompt is longer than the model's context: 400.
    ContextLength,
    /// There is no key.
    KeyMissing,
    /// The key is wrong: 401, as a rule.
    KeyWrong,
    /// The account has no money: 402.
    Billing,
    /// The key may not do this: 403.
    Forbidden,
    /// There is no such model or place: 404.
    Missing,
    /// The request took too long: 408.
    Timeout,
    /// The request is too large: 413.
    TooLarge,
    /// Too many requests: 429.
    RateLimited,
    /// The plan is used up: 429, and waiting does not help.
    Quota,
    /// The provider is broken: 500.
    Broken,
    /// The provider is away: 503.
    Unavailable,
    /// The provider has too much to do: 529 or 503.
    Overloaded,
}

/// A failure as a provider writes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// Headers besides the content type.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Value,
}

impl Kind {
    /// The kind that a status stands for.
    pub fn of_status(status: u16) -> Self {
        match status {
            401 => Self::KeyWrong,
            402 => Self::Billing,
            403 => Self::Forbidden,
            404 => Self::Missing,
            408 | 504 => Self::Timeout,
            413 => Self::TooLarge,
            429 => Self::RateLimited,
            400..=499 => Self::Invalid,
            503 => Self::Unavailable,
            529 => Self::Overloaded,
            _ => Self::Broken,
        }
    }
}

impl Failure {
    /// This kind, with the provider's own status and words.
    pub fn new(kind: Kind) -> Self {
        Self { kind, status: None, message: None, retry_after: None, location: None }
    }

    /// Exactly this status, also if the provider would not use it.
    pub fn status(status: u16) -> Self {
        Self { status: Some(status), ..Self::new(Kind::of_status(status)) }
    }

    /// A request that makes no sense, and why.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Kind::Invalid).message(message)
    }

    /// A redirect to this address: 307.
    pub fn redirect(location: impl Into<String>) -> Self {
        Self { location: Some(location.into()), ..Self::status(307) }
    }

    /// In these words.
    #[must_use]
    pub fn message(self, message: impl Into<String>) -> Self {
        Self { message: Some(message.into()), ..self }
    }

    /// To be tried again after so many seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// The words, if none are set these.
    pub(crate) fn words(&self, own: &str) -> String {
        self.message.clone().unwrap_or_else(|| own.to_owned())
    }

    /// The headers of when and where to try again.
    pub(crate) fn headers(&self) -> Vec<(&'static str, String)> {
        let when = self.retry_after.map(|seconds| ("retry-after", seconds.to_string()));
        let place = self.location.clone().map(|location| ("location", location));
        when.into_iter().chain(place).collect()
    }
}
