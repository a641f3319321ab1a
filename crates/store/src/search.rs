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
        parameters.push(containing(&searchable(word)).into());
        condition.push_str(&format!(" AND {column} LIKE ${} ESCAPE '\\'", parameters.len()));
    }
    condition
}

/// A pattern for what contains `text`, for `LIKE … ESCAPE '\'`.
pub(crate) fn containing(text: &str) -> String {
    format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}

/// A text as it stands in JSON.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text is JSON")
}
