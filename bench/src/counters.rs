//! The server's own counters, such as statements and commits: a JSON object of integers behind a URL.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::http::{Connection, Request};
use crate::target::Target;

/// What only grows; a server may tell other numbers beside it, such as how many turns run.
const NAMES: [&str; 3] = ["commits", "events", "statements"];

/// Counters by name.
pub(crate) type Counters = BTreeMap<String, i64>;

/// Reads the counters, as far as the server has them.
pub(crate) async fn read(url: &Target) -> anyhow::Result<Counters> {
    let mut connection = Connection::open(url).await?;
    let request = Request::get_absolute(url, &url.path);
    Ok(of_json(&connection.exchange_json(&request).await?))
}

fn of_json(value: &Value) -> Counters {
    NAMES.iter().filter_map(|&name| Some((name.to_owned(), value.get(name)?.as_i64()?))).collect()
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
        let before = read(r#"{"commits":3,"status":"ok","running_turns":5}"#);
        let after = read(r#"{"commits":10,"statements":4,"running_turns":0}"#);
        let difference: Vec<_> = difference(&before, &after).into_iter().collect();
        assert_eq!(difference, [("commits".to_owned(), 7), ("statements".to_owned(), 4)]);
        assert!(read("[1]").is_empty());
    }
}
