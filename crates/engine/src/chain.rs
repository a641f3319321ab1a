//! A harness and what it stands on, read from the store: inheritance is live, so a parent's change counts for all above.

use everruns_core::HarnessId;
use everruns_core::harness::{Harness, HarnessSpec, built_in};
use everruns_core::limits::HARNESS_DEPTH_MAX;
use everruns_store::OrgKey;

use crate::definition::read;
use crate::{Engine, Error, Inner};

impl Engine {
    /// The harness with this id behind those it stands on, the lowest first. `None` if one of them was deleted, or if
    /// there are more than [`HARNESS_DEPTH_MAX`].
    pub async fn harness_chain(&self, org: OrgKey, id: HarnessId) -> Result<Option<Vec<Harness>>, Error> {
        self.inner.harness_chain(org, id).await
    }
}

impl Inner {
    pub(crate) async fn harness_chain(&self, org: OrgKey, id: HarnessId) -> Result<Option<Vec<Harness>>, Error> {
        let (mut chain, mut next) = (Vec::new(), Some(id));
        while let Some(id) = next {
            let harness = match built_in().into_iter().find(|harness| harness.id == id) {
                Some(harness) => Some(harness),
                None => {
                    let found = self.store.resource_by_id(org, "harness", &id.to_string()).await?;
                    let found = found.filter(|found| found.status != "deleted");
                    let spec = found.map(|found| read::<HarnessSpec>(&found.body)).transpose()?;
                    spec.map(|spec| Harness { id, spec })
                }
            };
            let Some(harness) = harness.filter(|_| chain.len() < HARNESS_DEPTH_MAX) else { return Ok(None) };
            next = harness.spec.parent_harness_id;
            chain.push(harness);
        }
        chain.reverse();
        Ok(Some(chain))
    }
}
