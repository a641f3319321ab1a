//! What the files and images of an organization hold, whole or part by part.

use std::sync::Arc;

use everruns_store::{Blob, BlobHash, Error, OrgKey};

use crate::{Engine, Inner};

/// The contents of an organization's files and images.
#[derive(Clone)]
pub struct Contents {
    pub(crate) inner: Arc<Inner>,
    pub(crate) org: OrgKey,
}

impl Engine {
    /// What the files and images of an organization hold.
    pub fn contents(&self, org: OrgKey) -> Contents {
        Contents { inner: self.inner.clone(), org }
    }
}

impl Contents {
    /// A whole content; nothing, if it was thrown away since its name was read.
    pub async fn whole(&self, hash: BlobHash) -> Result<Option<Vec<u8>>, Error> {
        let mut content = Vec::new();
        for part in 0.. {
            let Some(mut bytes) = self.part(hash, part).await? else { break };
            content.append(&mut bytes);
        }
        let whole = Blob::new(content);
        Ok((whole.hash() == hash).then(|| whole.into_bytes()))
    }

    /// One part of a content, counted from 0; `None` behind the last one.
    pub async fn part(&self, hash: BlobHash, part: i64) -> Result<Option<Vec<u8>>, Error> {
        self.inner.store.blob_part(self.org, hash, part).await
    }
}
