//! The books of models, kept in memory so that no turn has to read one. Whoever changes a provider or a model says so.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use everruns_core::limits::DEFINITIONS_MAX;
use everruns_core::model::book::{Book, Ground};
use everruns_core::model::{Model, Offered, Provider, SIMULATED};
use everruns_core::{ModelId, ProviderId};
use everruns_store::{OrgKey, Store};

use crate::{Engine, Error, Inner, lock};

#[derive(Default)]
pub(crate) struct Books {
    by_org: Mutex<HashMap<OrgKey, Arc<Book>>>,
    /// Raised by every change, so that what was read before it is not remembered after it.
    generation: AtomicU64,
}

impl Engine {
    /// The providers and models of an organization, the built-in ones included.
    pub async fn book(&self, org: OrgKey) -> Result<Arc<Book>, Error> {
        self.inner.book(org).await
    }

    /// A provider or a model of the organization was changed: what is remembered of them is forgotten, and with it the
    /// configurations that they are part of.
    pub(crate) fn book_changed(&self, org: OrgKey) {
        self.inner.books.generation.fetch_add(1, Ordering::SeqCst);
        lock(&self.inner.books.by_org).remove(&org);
        self.inner.accesses.forget(org);
        self.definitions_changed();
    }

    /// Writes something about providers or models of the organization. Whoever asked may hang up meanwhile: an old key or
    /// address is forgotten all the same.
    pub async fn change_book<T, W>(
        &self,
        org: OrgKey,
        write: impl FnOnce(Arc<Store>) -> W + Send + 'static,
    ) -> Result<T, everruns_store::Error>
    where
        T: Send + 'static,
        W: Future<Output = Result<T, everruns_store::Error>> + Send + 'static,
    {
        let engine = self.clone();
        let work = self.inner.tasks.spawn(async move {
            let written = write(engine.inner.store.clone()).await;
            engine.book_changed(org);
            written
        });
        work.await.map_err(|error| everruns_store::Error::Failed(error.to_string()))?
    }

    /// What providers of this type start with, so that they can be used at once.
    pub fn shortlist(&self, provider_type: &str) -> Vec<Offered> {
        self.inner.settings.profiles.shortlist(provider_type)
    }

    /// Gives the organization a default model if it has none that is there: called when a key or a model arrives.
    pub async fn elect_default_model(&self, org: OrgKey) -> Result<(), Error> {
        let (store, at) = (&self.inner.store, self.inner.source.now());
        let Some(organization) = store.organization(org).await? else { return Ok(()) };
        let book = self.inner.book(org).await?;
        let stands = organization.default_model_id.is_some_and(|id| book.entry(id).is_some());
        if !stands && let Some(elected) = self.inner.elected(&book) {
            let before = organization.default_model_id;
            let set = move |store: Arc<Store>| async move {
                store.set_default_model(org, Some(elected), Some(before), at).await
            };
            self.change_book(org, set).await?;
        }
        Ok(())
    }

    /// Whether this server can ask providers of this type.
    pub fn speaks(&self, provider_type: &str) -> bool {
        self.inner.models.speaks(provider_type)
    }
}

impl Inner {
    pub(crate) async fn book(&self, org: OrgKey) -> Result<Arc<Book>, Error> {
        let known = lock(&self.books.by_org).get(&org).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let generation = self.books.generation.load(Ordering::SeqCst);
        let (providers, models) = (self.store.providers(org).await?, self.store.models(org).await?);
        let default = self.store.organization(org).await?.and_then(|organization| organization.default_model_id);
        let secrets = self.store.provider_secrets(org).await?;
        let locked = secrets.into_iter().filter(|(_, sealed)| !self.opens(sealed)).map(|(id, _)| id).collect();
        let book = Arc::new(self.bind(providers, models, default, locked));
        let mut by_org = lock(&self.books.by_org);
        if self.books.generation.load(Ordering::SeqCst) == generation {
            if by_org.len() >= DEFINITIONS_MAX {
                by_org.clear();
            }
            by_org.insert(org, book.clone());
        }
        Ok(book)
    }

    /// Puts what is stored together with the simulated models, the providers of the environment, and what is known.
    fn bind(
        &self,
        providers: Vec<Provider>,
        models: Vec<Model>,
        default: Option<ModelId>,
        locked: Vec<ProviderId>,
    ) -> Book {
        let profiles = &self.settings.profiles;
        let simulated = self.models.offered(SIMULATED).unwrap_or_default();
        let given = self.settings.environment.iter().map(|access| {
            let provider_type = access.provider_type.as_str();
            let base_url = access.base_url.clone();
            let provider =
                Provider { base_url, ..Provider::built_in(provider_type, &format!("{provider_type} (server)")) };
            (provider, profiles.shortlist(provider_type))
        });
        let mut built_in: Vec<_> = given.collect();
        if !simulated.is_empty() {
            built_in.push((Provider::built_in(SIMULATED, "Simulated models"), simulated.clone()));
        }
        let known = |provider_type: &str, model_id: &str| match provider_type {
            SIMULATED => simulated.iter().find(|it| it.model_id == model_id).map(|it| it.profile.clone()),
            _ => profiles.profile(provider_type, model_id),
        };
        let mut book = Book::new(providers, models, default, Ground { built_in, known: &known });
        book.locked = locked;
        if default.is_none() && !self.settings.environment.is_empty() {
            book.default_model = self.elected(&book);
        }
        book
    }

    fn elected(&self, book: &Book) -> Option<ModelId> {
        let profiles = &self.settings.profiles;
        let names = |provider_type: &str| profiles.shortlist(provider_type).into_iter().map(|it| it.model_id).collect();
        book.elect(profiles.vendors(), &names)
    }
}
