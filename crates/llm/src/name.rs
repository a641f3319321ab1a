//! Names of models as they are told apart: the same model has a name with a day behind it and one without.

use std::iter::successors;

/// A name without what vendors write in different ways: capitals, and dots for dashes.
pub(crate) fn key(name: &str) -> String {
    name.to_lowercase().replace('.', "-")
}

/// The name, then what is left of it piece by piece: without the version of its form, `-latest` and a day.
pub(crate) fn names(name: &str) -> impl Iterator<Item = &str> {
    successors(Some(name), |name| shorter(name))
}

fn shorter(name: &str) -> Option<&str> {
    if let Some((before, form)) = name.rsplit_once(':') {
        return digits(form).then_some(before);
    }
    if let Some(before) = name.strip_suffix("-latest") {
        return Some(before);
    }
    let (before, last) = name.rsplit_once(['-', '@'])?;
    if last.strip_prefix('v').is_some_and(digits) {
        // Only behind a day: elsewhere it tells models apart.
        return day(before).map(|_| before);
    }
    day(name)
}

/// What stands before the day at the end of a name.
fn day(name: &str) -> Option<&str> {
    let (before, last) = name.rsplit_once(['-', '@'])?;
    if last.len() == 8 && digits(last) && last.starts_with("20") {
        return Some(before);
    }
    let (before, month) = before.rsplit_once('-')?;
    let (before, year) = before.rsplit_once('-')?;
    let is_day = [(year, 4), (month, 2), (last, 2)].iter().all(|(part, count)| part.len() == *count && digits(part));
    is_day.then_some(before)
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_a_name() {
        #[track_caller]
        fn check(name: &str, expected: &[&str]) {
            assert_eq!(names(name).skip(1).collect::<Vec<_>>(), expected, "{name}");
        }
        check("gpt-5.2", &[]);
        check("gpt-5.2-2025-12-11", &["gpt-5.2"]);
        check("claude-haiku-4-5-20251001", &["claude-haiku-4-5"]);
        check("claude-haiku-4-5@20251001", &["claude-haiku-4-5"]);
        check("claude-haiku-4-5-latest", &["claude-haiku-4-5"]);
        let whole = "anthropic.claude-haiku-4-5-20251001-v1:0";
        let (form, version) = ("anthropic.claude-haiku-4-5-20251001-v1", "anthropic.claude-haiku-4-5-20251001");
        check(whole, &[form, version, "anthropic.claude-haiku-4-5"]);
        check("amazon.nova-lite-v1:0", &["amazon.nova-lite-v1"]);
        check("deepseek-v3", &[]);
        check("qwen3-235b-a22b-2507", &[]);
        check("codestral-2508", &[]);
        check("gpt-5:free", &[]);
        check("-20251001", &[""]);
        check("", &[]);
        check("é-2025-12-11", &["é"]);
    }
}
