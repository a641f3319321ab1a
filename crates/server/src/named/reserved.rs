//! Names that nothing can have, since they are words of the API's own paths: `/agents/config` is no agent.

use std::collections::{BTreeMap, BTreeSet};

use everruns_store::{OrgKey, Resource};

use super::Named;
use crate::document::routes;
use crate::problem::Problem;
use crate::state::App;

/// The words that stand in paths where others have a name, by collection. The document of the API says which they are,
/// so that a new route reserves its own.
#[derive(Debug)]
pub(crate) struct Reserved(BTreeMap<String, BTreeSet<String>>);

impl Reserved {
    /// Those of this document.
    pub(crate) fn of(document: &utoipa::openapi::OpenApi) -> Self {
        let mut words: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (_, path, _) in routes(document) {
            let mut pieces = path.split('/').skip_while(|piece| *piece != "v1").skip(1);
            let (Some(collection), Some(word)) = (pieces.next(), pieces.next()) else { continue };
            if !word.starts_with('{') {
                words.entry(collection.to_owned()).or_default().insert(word.to_owned());
            }
        }
        Self(words)
    }
}

/// That something with this name could be reached by it. One from before the word may keep it: the live one that has the
/// name, if `is_kept` says that it is the one in question.
pub(crate) async fn check_reachable<N: Named>(
    app: &App,
    org: OrgKey,
    name: &str,
    is_kept: impl FnOnce(&Resource) -> bool,
) -> Result<(), Problem> {
    let Some(words) = app.reserved.0.get(N::COLLECTION).filter(|words| words.contains(name)) else { return Ok(()) };
    let holder = app.engine.store().resource_by_name(org, N::KIND, name).await?;
    if holder.as_ref().is_some_and(is_kept) {
        return Ok(());
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let remedy = format!(
        "must not be {name:?}, since the API has a path of its own there; choose another, such as `my-{name}` \
         (reserved are {})",
        words.join(", ")
    );
    Err(Problem::invalid("name", remedy))
}
