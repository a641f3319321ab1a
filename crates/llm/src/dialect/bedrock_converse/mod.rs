//! Amazon Bedrock's Converse: `POST https://bedrock-runtime.{region}.amazonaws.com/model/{model}/converse-stream`, signed.

mod decode;
mod encode;
mod eventstream;
mod grammar;
mod sign;
#[cfg(test)]
mod tests;

pub(crate) use decode::Answer;
pub(crate) use encode::encode;
pub(crate) use eventstream::Framed;
pub(crate) use grammar::check;
