//! Anthropic's Messages: `POST {base}/messages`.

mod decode;
mod encode;
mod grammar;
#[cfg(test)]
mod tests;

pub(crate) use decode::Answer;
pub(crate) use encode::encode;
pub(crate) use grammar::check;

/// The version of its API that is spoken, as a header.
pub(crate) const VERSION: (&str, &str) = ("anthropic-version", "2023-06-01");
