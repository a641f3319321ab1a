//! The real binary, as people and scripts run it: standard output, standard error, exit codes.

mod apply;
mod chat;
mod configured;
mod cut;
mod nouns;
mod proxy;
mod sdk;
mod simulate;
mod world;
