//! OpenAI's Responses: `POST {base}/responses`. Nothing is stored there: what the model thought comes back encrypted and
//! is sent again.

mod decode;
mod encode;
mod grammar;
#[cfg(test)]
mod tests;
mod thinkers;

pub(crate) use decode::Answer;
pub(crate) use encode::encode;
pub(crate) use grammar::check;
