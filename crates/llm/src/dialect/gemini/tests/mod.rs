//! Requests and answers of Gemini, as Google documents them.

mod answer;
mod lawful;
mod request;
