//! How hard a model is told to think, in the words that it takes.

use everruns_core::config::EFFORTS;

/// The effort that a model takes for the one that is wanted: the next harder one, or the hardest. `efforts` begins with
/// the least.
pub(crate) fn nearest<'a>(efforts: &'static [&'static str], wanted: &'a str) -> &'a str {
    let rank = |effort: &str| EFFORTS.iter().position(|known| *known == effort);
    let Some(least) = rank(wanted) else { return wanted };
    let harder = efforts.iter().find(|effort| rank(effort).is_some_and(|rank| rank >= least));
    harder.or(efforts.last()).copied().unwrap_or(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(efforts: &'static [&'static str], wanted: &str, expected: &str) {
        assert_eq!(nearest(efforts, wanted), expected, "{efforts:?}");
    }

    #[test]
    fn a_model_is_told_what_it_takes() {
        check(&["low", "high"], "low", "low");
        check(&["low", "high"], "medium", "high");
        check(&["low", "high"], "none", "low");
        check(&["low", "high"], "xhigh", "high");
        check(&["low", "high"], "a-word-of-tomorrow", "a-word-of-tomorrow");
    }
}
