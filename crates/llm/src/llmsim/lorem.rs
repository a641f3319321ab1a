//! `lorem`: as many words as wanted.

use everruns_core::prompt::Prompt;

use super::behaviour::Reply;
use super::parameters::Parameters;
use super::random::Random;
use crate::ModelError;

/// Words of one answer. Even of the longest word that many stay below `ANSWER_BYTES_MAX`.
pub(super) const TOKENS_MAX: u64 = 100_000;

const TOKENS_DEFAULT: u64 = 50;

const WORDS: &[&str] = &[
    "lorem", "ipsum", "dolor", "sit", "amet", "elit", "sed", "do", "eiusmod", "tempor", "ut", "labore", "et", "dolore",
    "magna", "aliqua", "enim", "minim", "veniam", "quis", "nostrud", "ullamco", "nisi", "ex", "ea", "commodo", "duis",
    "aute", "irure", "in", "velit", "esse",
];

/// `tokens` words, chosen by `seed`.
pub(super) fn reply(_: &Prompt, parameters: &Parameters) -> Result<Reply, ModelError> {
    let tokens = parameters.number("tokens", TOKENS_MAX)?;
    Ok(Reply::text(words(tokens.unwrap_or(TOKENS_DEFAULT), Random::of(parameters)?)))
}

/// That many words with single spaces between them.
pub(super) fn words(count: u64, mut random: Random) -> String {
    let words: Vec<&str> = (0..count).map(|_| WORDS[random.below(WORDS.len() as u64) as usize]).collect();
    words.join(" ")
}
