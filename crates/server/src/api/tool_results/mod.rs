//! Results of client-side tools: create.

pub(crate) mod create;
