//! The whole server over a real socket: what the wire contract promises, seen by a client.

mod agents;
mod bad_input;
mod capabilities;
mod client_tools;
mod document;
mod event_filters;
mod events;
mod forks;
mod guard;
mod harnesses;
mod keys;
mod odd_input;
mod once;
mod order;
mod restart;
mod revisions;
mod roles;
mod sessions;
mod socket;
mod source;
mod stream;
mod talk;
mod tenants;
mod tutorial;
mod wire;
mod world;
