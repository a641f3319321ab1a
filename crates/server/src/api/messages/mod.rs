//! Messages of a session: create, list.

pub(crate) mod create;
pub(crate) mod list;
