//! Google's Gemini: `POST {base}/models/{model}:streamGenerateContent?alt=sse`.

mod decode;
mod encode;
mod grammar;
#[cfg(test)]
mod tests;
mod thinkers;

pub(crate) use decode::Answer;
pub(crate) use encode::encode;
pub(crate) use grammar::check;
