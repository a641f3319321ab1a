//! Which hosts the tools of a session may reach: what each layer allows and blocks, narrowed layer by layer.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Patterns of hosts: `example.com`, `*.example.com` with all below it, or the beginning of a URL.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NetworkAccess {
    /// Only these may be reached; none: all may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Vec<String>>,
    /// These may never be reached, whatever is allowed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocked: Vec<String>,
}

/// Which hosts tools may reach.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read by the document alone")]
pub(crate) struct NetworkAccessList {
    /// Only these may be reached, such as `example.com` or `*.example.com`; absent or empty: all may.
    allowed: Option<Vec<String>>,
    /// These may never be reached, whatever is allowed.
    blocked: Option<Vec<String>>,
}

impl NetworkAccess {
    /// What one layer says, `{"allowed": […], "blocked": […]}`. An absent or empty list of allowed ones allows all.
    pub fn of_layer(said: Option<&Value>) -> Self {
        let patterns = |member: &str| -> Vec<String> {
            let items = said.and_then(|said| said.get(member)).and_then(Value::as_array);
            let items = items.into_iter().flatten().filter_map(Value::as_str);
            sorted(items.map(pattern).filter(|pattern| !pattern.is_empty()).collect())
        };
        let allowed = patterns("allowed");
        Self { allowed: Some(allowed).filter(|allowed| !allowed.is_empty()), blocked: patterns("blocked") }
    }

    /// What both allow and neither blocks.
    pub fn and(self, other: Self) -> Self {
        let allowed = match (self.allowed, other.allowed) {
            (Some(one), Some(two)) => {
                let pairs = one.iter().flat_map(|one| two.iter().filter_map(|two| narrower(one, two)));
                Some(sorted(pairs.map(str::to_owned).collect()))
            }
            (one, two) => one.or(two),
        };
        Self { allowed, blocked: sorted([self.blocked, other.blocked].concat()) }
    }

    /// Whether no layer says anything.
    pub fn is_open(&self) -> bool {
        self.allowed.is_none() && self.blocked.is_empty()
    }
}

fn sorted(mut patterns: Vec<String>) -> Vec<String> {
    patterns.sort();
    patterns.dedup();
    patterns
}

/// The one form of a pattern: hosts in lower case, and a slash behind the host of a URL, so that its beginning cannot
/// be that of another host.
fn pattern(text: &str) -> String {
    let text = text.trim();
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_lowercase() };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    format!("{}://{}/{path}", scheme.to_lowercase(), host.to_lowercase())
}

/// The pattern that stands for less, if one of them covers the other.
fn narrower<'a>(one: &'a str, two: &'a str) -> Option<&'a str> {
    if covers(one, two) {
        Some(two)
    } else if covers(two, one) {
        Some(one)
    } else {
        None
    }
}

/// Whether all that `narrow` stands for is in `wide`.
fn covers(wide: &str, narrow: &str) -> bool {
    match (wide.contains("://"), narrow.contains("://")) {
        (true, true) => narrow.starts_with(wide),
        (true, false) => false,
        (false, true) => {
            let host = narrow.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
            let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
            let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
            covers(wide, host) || covers(wide, name)
        }
        (false, false) => match wide.strip_prefix("*.") {
            Some(domain) => {
                let name = narrow.strip_prefix("*.").unwrap_or(narrow);
                name == domain || name.strip_suffix(domain).is_some_and(|left| left.ends_with('.'))
            }
            None => wide == narrow,
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn layers_only_narrow() {
        /// Each layer as `allowed|blocked`, then the result; `-` allows nothing.
        #[track_caller]
        fn check(layers: &[&str], expected: &str) {
            let list = |words: &str| words.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            let layers = layers.iter().map(|layer| {
                let (allowed, blocked) = layer.split_once('|').unwrap();
                NetworkAccess::of_layer(Some(&json!({ "allowed": list(allowed), "blocked": list(blocked) })))
            });
            let merged = layers.reduce(NetworkAccess::and).unwrap();
            let allowed = merged.allowed.map_or(String::new(), |allowed| match allowed.is_empty() {
                true => "-".to_owned(),
                false => allowed.join(" "),
            });
            assert_eq!(format!("{allowed}|{}", merged.blocked.join(" ")), expected);
        }
        check(&["|"], "|");
        check(&["|", "a.com|"], "a.com|");
        check(&["a.com b.com|x.com", "b.com c.com|y.com x.com"], "b.com|x.com y.com");
        check(&["a.com|", "b.com|"], "-|");
        check(&["a.com|", "b.com|", "a.com|"], "-|");
        check(&["*.a.com|", "x.a.com a.com b.com|"], "a.com x.a.com|");
        check(&["*.a.com|", "*.x.a.com|"], "*.x.a.com|");
        check(&["*.a.com|", "xa.com|"], "-|");
        check(&["a.com|", "https://a.com/api/ https://b.com/|"], "https://a.com/api/|");
        check(&["https://a.com|", "HTTPS://A.com/x https://a.com.evil.com/|"], "https://a.com/x|");
        check(&["*.a.com|", "https://x.a.com:8443/p|"], "https://x.a.com:8443/p|");
        check(&["a.com|", "https://a.com@evil.com/|"], "-|");
        check(&["A.com|B.com", "a.com|b.com"], "a.com|b.com");
    }

    #[test]
    fn what_is_not_said_is_open() {
        for open in [None, Some(json!({})), Some(json!(null)), Some(json!({ "allowed": [], "blocked": null }))] {
            assert!(NetworkAccess::of_layer(open.as_ref()).is_open(), "{open:?}");
        }
    }
}
