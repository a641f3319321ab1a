//! Where in which workspace: both as the address says.
//!
//! The path is taken from the request's own line and decoded exactly once: `%20` is a space, `%252F` is `%2F`, `+` is a
//! plus, and a `%` that stands for nothing is a percent sign. What the decoded text means is decided afterwards, so that
//! `%2e%2e%2f` leads nowhere.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use everruns_core::{FilePath, SessionId, WorkspaceId};
use everruns_engine::files::Files;
use percent_encoding::percent_decode_str;
use serde::Deserialize;

use crate::auth::Caller;
use crate::problem::Problem;
use crate::state::App;

/// The files of the workspace in the address.
pub(crate) struct Root(pub(crate) Files);

/// The same with the path behind `fs`.
pub(crate) struct Place {
    pub(crate) files: Files,
    pub(crate) path: FilePath,
}

/// Whose files they are, by the name of the place in the route.
#[derive(Deserialize)]
struct Whose {
    workspace_id: Option<String>,
    session_id: Option<String>,
}

impl FromRequestParts<App> for Root {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let whose = Path::<Whose>::from_request_parts(parts, app).await;
        let whose = whose.map_err(|error| Problem::invalid("id", error.body_text()))?.0;
        let invalid = |error| Problem::invalid("id", format!("is {error}"));
        let workspace: WorkspaceId = match (whose.workspace_id, whose.session_id) {
            (Some(id), _) => id.parse().map_err(invalid)?,
            (None, id) => {
                let id: SessionId = id.unwrap_or_default().parse().map_err(invalid)?;
                let session = app.engine.store().session_by_id(caller.org, id).await?;
                let id = session.ok_or_else(|| Problem::missing("session"))?.workspace_id;
                let corrupt = |error| everruns_store::Error::Corrupt(format!("a session's workspace: {error}"));
                id.parse().map_err(corrupt)?
            }
        };
        Ok(Self(app.engine.files(caller.org, workspace)))
    }
}

impl FromRequestParts<App> for Place {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Root(files) = Root::from_request_parts(parts, app).await?;
        let path = path(parts.uri.path()).map_err(|remedy| Problem::invalid("path", remedy))?;
        Ok(Self { files, path })
    }
}

/// The path of a file in the path of a request; an action before it is left out.
fn path(request: &str) -> Result<FilePath, String> {
    // Ids hold no slash, so the first one is ours.
    let (_, raw) = request.split_once("/fs").unwrap_or_default();
    let raw = ["/_/download", "/_/preview"].iter().find_map(|action| raw.strip_prefix(action)).unwrap_or(raw);
    let decoded = percent_decode_str(raw).decode_utf8().map_err(|_| "must be UTF-8 when it is decoded".to_owned())?;
    FilePath::parse(&decoded).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    #[test]
    fn decoded_once() {
        #[track_caller]
        fn check(raw: &str, expected: Result<&str, &str>) {
            let found = super::path(&format!("/api/v1/workspaces/wsp_1/fs{raw}"));
            match expected {
                Ok(path) => assert_eq!(found.unwrap().as_str(), path),
                Err(text) => assert!(found.as_ref().is_err_and(|error| error.contains(text)), "{found:?}"),
            }
        }
        check("", Ok("/"));
        check("/a%20b/%C3%A4", Ok("/a b/ä"));
        check("/a+b", Ok("/a+b"));
        check("/100%25", Ok("/100%"));
        check("/100%", Ok("/100%"));
        check("/%zz", Ok("/%zz"));
        check("/%252e%252e%252fx", Ok("/%2e%2e%2fx"));
        check("/a%2Fb", Ok("/a/b"));
        check("/_/download/a/fs/b", Ok("/a/fs/b"));
        check("/%2e%2e%2fx", Err("`..`"));
        check("/..%2fx", Err("`..`"));
        check("/%5f/move", Err("reserved"));
        check("/a%00b", Err("NUL"));
        check("/%ff", Err("UTF-8"));
    }
}
