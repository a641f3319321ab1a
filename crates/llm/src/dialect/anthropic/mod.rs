//! Anthropic's Messages: `POST {base}/messages`.

mod decode;
mod encode;
mod grammar;
#[cfg(test)]
mod tests;

pub(crate) use decode::Answer;
pub(crate) use encode::encode;
pub(crate) use grammar::check;
