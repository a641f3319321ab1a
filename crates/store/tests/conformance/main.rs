//! The conformance suite: one story, two databases.
//!
//! Every public function of the store is told here as a story that must end the same way on SQLite and on PostgreSQL.
//! PostgreSQL is the one that `EVERRUNS_TEST_POSTGRES` names (`scripts/postgres.sh start` prints it); without it
//! those halves are skipped.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

/// Makes of each story a module with two tests, `sqlite` and `postgres`.
macro_rules! on_both {
    ($($story:ident),* $(,)?) => {$(
        mod $story {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                crate::place::on_sqlite(super::$story).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                crate::place::on_postgres(super::$story).await;
            }
        }
    )*};
}

mod append;
mod capability;
mod claim;
mod concurrent;
mod configuration;
mod cost;
mod event;
mod file;
mod fork;
mod image;
mod key;
mod model;
mod name_text;
mod once;
mod open;
mod organization;
mod place;
mod post;
mod resource;
mod revision;
mod secret;
mod session;
mod stats;
mod turn;
mod version;
mod workspace;
mod world;
