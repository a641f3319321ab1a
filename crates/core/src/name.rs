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

#[cfg(test)]
mod tests {
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
