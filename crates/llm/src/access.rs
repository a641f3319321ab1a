//! How a provider is reached: its address and the keys for it, which are never shown.

use std::fmt;

use everruns_core::ErrorCode;
use zeroize::Zeroizing;

use crate::ModelError;

/// Where a provider answers, and with which keys. Cheap to make, and its keys leave the memory with it.
#[derive(Clone, Default)]
pub struct Access {
    /// Where it answers; `None`: where providers of its type usually do.
    pub base_url: Option<String>,
    /// Its keys by name, as a rule one `api_key`.
    pub credentials: Vec<(String, Zeroizing<String>)>,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.credentials.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Access").field("base_url", &self.base_url).field("credentials", &names).finish()
    }
}

impl Access {
    /// The key of this name, if there is one.
    pub(crate) fn key(&self, name: &str) -> Option<&str> {
        let key = self.credentials.iter().find(|(known, _)| known == name).map(|(_, key)| key.trim());
        key.filter(|key| !key.is_empty())
    }

    /// The key of this name.
    pub(crate) fn required(&self, name: &str) -> Result<&str, ModelError> {
        self.key(name).ok_or_else(|| {
            let message = format!("the provider has no `{name}`; set it with `PATCH /v1/providers/{{id}}`");
            ModelError::permanent(ErrorCode::ProviderMisconfigured, message)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_and_not_shown() {
        let credentials = vec![("api_key".to_owned(), Zeroizing::new(" sk-canary\n".to_owned()))];
        let access = Access { base_url: None, credentials };
        assert_eq!(access.required("api_key"), Ok("sk-canary"));
        assert_eq!(access.key("region"), None);
        assert!(access.required("region").unwrap_err().message.contains("`region`"));
        assert!(!format!("{access:?}").contains("canary"));
        assert!(!format!("{:?}", access.required("other")).contains("canary"));
    }
}
