//! The books of models, kept in memory so that no turn has to read one. Whoever changes a provider or a model says so.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use everruns_core::limits::DEFINITIONS_MAX;
use everruns_core::model::book::Book;
use everruns_core::model::{Offered, SIMULATED};
use everruns_store::OrgKey;

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
    pub fn book_changed(&self, org: OrgKey) {
        self.inner.books.generation.fetch_add(1, Ordering::SeqCst);
        lock(&self.inner.books.by_org).remove(&org);
        self.inner.accesses.forget(org);
        self.definitions_changed();
    }

    /// Whether this server can ask providers of this type.
    pub fn speaks(&self, provider_type: &str) -> bool {
        self.inner.models.speaks(provider_type)
    }

    /// The models that providers of this type serve; `None`: nobody here can tell.
    pub fn offered(&self, provider_type: &str) -> Option<Vec<Offered>> {
        self.inner.models.offered(provider_type)
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
        let simulated = self.models.offered(SIMULATED).unwrap_or_default();
        let book = Arc::new(Book::new(providers, models, simulated));
        let mut by_org = lock(&self.books.by_org);
        if self.books.generation.load(Ordering::SeqCst) == generation {
            if by_org.len() >= DEFINITIONS_MAX {
                by_org.clear();
            }
            by_org.insert(org, book.clone());
        }
        Ok(book)
    }
}
