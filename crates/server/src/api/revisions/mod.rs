//! Revisions of what has a name: what it was, who made it so and why; what differs; and the way back.
//!
//! The endpoints of each kind are the same code under the kind's own paths.

mod answers;

pub(crate) use answers::{diff, get, list, restore};

/// The four endpoints of one kind, in a module of their own.
macro_rules! endpoints {
    ($module:ident, $kind:ty, $row:ty, $tag:tt, $id:tt,
        $list:tt $list_id:tt, $get:tt $get_id:tt, $diff:tt $diff_id:tt, $restore:tt $restore_id:tt) => {
        pub(crate) mod $module {
            #![doc = concat!("The history of ", $tag, ".")]

            use axum::Json;
            use axum::extract::State;
            use utoipa_axum::router::OpenApiRouter;
            use utoipa_axum::routes;

            use super::answers::{RevisionDiff, RevisionRow, WholeRevision};
            use crate::api::Words;
            use crate::auth::Caller;
            use crate::change::{Changing, Versioned};
            use crate::fields::Ignored;
            use crate::page::{Page, WithUrls};
            use crate::problem::{Problem, ProblemBody};
            use crate::query::Query;
            use crate::state::App;

            pub(crate) fn routes() -> OpenApiRouter<App> {
                OpenApiRouter::new()
                    .routes(routes!(list))
                    .routes(routes!(get))
                    .routes(routes!(diff))
                    .routes(routes!(restore))
            }

            /// What it was, newest first.
            #[utoipa::path(get, path = $list, operation_id = $list_id, tag = $tag,
                params(($id = String, Path, description = "Id or name"),
                    ("offset" = Option<i64>, Query), ("limit" = Option<i64>, Query)),
                responses((status = 200, body = Page<RevisionRow>), (status = 400, body = ProblemBody),
                    (status = 404, body = ProblemBody)))]
            async fn list(
                State(app): State<App>,
                caller: Caller,
                words: Words,
                query: Query,
            ) -> Result<Json<Page<RevisionRow>>, Problem> {
                super::list::<$kind>(&app, caller, &words.parsed($id)?, &query).await.map(Json)
            }

            /// One revision with its whole document.
            #[utoipa::path(get, path = $get, operation_id = $get_id, tag = $tag,
                params(($id = String, Path, description = "Id or name"), ("version" = i64, Path)),
                responses((status = 200, body = WholeRevision), (status = 400, body = ProblemBody),
                    (status = 404, body = ProblemBody)))]
            async fn get(State(app): State<App>, caller: Caller, words: Words) -> Result<Json<WholeRevision>, Problem> {
                super::get::<$kind>(&app, caller, &words.parsed($id)?, words.number("version")?).await.map(Json)
            }

            /// What differs between the documents of two revisions.
            #[utoipa::path(get, path = $diff, operation_id = $diff_id, tag = $tag,
                params(($id = String, Path, description = "Id or name"), ("from" = i64, Path), ("to" = i64, Path)),
                responses((status = 200, body = RevisionDiff), (status = 400, body = ProblemBody),
                    (status = 404, body = ProblemBody)))]
            async fn diff(State(app): State<App>, caller: Caller, words: Words) -> Result<Json<RevisionDiff>, Problem> {
                let (from, to) = (words.number("from")?, words.number("to")?);
                super::diff::<$kind>(&app, caller, &words.parsed($id)?, from, to).await.map(Json)
            }

            /// Makes it what it was, as a new revision.
            #[utoipa::path(post, path = $restore, operation_id = $restore_id, tag = $tag,
                params(($id = String, Path, description = "Id or name"), ("version" = i64, Path)),
                responses((status = 200, body = WithUrls<$row>), (status = 400, body = ProblemBody),
                    (status = 404, body = ProblemBody), (status = 409, body = ProblemBody),
                    (status = 412, body = ProblemBody)))]
            async fn restore(
                State(app): State<App>,
                caller: Caller,
                words: Words,
                changing: Changing,
                _: Ignored,
            ) -> Result<Versioned<WithUrls<$row>>, Problem> {
                let version = words.number("version")?;
                super::restore::<$kind>(&app, caller, &words.parsed($id)?, version, &changing).await
            }
        }
    };
}

endpoints! {
    of_agents, crate::api::agents::Agents, crate::api::agents::AgentRow, "agents", "agent_id",
    "/agents/{agent_id}/revisions" "agents_revisions_list",
    "/agents/{agent_id}/revisions/{version}" "agents_revisions_get",
    "/agents/{agent_id}/revisions/{from}/diff/{to}" "agents_revisions_diff",
    "/agents/{agent_id}/revisions/{version}/restore" "agents_revisions_restore"
}

endpoints! {
    of_harnesses, crate::api::harnesses::Harnesses, crate::api::harnesses::HarnessRow, "harnesses", "harness_id",
    "/harnesses/{harness_id}/revisions" "harnesses_revisions_list",
    "/harnesses/{harness_id}/revisions/{version}" "harnesses_revisions_get",
    "/harnesses/{harness_id}/revisions/{from}/diff/{to}" "harnesses_revisions_diff",
    "/harnesses/{harness_id}/revisions/{version}/restore" "harnesses_revisions_restore"
}
