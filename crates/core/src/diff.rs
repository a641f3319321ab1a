//! What differs between two JSON documents, for people: one line per value, named by its path.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A value that differs.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Difference {
    /// Where it stands, such as `capabilities[current_time].config.zone`; empty for the whole document. Items of a list
    /// are named by their `ref`, `name` or `path` if each has its own, else by their place.
    pub path: String,
    /// What happened to it.
    pub kind: DifferenceKind,
    /// What it was; absent if it is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Value>,
    /// What it is; absent if it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Value>,
}

/// What happened to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is another one.
    Changed,
    /// The same items stand in another order.
    Reordered,
}

/// Everything that differs, in the order of the newer document. Null and absent are the same.
pub fn differences(from: &Value, to: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare("", from, to, &mut found);
    found
}

fn compare(path: &str, from: &Value, to: &Value, found: &mut Vec<Difference>) {
    let kind = match (from, to) {
        _ if from == to => return,
        (Value::Null, _) => DifferenceKind::Added,
        (_, Value::Null) => DifferenceKind::Removed,
        (Value::Object(from), Value::Object(to)) => return compare_members(path, from, to, found),
        (Value::Array(from_items), Value::Array(to_items)) => {
            let names = names(from_items).zip(names(to_items));
            if let Some((from_names, to_names)) = names {
                let before = found.len();
                let from_items = from_names.into_iter().zip(from_items).collect::<Vec<_>>();
                let to_items = to_names.into_iter().zip(to_items).collect::<Vec<_>>();
                compare_items(path, &from_items, &to_items, found);
                if found.len() > before {
                    return;
                }
                DifferenceKind::Reordered
            } else {
                return compare_places(path, from_items, to_items, found);
            }
        }
        _ => DifferenceKind::Changed,
    };
    let some = |value: &Value| Some(value.clone()).filter(|value| !value.is_null());
    found.push(Difference { path: path.to_owned(), kind, from: some(from), to: some(to) });
}

fn compare_members(path: &str, from: &Map<String, Value>, to: &Map<String, Value>, found: &mut Vec<Difference>) {
    let gone = from.keys().filter(|name| !to.contains_key(*name));
    for name in to.keys().chain(gone) {
        let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let value = |members: &Map<String, Value>| members.get(name).cloned().unwrap_or_default();
        compare(&inner, &value(from), &value(to), found);
    }
}

fn compare_items(path: &str, from: &[(&str, &Value)], to: &[(&str, &Value)], found: &mut Vec<Difference>) {
    let value = |items: &[(&str, &Value)], name: &str| {
        items.iter().find(|(known, _)| *known == name).map_or(Value::Null, |(_, value)| (*value).clone())
    };
    let gone = from.iter().filter(|(name, _)| to.iter().all(|(known, _)| known != name));
    for (name, _) in to.iter().chain(gone) {
        compare(&format!("{path}[{name}]"), &value(from, name), &value(to, name), found);
    }
}

fn compare_places(path: &str, from: &[Value], to: &[Value], found: &mut Vec<Difference>) {
    for place in 0..from.len().max(to.len()) {
        let value = |items: &[Value]| items.get(place).cloned().unwrap_or_default();
        compare(&format!("{path}[{place}]"), &value(from), &value(to), found);
    }
}

/// What the items of a list are called, if each has a name of its own.
fn names(items: &[Value]) -> Option<Vec<&str>> {
    let mut names: Vec<&str> = Vec::with_capacity(items.len());
    for item in items {
        let name = ["ref", "name", "path"].into_iter().find_map(|member| item.get(member)?.as_str())?;
        if names.contains(&name) {
            return None;
        }
        names.push(name);
    }
    Some(names)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn one_line_per_value() {
        /// The differences as `kind path`.
        #[track_caller]
        fn check(from: Value, to: Value, expected: &[&str]) {
            let found = differences(&from, &to);
            let word = |difference: &Difference| format!("{:?} {}", difference.kind, difference.path).to_lowercase();
            assert_eq!(found.iter().map(word).collect::<Vec<_>>(), expected, "{found:?}");
        }
        check(json!({"a": 1, "b": null}), json!({"a": 1}), &[]);
        check(json!({"a": 1, "c": [1]}), json!({"b": "x", "c": [1, 2]}), &["added b", "added c[1]", "removed a"]);
        check(json!({"a": {"b": {"c": 1}}}), json!({"a": {"b": {"c": "1"}}}), &["changed a.b.c"]);
        let capabilities = |items: Value| json!({ "capabilities": items });
        check(
            capabilities(json!([{"ref": "x", "config": {"y": 1}}, {"ref": "z"}])),
            capabilities(json!([{"ref": "new"}, {"ref": "x", "config": {"y": 2}}])),
            &["added capabilities[new]", "changed capabilities[x].config.y", "removed capabilities[z]"],
        );
        check(
            capabilities(json!([{"ref": "a"}, {"ref": "b"}])),
            capabilities(json!([{"ref": "b"}, {"ref": "a"}])),
            &["reordered capabilities"],
        );
        check(json!([{"ref": "a"}, {"ref": "a"}]), json!([{"ref": "a"}]), &["removed [1]"]);
        check(json!(1), json!([]), &["changed "]);
    }

    fn document() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![(0..3_i64).prop_map(Value::from), "[ab]?".prop_map(Value::from)];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("ref|[abc]", inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn there_is_a_difference_exactly_between_different_documents(from in document(), to in document()) {
            prop_assert_eq!(differences(&from, &to).is_empty(), from == to);
            prop_assert_eq!(differences(&from, &from), vec![]);
            prop_assert_eq!(differences(&from, &to).len(), differences(&to, &from).len());
        }
    }
}
