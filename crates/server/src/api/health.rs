//! Whether the server lives, and whether it can work.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::auth::Auth;
use crate::problem::Problem;
use crate::state::App;

/// `GET /health`: the process answers.
pub(crate) async fn health(State(app): State<App>) -> Json<Value> {
    let auth_mode = match app.auth {
        Auth::Anyone => "none",
        Auth::Keys => "keys",
        Auth::Operator => "operator",
    };
    Json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION"), "auth_mode": auth_mode }))
}

/// `GET /ready`: the database answers too. Beside it what the database was asked to do since the start, as counts.
pub(crate) async fn ready(State(app): State<App>) -> Result<Json<Value>, Problem> {
    app.engine.store().ping().await?;
    let counters = app.engine.store().counters();
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    Ok(Json(json!({
        "status": "ready",
        "running_turns": app.engine.running_turns(),
        "open_streams": app.streams.open(),
        "statements": count(&counters.statements),
        "commits": count(&counters.commits),
        "events": count(&counters.events),
    })))
}
