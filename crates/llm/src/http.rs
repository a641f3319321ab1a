//! The one place where bytes move: a call goes out through the gate, and what comes back is decoded as it comes.

use std::sync::Arc;
use std::time::Duration;

use everruns_core::limits::{ANSWER_WIRE_BYTES_MAX, PROVIDER_ERROR_BYTES_MAX, PROVIDER_WORD_CHARS_MAX};
use everruns_core::{ErrorCode, Timestamp};
use everruns_egress::{Gate, refusal, reqwest};
use futures::future::{BoxFuture, FutureExt as _, TryFutureExt as _};
use futures::stream::{BoxStream, StreamExt as _, TryStreamExt as _, unfold};
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use tokio::time::timeout;

use crate::dialect::{Call, Decoder};
use crate::failure::{Refusal, late, unreadable};
use crate::list;
use crate::models::Clocks;
use crate::vendor::Vendor;
use crate::{Access, Driver, ModelError, Part, Parts, Request};

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The driver of a vendor over HTTP.
#[derive(Clone)]
pub struct Http {
    vendor: &'static Vendor,
    gate: Gate,
    clock: Clock,
    clocks: Clocks,
}

impl Http {
    /// The drivers of all vendors, by provider type.
    pub fn drivers(gate: &Gate, clock: &Clock, clocks: Clocks) -> Vec<(&'static str, Arc<dyn Driver>)> {
        let driver = |vendor: &'static Vendor| {
            let driver = Self { vendor, gate: gate.clone(), clock: clock.clone(), clocks };
            (vendor.provider_type, Arc::new(driver) as Arc<dyn Driver>)
        };
        Vendor::all().iter().map(driver).collect()
    }
}

impl Driver for Http {
    fn stream(&self, request: Request) -> Parts {
        let this = self.clone();
        let opened = async move {
            let call = this.vendor.dialect.encode(&request, this.vendor, (this.clock)())?;
            let answer = this.open(call, &request.access).await?;
            Ok(parts(answer.body, this.vendor.dialect.decoder(), answer.id, secrets(&request.access)))
        };
        opened.try_flatten_stream().boxed()
    }

    fn list(&self, access: Access) -> BoxFuture<'static, Result<Option<Vec<String>>, ModelError>> {
        let this = self.clone();
        async move { list::list(this.vendor, &this, &access).await }.boxed()
    }
}

/// An answer that has begun.
struct Opened {
    body: BoxStream<'static, Result<bytes::Bytes, reqwest::Error>>,
    /// The provider's id of the request.
    id: Option<String>,
}

impl Http {
    async fn open(&self, call: Call, access: &Access) -> Result<Opened, ModelError> {
        let address = self.gate.address(&call.url).map_err(|refused| misconfigured(&refused))?;
        let post = self.gate.post(address).header(CONTENT_TYPE, "application/json").body(call.body);
        self.send(post, call.headers, access).await
    }

    /// Asks for something with a `GET`, and reads all of the answer if it is not too large.
    pub(crate) async fn get(
        &self,
        url: &str,
        headers: Vec<(&'static str, String)>,
        access: &Access,
        bytes_max: usize,
    ) -> Result<Vec<u8>, ModelError> {
        let address = self.gate.address(url).map_err(|refused| misconfigured(&refused))?;
        let mut pieces = self.send(self.gate.get(address), headers, access).await?.body;
        let mut body = Vec::new();
        while let Some(piece) = pieces.try_next().await.map_err(|error| broken(&error))? {
            if body.len() + piece.len() > bytes_max {
                return Err(unreadable(format!("it has more than {bytes_max} bytes")));
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }

    /// Sends a request that is complete but for its headers, and awaits the head of the answer.
    async fn send(
        &self,
        request: reqwest::RequestBuilder,
        headers: Vec<(&'static str, String)>,
        access: &Access,
    ) -> Result<Opened, ModelError> {
        let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        let response = match timeout(self.clocks.first_byte, request.send()).await {
            Ok(response) => response.map_err(not_sent)?,
            Err(_) => return Err(late("the provider answered nothing", self.clocks.first_byte)),
        };
        let (status, id) = (response.status(), request_id(response.headers()));
        let wait = retry_after(response.headers(), (self.clock)());
        let named = error_name(response.headers());
        if status.is_success() {
            return Ok(Opened { body: response.bytes_stream().boxed(), id });
        }
        let body = timeout(self.clocks.first_byte, short(response)).await.unwrap_or_default();
        let mut refusal = Refusal::of_body(status.as_u16(), &body, wait);
        refusal.kinds.extend(named);
        let mut error = cleaned(refusal.into_error(), &secrets(access));
        if let Some(id) = id {
            error.message.push_str(&format!(" (request {id})"));
        }
        Err(error)
    }
}

fn endless() -> ModelError {
    let message = format!("the provider sent more than {ANSWER_WIRE_BYTES_MAX} bytes for one answer");
    ModelError::permanent(ErrorCode::ProcessingError, message)
}

/// The beginning of an error's body.
async fn short(response: reqwest::Response) -> Vec<u8> {
    let mut body = Vec::new();
    let mut pieces = response.bytes_stream();
    while let Some(Ok(piece)) = pieces.next().await {
        body.extend_from_slice(&piece);
        if body.len() >= PROVIDER_ERROR_BYTES_MAX {
            break;
        }
    }
    body
}

struct Reading {
    body: BoxStream<'static, Result<bytes::Bytes, reqwest::Error>>,
    decoder: Box<dyn Decoder>,
    /// What is decoded and not taken yet.
    parts: std::collections::VecDeque<Part>,
    /// What comes after those: the end of it.
    end: Option<Option<ModelError>>,
    /// Bytes that came.
    received: usize,
    id: Option<String>,
    secrets: Vec<String>,
}

fn parts(
    body: BoxStream<'static, Result<bytes::Bytes, reqwest::Error>>,
    decoder: Box<dyn Decoder>,
    id: Option<String>,
    secrets: Vec<String>,
) -> Parts {
    let reading = Reading { body, decoder, parts: Default::default(), end: None, received: 0, id, secrets };
    unfold(reading, |mut reading| async {
        let part = reading.next().await?;
        Some((part, reading))
    })
    .boxed()
}

impl Reading {
    async fn next(&mut self) -> Option<Result<Part, ModelError>> {
        loop {
            if let Some(part) = self.parts.pop_front() {
                return Some(Ok(self.with_id(part)));
            }
            if let Some(end) = &mut self.end {
                return end.take().map(|error| Err(cleaned(error, &self.secrets)));
            }
            let mut decoded = Vec::new();
            let fed = match self.body.try_next().await {
                Ok(Some(bytes)) => {
                    self.received += bytes.len();
                    if self.received > ANSWER_WIRE_BYTES_MAX {
                        Err(endless())
                    } else {
                        self.decoder.push(&bytes, &mut decoded).map(|()| false)
                    }
                }
                Ok(None) => self.decoder.finish(&mut decoded).map(|()| true),
                Err(error) => Err(broken(&error)),
            };
            let is_done = decoded.iter().any(|part| matches!(part, Part::Done(_)));
            self.parts.extend(decoded);
            self.end = match fed {
                Ok(ended) if ended || is_done => Some(None),
                Ok(_) => None,
                Err(error) => Some(Some(error)),
            };
        }
    }

    fn with_id(&self, part: Part) -> Part {
        match part {
            Part::Done(mut done) => {
                let short =
                    |word: Option<String>| word.map(|word| word.chars().take(PROVIDER_WORD_CHARS_MAX).collect());
                done.finish_reason = short(done.finish_reason.take());
                done.response_id = short(done.response_id.take());
                done.request_id.clone_from(&self.id);
                Part::Done(done)
            }
            part => part,
        }
    }
}

/// The provider's id of a request, under whichever name.
fn request_id(headers: &HeaderMap) -> Option<String> {
    let names = ["x-request-id", "request-id", "x-amzn-requestid", "apim-request-id", "cf-ray"];
    let value = names.iter().find_map(|name| headers.get(*name))?.to_str().ok()?;
    Some(value.chars().take(100).collect())
}

/// Amazon's name for an error, which does not stand in the body; an address may stand behind it.
fn error_name(headers: &HeaderMap) -> Option<String> {
    let name = headers.get("x-amzn-errortype")?.to_str().ok()?;
    name.split(':').next().map(str::to_owned)
}

/// When the provider wants to be asked again: seconds or a date, or milliseconds under OpenAI's own name.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if let Some(millis) = text("retry-after-ms").and_then(|text| text.parse().ok()) {
        return Some(Duration::from_millis(millis));
    }
    let text = text(RETRY_AFTER.as_str())?;
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let at = httpdate::parse_http_date(text).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    let now = Duration::from_micros(u64::try_from(now.as_micros()).unwrap_or(0));
    Some(at.saturating_sub(now))
}

fn secrets(access: &Access) -> Vec<String> {
    // A region is no secret, and what is short may be any word.
    let keys = access.credentials.iter().filter(|(name, _)| name != "region").map(|(_, key)| key.trim());
    keys.filter(|key| key.len() >= SECRET_BYTES_MIN).map(str::to_owned).collect()
}

/// A provider that repeats the key in its error shall not bring it into a log, nor the beginning of it where the message
/// was cut.
fn cleaned(mut error: ModelError, secrets: &[String]) -> ModelError {
    for secret in secrets {
        if error.message.contains(secret.as_str()) {
            error.message = error.message.replace(secret.as_str(), "[key]");
        }
        let beginnings = (SECRET_BYTES_MIN..secret.len()).rev().filter_map(|end| secret.get(..end));
        let cut = beginnings.into_iter().find_map(|beginning| error.message.strip_suffix(beginning)).map(str::len);
        if let Some(end) = cut {
            error.message.truncate(end);
            error.message.push_str("[key]");
        }
    }
    error
}

/// What is shorter may be any word.
const SECRET_BYTES_MIN: usize = 12;

fn misconfigured(what: &dyn std::fmt::Display) -> ModelError {
    ModelError::permanent(ErrorCode::ProviderMisconfigured, format!("the provider's address cannot be used: {what}"))
}

fn not_sent(error: reqwest::Error) -> ModelError {
    if let Some(refused) = refusal(&error) {
        return misconfigured(refused);
    }
    if error.is_builder() {
        return misconfigured(&causes(&error));
    }
    let what = if error.is_connect() { "no connection to the provider" } else { "the call of the provider broke" };
    ModelError::passing(ErrorCode::ProviderUnavailable, format!("{what}: {}", causes(&error)))
}

fn broken(error: &reqwest::Error) -> ModelError {
    let message = format!("the connection to the provider broke: {}", causes(error));
    ModelError::passing(ErrorCode::ProviderUnavailable, message)
}

/// The innermost cause: the outer ones say the same in general, and name the address.
fn causes(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if std::ptr::eq(cause as *const _ as *const (), error as *const _ as *const ()) {
        return "it was not valid".to_owned();
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_read_in_every_form() {
        #[track_caller]
        fn check(name: &'static str, value: &'static str, expected: Option<u64>) {
            let headers = HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]);
            let now = Timestamp::from_micros(1_445_412_480_000_000);
            assert_eq!(retry_after(&headers, now), expected.map(Duration::from_millis), "{name}: {value}");
        }
        check("retry-after", "7", Some(7_000));
        check("retry-after", "0.5", Some(500));
        check("retry-after-ms", "250", Some(250));
        check("retry-after", "Wed, 21 Oct 2015 07:28:30 GMT", Some(30_000));
        check("retry-after", "Wed, 21 Oct 2015 07:27:30 GMT", Some(0));
        check("retry-after", "-1", None);
        check("retry-after", "soon", None);
        check("x-other", "7", None);
    }

    #[test]
    fn amazon_names_an_error_in_a_header() {
        #[track_caller]
        fn check(value: &'static str, expected: &str) {
            let headers = HeaderMap::from_iter([("x-amzn-errortype".parse().unwrap(), value.parse().unwrap())]);
            assert_eq!(error_name(&headers).as_deref(), Some(expected));
        }
        check("ServiceQuotaExceededException", "ServiceQuotaExceededException");
        check("ValidationException:http://internal.amazon.com/coral/", "ValidationException");
        assert_eq!(error_name(&HeaderMap::new()), None);
    }

    #[test]
    fn a_repeated_key_is_taken_out() {
        let error = ModelError::permanent(ErrorCode::ProviderMisconfigured, "Incorrect API key: sk-canary-1234567");
        let cleaned = cleaned(error, &["sk-canary-1234567".to_owned()]);
        assert_eq!(cleaned.message, "Incorrect API key: [key]");
        let error = ModelError::permanent(ErrorCode::ProviderMisconfigured, "The request was: sk-canary-123");
        assert_eq!(super::cleaned(error, &["sk-canary-1234567".to_owned()]).message, "The request was: [key]");
    }
}
