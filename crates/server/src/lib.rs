//! HTTP API: routes, server-sent events, OpenAPI.
