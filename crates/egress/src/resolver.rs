//! Names become addresses here, and those that may not be dialled are left out.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::{Policy, Refused};

#[derive(Debug)]
pub(crate) struct Resolver {
    pub(crate) policy: Arc<Policy>,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.policy.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let admitted: Vec<SocketAddr> = found.filter(|address| policy.admits(address.ip())).collect();
            if admitted.is_empty() {
                return Err(Refused::NotPublic(name.as_str().to_owned()).into());
            }
            Ok(Box::new(admitted.into_iter()) as Addrs)
        })
    }
}
