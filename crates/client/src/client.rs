//! The client: where the server is, the key to it, and what each of its calls carries.

use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};

use crate::call::Call;
use crate::{
    Agents, Capabilities, Error, Events, Files, Harnesses, Images, Keys, Members, Messages, Models, Orgs, Providers,
    Sessions, Workspaces,
};

/// A call that takes longer than this failed; no call of the API waits for a model.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// Reaching the server takes no longer than this.
const CONNECT_SECONDS_MAX: u64 = 10;
/// A connection that is silent for longer than this is lost; event streams have heartbeats.
const SILENCE_SECONDS_MAX: u64 = 45;
/// How often a call that is safe to repeat is made when the server says that it is busy.
const TRIES_MAX: u32 = 4;

const ORGANIZATION: HeaderName = HeaderName::from_static("x-org-id");
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const CHANGE_REASON: HeaderName = HeaderName::from_static("everruns-change-reason");
/// What a percent-encoded text keeps as it is.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A server and the key to it. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) http: reqwest::Client,
    pub(crate) base: Url,
    pub(crate) timeout: Duration,
    pub(crate) tries_max: u32,
    /// What every request carries.
    pub(crate) headers: HeaderMap,
    /// What every POST carries.
    pub(crate) idempotency_key: Option<HeaderValue>,
}

/// A client to be; see [`Client::builder`].
#[derive(Clone, Debug)]
pub struct Builder {
    base: String,
    key: Option<String>,
    organization: Option<String>,
    timeout: Duration,
    tries_max: u32,
    socket: Option<PathBuf>,
}

impl Builder {
    /// The API key, `evr_pat_…`. A server in dev mode takes any, or none.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// The organization to act in, `org_…`; otherwise it is the key's own.
    pub fn organization(mut self, id: impl Into<String>) -> Self {
        self.organization = Some(id.into());
        self
    }

    /// How long one call may take; 30 seconds otherwise. Event streams may be open for ever.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How often a call is made at most when the server answers 429 or 503 and says when to come back; 4 otherwise.
    /// Only what is safe is repeated: reading, and a POST with an idempotency key. 1 switches it off.
    pub fn tries(mut self, tries_max: u32) -> Self {
        self.tries_max = tries_max;
        self
    }

    /// Speaks over this Unix socket; of the base URL only the path counts.
    pub fn unix_socket(mut self, path: impl Into<PathBuf>) -> Self {
        self.socket = Some(path.into());
        self
    }

    /// The client. A URL, key or organization that no request could carry is [`Error::Transport`].
    pub fn build(self) -> Result<Client, Error> {
        // Whoever came first has chosen the same cryptography.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = || {
            let http = reqwest::Client::builder()
                .connect_timeout(Duration::from_secs(CONNECT_SECONDS_MAX))
                .read_timeout(Duration::from_secs(SILENCE_SECONDS_MAX))
                .tcp_nodelay(true);
            match &self.socket {
                Some(path) => http.unix_socket(path.clone()),
                None => http,
            }
        };
        // A machine without certificates, as bare containers are, speaks plain HTTP all the same.
        let http = builder().build().or_else(|_| builder().tls_certs_only([]).build())?;
        // A request that is built and not sent lets reqwest check all of it.
        let mut probe = http.get(&self.base);
        if let Some(key) = &self.key {
            probe = probe.bearer_auth(key);
        }
        if let Some(id) = &self.organization {
            probe = probe.header(ORGANIZATION, id);
        }
        let mut probe = probe.build()?;
        let mut headers = std::mem::take(probe.headers_mut());
        if let Some(key) = headers.get_mut(AUTHORIZATION) {
            key.set_sensitive(true);
        }
        let mut base = probe.url().clone();
        // People copy addresses from where they find them.
        let path = base.path().trim_end_matches('/');
        let path = path.strip_suffix("/v1").unwrap_or(path).to_owned();
        base.set_path(&path);
        base.set_query(None);
        base.set_fragment(None);
        Ok(Client {
            http,
            base,
            timeout: self.timeout,
            tries_max: self.tries_max.max(1),
            headers,
            idempotency_key: None,
        })
    }
}

impl Client {
    /// A client of the server at `base_url` (`http://127.0.0.1:9000`, or with a prefix: `http://host/api`). Nothing is
    /// sent yet; a URL or key that no request could carry is [`Error::Transport`].
    pub fn new(base_url: &str, key: &str) -> Result<Self, Error> {
        Self::builder(base_url).key(key).build()
    }

    /// A client with more to say than where and who: organization, timeout, socket.
    pub fn builder(base_url: impl Into<String>) -> Builder {
        Builder {
            base: base_url.into(),
            key: None,
            organization: None,
            timeout: CALL_TIMEOUT,
            tries_max: TRIES_MAX,
            socket: None,
        }
    }

    /// The same client for one creation: `client.with_idempotency_key(key).sessions().create(..)`. The server keeps
    /// the first answer to a key for a day, so such a call may be repeated and creates once. A key is for one request
    /// body; with another one the server refuses it.
    pub fn with_idempotency_key(&self, key: &str) -> Result<Self, Error> {
        let value = HeaderValue::from_str(key).map_err(|_| Error::request("an idempotency key is printable ASCII"))?;
        Ok(Self { idempotency_key: Some(value), ..self.clone() })
    }

    /// The same client, whose changes carry the reason for them into the history: at most 1,000 characters.
    pub fn with_reason(&self, reason: &str) -> Self {
        let mut client = self.clone();
        let text = utf8_percent_encode(reason, ENCODED).to_string();
        // What is percent-encoded is always fit for a header.
        if let Ok(value) = HeaderValue::from_str(&text) {
            client.headers.insert(CHANGE_REASON, value);
        }
        client
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

    /// Harnesses: what agents and sessions start from.
    pub fn harnesses(&self) -> Harnesses<'_> {
        Harnesses(self)
    }

    /// Models that agents can use.
    pub fn models(&self) -> Models<'_> {
        Models(self)
    }

    /// Providers: where models come from.
    pub fn providers(&self) -> Providers<'_> {
        Providers(self)
    }

    /// Capabilities: what agents can switch on.
    pub fn capabilities(&self) -> Capabilities<'_> {
        Capabilities(self)
    }

    /// Workspaces: the files of one or more sessions.
    pub fn workspaces(&self) -> Workspaces<'_> {
        Workspaces(self)
    }

    /// Files of a workspace.
    pub fn files(&self) -> Files<'_> {
        Files(self)
    }

    /// Images that messages refer to.
    pub fn images(&self) -> Images<'_> {
        Images(self)
    }

    /// Keys: by which callers are known.
    pub fn keys(&self) -> Keys<'_> {
        Keys(self)
    }

    /// Organizations that the caller can act for.
    pub fn orgs(&self) -> Orgs<'_> {
        Orgs(self)
    }

    /// Members of organizations.
    pub fn members(&self) -> Members<'_> {
        Members(self)
    }

    /// A call of `/v1/{path}`; each segment is escaped here.
    pub(crate) fn call(&self, method: Method, path: &[&str]) -> Call<'_> {
        Call::new(self, method, path)
    }

    pub(crate) fn get(&self, path: &[&str]) -> Call<'_> {
        self.call(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &[&str]) -> Call<'_> {
        self.call(Method::POST, path)
    }

    pub(crate) fn put(&self, path: &[&str]) -> Call<'_> {
        self.call(Method::PUT, path)
    }

    pub(crate) fn patch(&self, path: &[&str]) -> Call<'_> {
        self.call(Method::PATCH, path)
    }

    pub(crate) fn delete(&self, path: &[&str]) -> Call<'_> {
        self.call(Method::DELETE, path)
    }
}
