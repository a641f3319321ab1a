//! Users: who the caller is.

pub(crate) mod me;
