//! Users: who the caller is, and how a browser keeps its key.

pub(crate) mod me;
pub(crate) mod sign_in;
