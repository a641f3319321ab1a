//! What a session is made of: its own settings, its agent and its harness, and the configuration they resolve to.
//!
//! Kept in memory so that a posted message needs no read. Whoever changes an agent or a session says so, and the
//! memory starts anew.

use everruns_core::limits::DEFINITIONS_MAX;
use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use everruns_core::agent::{AgentDocument, AgentSpec, Lineage};
use everruns_core::config::{Config, Layers, resolve};
use everruns_core::harness::Harness;
use everruns_core::message::Controls;
use everruns_core::model::book::Book;
use everruns_core::session::SessionSpec;
use everruns_core::{AgentId, Hex, SessionId};
use everruns_store::{Base, Log, OrgKey, Resource, SessionKey, SessionRow};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::remembered::Remembered;
use crate::{Engine, Error, Inner, lock};

/// A session's settings, ready for use.
#[derive(Debug)]
pub struct Definition {
    /// The session.
    pub key: SessionKey,
    /// Its public id.
    pub id: SessionId,
    /// Its organization.
    pub org: OrgKey,
    /// What its log begins with, if it is a fork.
    pub base: Base,
    spec: SessionSpec,
    agent: Option<(AgentId, AgentSpec)>,
    /// The session's harness behind those it stands on.
    harnesses: Vec<Harness>,
    /// Whether the agent or one of the harnesses is gone.
    lacks_dependency: bool,
    /// Without a message's own wishes, which most messages have none of.
    plain: Mutex<Option<Resolved>>,
}

impl From<&Definition> for Log {
    fn from(session: &Definition) -> Self {
        Self { key: session.key, base: session.base.clone() }
    }
}

/// A configuration and its name by content.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    pub(crate) config: Arc<Config>,
    pub(crate) hash: Arc<str>,
}

#[derive(Default)]
pub(crate) struct Definitions {
    by_id: Mutex<Remembered<SessionId, Arc<Definition>>>,
    by_hash: Mutex<Remembered<Arc<str>, Arc<Config>>>,
    stored: Mutex<HashSet<(OrgKey, Arc<str>)>>,
    /// Raised by every change, so that what was read before it is not remembered after it.
    generation: AtomicU64,
}

impl Engine {
    /// An agent or a session was changed: what is remembered of them is forgotten.
    pub fn definitions_changed(&self) {
        self.inner.definitions.generation.fetch_add(1, Ordering::SeqCst);
        lock(&self.inner.definitions.by_id).clear();
    }

    /// A session was changed: what is remembered of it is forgotten.
    pub fn session_changed(&self, id: SessionId) {
        self.inner.forget(id);
    }

    /// The session, if it is the organization's.
    pub async fn session(&self, org: OrgKey, id: SessionId) -> Result<Arc<Definition>, Error> {
        self.inner.definition(org, id).await
    }

    /// What sessions of an agent run: its default version if it has one, else the agent as it is.
    pub async fn agent_document(&self, org: OrgKey, agent: &Resource) -> Result<AgentDocument, Error> {
        self.inner.agent_document(org, agent).await
    }
}

impl Inner {
    pub(crate) async fn definition(&self, org: OrgKey, id: SessionId) -> Result<Arc<Definition>, Error> {
        let known = lock(&self.definitions.by_id).get(&id);
        if let Some(known) = known {
            return if known.org == org { Ok(known) } else { Err(Error::NotFound) };
        }
        let generation = self.definitions.generation.load(Ordering::SeqCst);
        let row = self.store.session_by_id(org, id).await?.ok_or(Error::NotFound)?;
        self.define(row, generation).await
    }

    pub(crate) async fn definition_by_key(&self, key: SessionKey, id: SessionId) -> Result<Arc<Definition>, Error> {
        let known = lock(&self.definitions.by_id).get(&id);
        if let Some(known) = known {
            return Ok(known);
        }
        let generation = self.definitions.generation.load(Ordering::SeqCst);
        let row = self.store.session_by_key(key).await?.ok_or(Error::NotFound)?;
        self.define(row, generation).await
    }

    async fn define(&self, row: SessionRow, generation: u64) -> Result<Arc<Definition>, Error> {
        let (key, id, org, base) = (row.head.key, row.head.id, row.head.org, row.head.base);
        let mut spec: SessionSpec = read(&row.body)?;
        // Files are for the workspace; a turn needs none of them, and they are the bulk of some agents.
        spec.layer.initial_files = Vec::new();
        let agent = match &row.agent_id {
            Some(agent) => self.store.resource_by_id(org, "agent", agent).await?.filter(|it| it.status != "deleted"),
            None => None,
        };
        let chain = self.harness_chain(org, row.harness_id.parse().map_err(corrupt)?).await?;
        let lacks_dependency = chain.is_none() || row.agent_id.is_some() && agent.is_none();
        let agent = match agent {
            Some(agent) => {
                let mut spec = self.agent_document(org, &agent).await?.spec;
                spec.layer.initial_files = Vec::new();
                Some((agent.id.parse().map_err(corrupt)?, spec))
            }
            None => None,
        };
        let mut harnesses = chain.unwrap_or_default();
        for harness in &mut harnesses {
            harness.spec.layer.initial_files = Vec::new();
        }
        let parts = weight(&spec) + agent.as_ref().map_or(0, |(_, spec)| weight(spec));
        let parts: usize = parts + harnesses.iter().map(weight).sum::<usize>();
        let definition = Arc::new(Definition {
            key,
            id,
            org,
            base,
            spec,
            agent,
            harnesses,
            lacks_dependency,
            plain: Mutex::default(),
        });

        let mut by_id = lock(&self.definitions.by_id);
        if self.definitions.generation.load(Ordering::SeqCst) == generation {
            // What they resolve to is kept with them and is as large again.
            by_id.insert(id, definition.clone(), 2 * parts);
        }
        Ok(definition)
    }

    async fn agent_document(&self, org: OrgKey, agent: &Resource) -> Result<AgentDocument, Error> {
        let lineage: Option<Lineage> = agent.lineage.as_deref().map(read).transpose()?;
        let Some(default) = lineage.and_then(|lineage| lineage.default_version_id) else { return read(&agent.body) };
        let version = self.store.agent_version_by_id(org, &agent.id, &default.to_string()).await?;
        read(&version.ok_or_else(|| corrupt(format!("the version {default} is missing")))?.document)
    }

    pub(crate) fn forget(&self, id: SessionId) {
        self.definitions.generation.fetch_add(1, Ordering::SeqCst);
        lock(&self.definitions.by_id).remove(&id);
    }

    /// What a turn of the session runs with; stored, so that its name may be written to the log.
    pub(crate) async fn resolve(
        &self,
        definition: &Definition,
        controls: Option<&Controls>,
    ) -> Result<Resolved, Error> {
        let controls = controls.filter(|controls| !controls.is_plain());
        let plain = lock(&definition.plain).clone().filter(|_| controls.is_none());
        let resolved = match plain {
            Some(resolved) => resolved,
            None => {
                let book = self.book(definition.org).await?;
                let resolved = self.resolve_anew(definition, controls, &book);
                if controls.is_none() {
                    *lock(&definition.plain) = Some(resolved.clone());
                }
                resolved
            }
        };
        let name = (definition.org, resolved.hash.clone());
        if !lock(&self.definitions.stored).contains(&name) {
            let body = serde_json::to_string(&*resolved.config).map_err(corrupt)?;
            self.store.put_configuration(definition.org, &resolved.hash, &body, self.source.now()).await?;
            let mut stored = lock(&self.definitions.stored);
            if stored.len() >= DEFINITIONS_MAX {
                stored.clear();
            }
            stored.insert(name);
        }
        Ok(resolved)
    }

    fn resolve_anew(&self, definition: &Definition, controls: Option<&Controls>, book: &Book) -> Resolved {
        let default = book.default_name().or_else(|| self.settings.default_model.clone());
        let layers = Layers {
            harnesses: &definition.harnesses,
            agent: definition.agent.as_ref().map(|(id, spec)| (*id, spec)),
            session: &definition.spec,
            message_model: controls.and_then(|controls| controls.model_id.as_deref()),
            default_model: default.as_deref(),
        };
        let mut config = resolve(layers, self.tools.capabilities());
        config.lacks_dependency = definition.lacks_dependency;
        config.manner.error_disclosure = self.settings.error_disclosure;
        if let Some(controls) = controls {
            config = config.steered(controls);
        }
        let config = config.with_model_of(book);
        let hash = hash(&config);
        Resolved { config: Arc::new(config), hash }
    }

    /// The configuration that a turn was started with.
    pub(crate) async fn configuration(&self, org: OrgKey, hash: &str) -> Result<Arc<Config>, Error> {
        let known = lock(&self.definitions.by_hash).get(hash);
        if let Some(config) = known {
            return Ok(config);
        }
        let body = self.store.configuration_by_hash(org, hash).await?;
        let body = body.ok_or_else(|| corrupt(format!("the configuration {hash} is missing")))?;
        let config: Arc<Config> = Arc::new(read(&body)?);
        lock(&self.definitions.by_hash).insert(hash.into(), config.clone(), body.len());
        Ok(config)
    }
}

/// How large something is in memory, about: its bytes of JSON.
fn weight(part: &impl Serialize) -> usize {
    serde_json::to_string(part).expect("settings are plain JSON").len()
}

/// `sha256:` and the hex digest of the configuration's JSON.
fn hash(config: &Config) -> Arc<str> {
    let body = serde_json::to_vec(config).expect("a configuration is plain JSON");
    format!("sha256:{}", Hex(Sha256::digest(&body))).into()
}

pub(crate) fn read<T: serde::de::DeserializeOwned>(body: &str) -> Result<T, Error> {
    serde_json::from_str(body).map_err(corrupt)
}

pub(crate) fn corrupt(error: impl std::fmt::Display) -> Error {
    Error::Store(everruns_store::Error::Corrupt(error.to_string()))
}
