//! The event log and the resources, on SQLite and PostgreSQL.
