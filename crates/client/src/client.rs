//! The client: where the server is, the key to it, and how one call goes over the wire.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Method, RequestBuilder, Response, Url};
use serde::de::DeserializeOwned;

use crate::Error;
use crate::agents::Agents;
use crate::events::Events;
use crate::messages::Messages;
use crate::sessions::Sessions;

/// A call that takes longer than this failed; no call of the API waits for a model.
const CALL_SECONDS_MAX: u64 = 30;
/// Reaching the server takes no longer than this.
const CONNECT_SECONDS_MAX: u64 = 10;
/// A connection that is silent for longer than this is lost; event streams have heartbeats.
const SILENCE_SECONDS_MAX: u64 = 45;

/// A server and the key to it. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    authorization: HeaderValue,
}

impl Client {
    /// A client of the server at `base_url` (`http://127.0.0.1:9000`, or with a prefix: `http://host/api`). Nothing is
    /// sent yet; a URL or key that no request could carry is [`Error::Transport`].
    pub fn new(base_url: &str, key: &str) -> Result<Self, Error> {
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(CONNECT_SECONDS_MAX))
            .read_timeout(Duration::from_secs(SILENCE_SECONDS_MAX))
            .tcp_nodelay(true)
            .build()?;
        // A request that is built and not sent lets reqwest check both.
        let probe = http.get(base_url).bearer_auth(key).build()?;
        let mut authorization = probe.headers()[AUTHORIZATION].clone();
        authorization.set_sensitive(true);
        Ok(Self { base: probe.url().clone(), http, authorization })
    }

    /// Agents: what a session is run by.
    pub fn agents(&self) -> Agents<'_> {
        Agents(self)
    }

    /// Sessions: the conversations.
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions(self)
    }

    /// Messages of a session, and the results of tools that run at the client.
    pub fn messages(&self) -> Messages<'_> {
        Messages(self)
    }

    /// Events of a session: everything that happened in it.
    pub fn events(&self) -> Events<'_> {
        Events(self)
    }

    /// A request to `/v1/{path}`. Paths are made of constants and typed ids, so they need no escaping; `query` is
    /// escaped here. It has no time limit yet.
    pub(crate) fn request(&self, method: Method, path: &str, query: &[(&str, String)]) -> RequestBuilder {
        let mut url = self.base.clone();
        let prefix = self.base.path().trim_end_matches('/');
        url.set_path(&format!("{prefix}/v1/{path}"));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.http.request(method, url).header(AUTHORIZATION, self.authorization.clone())
    }

    /// Calls, and reads the answer as a `T`.
    pub(crate) async fn call<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Error> {
        let body = self.call_without_answer(request).await?.bytes().await?;
        serde_json::from_slice(&body).map_err(Error::decode)
    }

    /// Calls; the answer says no more than that it worked.
    pub(crate) async fn call_without_answer(&self, request: RequestBuilder) -> Result<Response, Error> {
        send(request.timeout(Duration::from_secs(CALL_SECONDS_MAX))).await
    }
}

/// Sends the request; an answer that is not a success becomes [`Error::Api`].
pub(crate) async fn send(request: RequestBuilder) -> Result<Response, Error> {
    let response = request.send().await?;
    if response.status().is_success() {
        return Ok(response);
    }
    let status = response.status().as_u16();
    Err(Error::api(status, &response.bytes().await?))
}
