//! Searching lists: the same words find the same rows on both databases.

use crate::value::Value;

/// The form in which texts are searched: lower case, and without the null character, which PostgreSQL does not store.
pub(crate) fn searchable(text: &str) -> String {
    text.to_lowercase().replace('\0', " ")
}

/// ` AND column LIKE …` for every word; `%` and `_` stand for themselves.
pub(crate) fn search_condition(column: &str, words: &[String], parameters: &mut Vec<Value>) -> String {
    let mut condition = String::new();
    for word in words {
        let escaped = searchable(word).replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        parameters.push(format!("%{escaped}%").into());
        condition.push_str(&format!(" AND {column} LIKE ${} ESCAPE '\\'", parameters.len()));
    }
    condition
}
