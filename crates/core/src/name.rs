//! Names of agents and harnesses: slugs such as `research-assistant`.

use crate::limits::NAME_CHARS_MAX;

/// Why a name was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 64 characters of a-z, 0-9 and single dashes between them, such as `research-assistant`")]
pub struct InvalidName;

/// Checks a name against `^[a-z0-9]+(-[a-z0-9]+)*$`, 1 to 64 characters.
pub fn check_name(name: &str) -> Result<(), InvalidName> {
    let short = name.len() <= NAME_CHARS_MAX;
    let parts = name
        .split('-')
        .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
    if short && parts { Ok(()) } else { Err(InvalidName) }
}

/// The name that a free text such as `Python Example Agent` stands for: letters and digits of ASCII in lower case, with
/// a dash for whatever is between them. `None` if nothing is left, or too much.
pub fn slug(text: &str) -> Option<String> {
    let parts: Vec<String> = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    Some(parts.join("-")).filter(|name| check_name(name).is_ok())
}

/// The first of `name-copy`, `name-copy-2`, … that `is_taken` does not know, cut so that it is a valid name. `None`
/// after `tries`.
pub fn copy_name(name: &str, tries: usize, is_taken: impl Fn(&str) -> bool) -> Option<String> {
    (1..=tries)
        .map(|number| {
            let suffix = if number == 1 { "-copy".to_owned() } else { format!("-copy-{number}") };
            let kept = name.get(..NAME_CHARS_MAX - suffix.len()).unwrap_or(name);
            format!("{}{suffix}", kept.trim_end_matches('-'))
        })
        .find(|name| !is_taken(name))
}

#[cfg(test)]
mod tests {
    #[test]
    fn free_texts_as_names() {
        #[track_caller]
        fn check(text: &str, expected: Option<&str>) {
            assert_eq!(super::slug(text).as_deref(), expected, "{text:?}");
        }
        check("Assistant", Some("assistant"));
        check("Python Example Agent", Some("python-example-agent"));
        check("  a__B -- 2!", Some("a-b-2"));
        check("naïve", Some("na-ve"));
        check("助手", None);
        check("", None);
        check(&"a".repeat(64), Some(&"a".repeat(64)));
        check(&"a".repeat(65), None);
    }

    #[test]
    fn names_of_copies() {
        #[track_caller]
        fn check(name: &str, taken: &[&str], expected: Option<&str>) {
            let found = super::copy_name(name, 3, |name| taken.contains(&name));
            assert_eq!(found.as_deref(), expected);
            assert!(found.is_none_or(|name| super::check_name(&name).is_ok()));
        }
        check("a", &[], Some("a-copy"));
        check("a", &["a-copy"], Some("a-copy-2"));
        check("a", &["a-copy", "a-copy-2"], Some("a-copy-3"));
        check("a", &["a-copy", "a-copy-2", "a-copy-3"], None);
        check("a-copy", &[], Some("a-copy-copy"));
        check(&"a".repeat(64), &[], Some(&format!("{}-copy", "a".repeat(59))));
        check(&format!("{}-{}", "a".repeat(58), "b".repeat(5)), &[], Some(&format!("{}-copy", "a".repeat(58))));
    }

    #[test]
    fn slugs() {
        #[track_caller]
        fn check(name: &str, valid: bool) {
            assert_eq!(super::check_name(name).is_ok(), valid, "{name:?}");
        }
        check("a", true);
        check("research-assistant-2", true);
        check(&"a".repeat(64), true);
        check(&"a".repeat(65), false);
        check("", false);
        check("Assistant", false);
        check("two words", false);
        check("-a", false);
        check("a-", false);
        check("a--b", false);
        check("a\0b", false);
        check("naïve", false);
    }
}
