//! How one call goes over the wire: its request, its repetitions, and what is made of the answer.

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Method, Request, Response, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::client::IDEMPOTENCY_KEY;
use crate::{Client, Error};

/// Statuses that a server answers before it did anything.
const BUSY: [u16; 2] = [429, 503];
/// A server that says it is busy for longer than this is not waited for.
const RETRY_AFTER_SECONDS_MAX: u64 = 30;

/// A request to be.
pub(crate) struct Call<'a> {
    client: &'a Client,
    method: Method,
    url: Result<Url, Error>,
    body: Option<(String, Vec<u8>)>,
    accept: Option<&'static str>,
}

impl<'a> Call<'a> {
    pub(crate) fn new(client: &'a Client, method: Method, path: &[&str]) -> Self {
        Self { url: url(&client.base, path), client, method, body: None, accept: None }
    }

    /// Adds a parameter to the query, if it is set.
    pub(crate) fn query(mut self, name: &str, value: Option<impl ToString>) -> Self {
        if let (Ok(url), Some(value)) = (&mut self.url, value) {
            url.query_pairs_mut().append_pair(name, &value.to_string());
        }
        self
    }

    /// Adds a parameter once for each value.
    pub(crate) fn each<T: ToString>(self, name: &str, values: &[T]) -> Self {
        values.iter().fold(self, |call, value| call.query(name, Some(value.to_string())))
    }

    /// Adds `name=true`, if it is.
    pub(crate) fn flag(self, name: &str, is_set: bool) -> Self {
        self.query(name, is_set.then_some("true"))
    }

    /// Of a route that stands beside `/v1` or `/api/v1`, not below it.
    pub(crate) fn beside_the_api(mut self) -> Self {
        if let Ok(url) = &mut self.url {
            let path = url.path();
            let (prefix, route) = path.rsplit_once("/v1/").unwrap_or(("", path));
            let path = format!("{}/{route}", prefix.strip_suffix("/api").unwrap_or(prefix));
            url.set_path(&path);
        }
        self
    }

    /// What is sent along.
    pub(crate) fn body(mut self, content_type: impl Into<String>, body: Vec<u8>) -> Self {
        self.body = Some((content_type.into(), body));
        self
    }

    /// What is sent along, as JSON.
    pub(crate) fn json<T: Serialize + ?Sized>(mut self, body: &T) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => self.body("application/json", body),
            Err(error) => {
                self.url = Err(Error::request(format!("the body is no JSON: {error}")));
                self
            }
        }
    }

    /// What kind of answer is wanted.
    pub(crate) fn accept(mut self, content_type: &'static str) -> Self {
        self.accept = Some(content_type);
        self
    }

    /// Calls, and reads the answer as a `T`.
    pub(crate) async fn answer<T: DeserializeOwned>(self) -> Result<T, Error> {
        serde_json::from_slice(&self.bytes().await?).map_err(Error::decode)
    }

    /// Calls, and reads the answer as text.
    pub(crate) async fn text(self) -> Result<String, Error> {
        String::from_utf8(self.bytes().await?).map_err(Error::decode)
    }

    /// Calls, and reads the answer whatever it is.
    pub(crate) async fn bytes(self) -> Result<Vec<u8>, Error> {
        let timeout = self.client.timeout;
        Ok(self.send(Some(timeout)).await?.bytes().await?.into())
    }

    /// Calls; the answer says no more than that it worked.
    pub(crate) async fn done(self) -> Result<(), Error> {
        let timeout = self.client.timeout;
        self.send(Some(timeout)).await.map(drop)
    }

    /// Calls, and gives back the answer's head; the body may come for as long as it likes.
    pub(crate) async fn open(self) -> Result<Response, Error> {
        self.send(None).await
    }

    /// Calls, and gives back the answer's head; the body may not take longer than a call.
    pub(crate) async fn open_briefly(self) -> Result<Response, Error> {
        let timeout = self.client.timeout;
        self.send(Some(timeout)).await
    }

    /// Sends it, again if that is safe and the server says when. What is no success becomes [`Error::Api`].
    async fn send(self, timeout: Option<Duration>) -> Result<Response, Error> {
        let mut request = Request::new(self.method, self.url?);
        *request.timeout_mut() = timeout;
        let headers = request.headers_mut();
        *headers = self.client.headers.clone();
        if let Some(accept) = self.accept {
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
        }
        let mut is_safe = request.method() == Method::GET;
        if let (&Method::POST, Some(key)) = (request.method(), &self.client.idempotency_key) {
            is_safe = true;
            request.headers_mut().insert(IDEMPOTENCY_KEY, key.clone());
        }
        if let Some((content_type, body)) = self.body {
            let value = HeaderValue::from_str(&content_type).map_err(|_| Error::request("no content type"))?;
            request.headers_mut().insert(CONTENT_TYPE, value);
            *request.body_mut() = Some(body.into());
        }
        let mut tries_left = if is_safe { self.client.tries_max } else { 1 };
        loop {
            tries_left -= 1;
            let again = if tries_left > 0 { request.try_clone() } else { None };
            let response = self.client.http.execute(request).await?;
            if response.status().is_success() {
                return Ok(response);
            }
            let error = failure(response).await?;
            match (again, error.retry_after()) {
                (Some(next), Some(wait)) if error.status().is_some_and(|status| BUSY.contains(&status)) => {
                    if wait.as_secs() > RETRY_AFTER_SECONDS_MAX {
                        return Err(error);
                    }
                    tokio::time::sleep(wait).await;
                    request = next;
                }
                _ => return Err(error),
            }
        }
    }
}

async fn failure(response: Response) -> Result<Error, Error> {
    let status = response.status().as_u16();
    let text = |headers: &HeaderMap, name: &str| Some(headers.get(name)?.to_str().ok()?.to_owned());
    let retry_after = text(response.headers(), RETRY_AFTER.as_str()).and_then(|text| text.trim().parse().ok());
    let request_id = text(response.headers(), "x-request-id");
    Ok(Error::api(status, &response.bytes().await?, retry_after.map(Duration::from_secs), request_id))
}

/// `/v1/{path}` below the base. Parsers of URLs drop `.` and `..`, and the server would see another path than was
/// asked for.
fn url(base: &Url, path: &[&str]) -> Result<Url, Error> {
    if let Some(segment) = path.iter().find(|segment| matches!(**segment, "" | "." | "..")) {
        return Err(Error::request(format!("{segment:?} is no name, id or part of a path")));
    }
    let mut url = base.clone();
    match url.path_segments_mut() {
        Ok(mut segments) => {
            segments.pop_if_empty().push("v1").extend(path);
        }
        Err(()) => return Err(Error::request(format!("{base} is no address of a server"))),
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_stay_what_they_are() {
        #[track_caller]
        fn check(base: &str, path: &[&str], expected: Option<&str>) {
            let base = Url::parse(base).expect("a base");
            assert_eq!(url(&base, path).ok().as_ref().map(Url::as_str), expected, "{path:?}");
        }
        check("http://h", &["agents"], Some("http://h/v1/agents"));
        check("http://h/api", &["agents", "a b/c?d#e"], Some("http://h/api/v1/agents/a%20b%2Fc%3Fd%23e"));
        check("http://h/", &["capabilities", "mcp:server"], Some("http://h/v1/capabilities/mcp:server"));
        check("http://h/", &["fs", "50%", "ü"], Some("http://h/v1/fs/50%25/%C3%BC"));
        check("http://h/", &["fs", "..", "agents"], None);
        check("http://h/", &["agents", ""], None);
        check("mailto:a@b", &["agents"], None);
    }
}
