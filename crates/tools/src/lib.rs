//! Tools and the capability catalogue.
