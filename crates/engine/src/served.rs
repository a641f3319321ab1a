//! Which models a provider serves now, and whether an address may be one of a provider.

use everruns_core::ProviderId;
use everruns_core::model::Offered;
use everruns_llm::{Access, ModelError};
use everruns_store::OrgKey;

use crate::access::AccessError;
use crate::{Engine, Error};

/// A model that a provider tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What the provider calls it.
    pub model_id: String,
    /// For people.
    pub display_name: String,
    /// What it is good for, such as `chat`.
    pub capabilities: Vec<String>,
}

/// Why a provider's models are not known.
#[derive(Debug, thiserror::Error)]
pub enum NotTold {
    /// Its keys cannot be used.
    #[error(transparent)]
    Access(AccessError),
    /// It was asked and did not tell.
    #[error(transparent)]
    Provider(ModelError),
    /// The database failed.
    #[error(transparent)]
    Engine(#[from] Error),
}

impl Engine {
    /// The models that a provider serves; `None`: it has no way to tell, or nobody here can ask it.
    pub async fn served_models(&self, org: OrgKey, id: ProviderId) -> Result<Option<Vec<Told>>, NotTold> {
        let book = self.inner.book(org).await?;
        let Some(provider) = book.provider(id) else { return Err(NotTold::Access(AccessError::Unknown)) };
        let Some(driver) = self.inner.models.of_type(&provider.provider_type) else { return Ok(None) };
        let told = |offered: Offered| Told {
            model_id: offered.model_id,
            display_name: offered.profile.name,
            capabilities: offered.capabilities,
        };
        if let Some(offered) = driver.models() {
            return Ok(Some(offered.into_iter().map(told).collect()));
        }
        let access = match self.inner.provider_access(org, id).await {
            Ok(access) => Access::from(&*access),
            Err(AccessError::Engine(error)) => return Err(NotTold::Engine(error)),
            Err(error) => return Err(NotTold::Access(error)),
        };
        let names = driver.list(access).await.map_err(NotTold::Provider)?;
        let named = |model_id: String| match self.inner.settings.profiles.profile(&provider.provider_type, &model_id) {
            Some(profile) => told(Offered { model_id, capabilities: capabilities(profile.tool_call), profile }),
            None => Told { display_name: model_id.clone(), model_id, capabilities: capabilities(false) },
        };
        Ok(names.map(|names| names.into_iter().map(named).collect()))
    }

    /// Says why no provider may have this address, if so.
    pub fn refuses_address(&self, url: &str) -> Option<String> {
        self.inner.models.refuses(url)
    }
}

fn capabilities(calls_tools: bool) -> Vec<String> {
    let words = [Some("chat"), calls_tools.then_some("tools")];
    words.into_iter().flatten().map(str::to_owned).collect()
}
