//! The Rust SDK: speaks only the public API.
