//! The server's own counters, such as statements and commits: a JSON object of integers behind a URL.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::http::{Connection, Request};
use crate::target::Target;

/// Counters by name.
pub(crate) type Counters = BTreeMap<String, i64>;

/// Reads the counters; members that are no integers are left out.
pub(crate) async fn read(url: &Target) -> anyhow::Result<Counters> {
    let mut connection = Connection::open(url).await?;
    let request = Request::get_absolute(url, &url.path);
    Ok(of_json(&connection.exchange_json(&request).await?))
}

fn of_json(value: &Value) -> Counters {
    let members = value.as_object().into_iter().flatten();
    members.filter_map(|(name, value)| Some((name.clone(), value.as_i64()?))).collect()
}

/// What was counted between two readings.
pub(crate) fn difference(before: &Counters, after: &Counters) -> Counters {
    after.iter().map(|(name, value)| (name.clone(), value - before.get(name).unwrap_or(&0))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_counters() {
        let read = |text: &str| of_json(&serde_json::from_str(text).unwrap());
        let before = read(r#"{"commits":3,"status":"ok","load":0.5}"#);
        let after = read(r#"{"commits":10,"statements":4}"#);
        let difference: Vec<_> = difference(&before, &after).into_iter().collect();
        assert_eq!(difference, [("commits".to_owned(), 7), ("statements".to_owned(), 4)]);
        assert!(read("[1]").is_empty());
    }
}
