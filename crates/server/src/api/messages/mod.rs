//! Messages of a session: create, list.

pub(crate) mod beside;
pub(crate) mod create;
pub(crate) mod list;
mod parts;
mod shape;
