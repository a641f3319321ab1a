//! Which models think before they answer, and how hard they can be told to.

use self::Kind::{Plain, Thinks};
use super::super::effort::nearest;

/// What is known of a model by its name.
#[derive(Clone, Copy)]
enum Kind {
    /// It takes no word on thinking, and refuses to be sent one.
    Plain,
    /// It thinks, at these efforts, the least first.
    Thinks(&'static [&'static str]),
}

const THREE: &[&str] = &["low", "medium", "high"];

/// By how names begin; the first row that fits counts.
#[rustfmt::skip]
const KINDS: &[(&str, Kind)] = &[
    ("gpt-5-chat", Plain),
    ("gpt-5-pro", Thinks(&["high"])),
    ("gpt-5-codex", Thinks(THREE)),
    ("gpt-5.1-chat", Thinks(&["medium"])),
    ("gpt-5.2-chat", Thinks(&["medium"])),
    ("gpt-5.1-codex-max", Thinks(&["low", "medium", "high", "xhigh"])),
    ("gpt-5.1-codex", Thinks(THREE)),
    ("gpt-5.1", Thinks(&["none", "low", "medium", "high"])),
    ("gpt-5.2-pro", Thinks(&["medium", "high", "xhigh"])),
    ("gpt-5.", Thinks(&["none", "low", "medium", "high", "xhigh"])),
    ("gpt-5", Thinks(&["minimal", "low", "medium", "high"])),
    ("gpt-6", Thinks(&["none", "low", "medium", "high", "xhigh"])),
    ("o1", Thinks(THREE)),
    ("o3", Thinks(THREE)),
    ("o4", Thinks(THREE)),
    ("codex-mini", Thinks(THREE)),
    ("gpt-oss", Thinks(THREE)),
    ("gpt-", Plain),
    ("chatgpt-", Plain),
];

/// What to tell a model about thinking: `None` for one that does not think, else the effort if one is wanted. A model of
/// which nothing is known, such as a deployment with a name of its own, thinks if its user wants an effort.
pub(super) fn thinking<'a>(model: &str, wanted: Option<&'a str>) -> Option<Option<&'a str>> {
    let model = model.strip_prefix("ft:").unwrap_or(model);
    match KINDS.iter().find(|(prefix, _)| model.starts_with(prefix)) {
        Some((_, Plain)) => None,
        Some((_, Thinks(efforts))) => Some(wanted.map(|wanted| nearest(efforts, wanted))),
        None => wanted.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use everruns_core::config::EFFORTS;

    use super::*;

    #[track_caller]
    fn check(model: &str, wanted: Option<&str>, expected: Option<Option<&str>>) {
        assert_eq!(thinking(model, wanted), expected, "{model} {wanted:?}");
    }

    #[test]
    fn models_are_told_what_they_take() {
        check("gpt-5", None, Some(None));
        check("gpt-5-mini-2025-08-07", Some("high"), Some(Some("high")));
        check("gpt-5", Some("none"), Some(Some("minimal")));
        check("gpt-5", Some("xhigh"), Some(Some("high")));
        check("gpt-5.2", Some("minimal"), Some(Some("low")));
        check("gpt-5.2", Some("none"), Some(Some("none")));
        check("gpt-5.6-sol", Some("xhigh"), Some(Some("xhigh")));
        check("gpt-5-pro", Some("low"), Some(Some("high")));
        check("o3-mini", Some("minimal"), Some(Some("low")));
        check("ft:o4-mini:acme", None, Some(None));
        check("gpt-5-chat-latest", Some("high"), None);
        check("gpt-4.1", Some("high"), None);
        check("gpt-4o-mini", None, None);
        check("my-deployment", None, None);
        check("my-deployment", Some("low"), Some(Some("low")));
    }

    #[test]
    fn every_effort_is_one_that_users_can_name() {
        for (prefix, kind) in KINDS {
            let Thinks(efforts) = kind else { continue };
            let ranks: Vec<_> = efforts.iter().map(|effort| EFFORTS.iter().position(|known| known == effort)).collect();
            assert!(ranks.iter().all(Option::is_some) && ranks.is_sorted(), "{prefix}: {efforts:?}");
        }
    }
}
