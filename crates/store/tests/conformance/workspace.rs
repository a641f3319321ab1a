//! Workspaces: named ones that are listed, those of sessions that are not, and who uses them.

use std::sync::Arc;

use everruns_core::WorkspaceId;
use everruns_core::agent::Status;
use everruns_store::{DEFAULT_ORG_KEY as ORG, Error, FileChange, NewSession, SessionFiles, Store, WorkspacePatch};
use tokio::task::JoinSet;

use crate::file::{Maker, change, path, tree, workspace};
use crate::place::Place;
use crate::world::{at, new_session, session_id};

on_both!(
    named_ones_are_listed,
    a_name_is_taken_while_it_is_live,
    a_sessions_own_has_no_row_before_its_first_file,
    a_shared_one_stays_until_the_last_session_goes,
    a_named_one_outlives_its_session,
    only_an_active_one_is_changed,
    many_write_at_once_and_none_is_lost,
);

async fn names(store: &Store, search: &[&str], archived: bool) -> Vec<String> {
    let search: Vec<String> = search.iter().map(|word| (*word).to_owned()).collect();
    let found = store.list_workspaces(ORG, &search, archived).await.unwrap();
    found.into_iter().map(|found| found.name).collect()
}

fn status(status: Status) -> WorkspacePatch {
    WorkspacePatch { status: Some(status), ..WorkspacePatch::default() }
}

fn renamed(name: &str) -> WorkspacePatch {
    WorkspacePatch { name: Some(name.to_owned()), ..WorkspacePatch::default() }
}

/// A session, and its own workspace.
async fn session(store: &Store, number: u128, files: SessionFiles) -> WorkspaceId {
    let id = WorkspaceId::of_session(session_id(number));
    let new = NewSession { workspace_id: id.to_string(), files, ..new_session(ORG, number) };
    store.create_session(&new).await.unwrap();
    id
}

async fn named_ones_are_listed(place: Arc<Place>) {
    let store = place.store().await;
    for (number, name, text) in [(1, "One", "red"), (2, "Two 100%", "red"), (3, "Three", "")] {
        store.create_workspace(ORG, workspace(number), name, Some(text), at(number as i64)).await.unwrap();
    }
    session(&store, 9, SessionFiles::None).await;
    assert_eq!(names(&store, &[], false).await, ["Three", "Two 100%", "One"]);
    assert_eq!(names(&store, &["red"], false).await, ["Two 100%", "One"]);
    assert_eq!(names(&store, &["red", "%"], false).await, ["Two 100%"]);
    let archived = store.update_workspace(ORG, workspace(2), &status(Status::Archived), at(5)).await.unwrap().unwrap();
    assert_eq!((archived.status, archived.retired_at), (Status::Archived, Some(at(5))));
    assert_eq!(names(&store, &[], false).await, ["Three", "One"]);
    assert_eq!(names(&store, &[], true).await, ["Three", "Two 100%", "One"]);
    let patch = WorkspacePatch { description: Some("Blue".to_owned()), ..status(Status::Active) };
    let active = store.update_workspace(ORG, workspace(2), &patch, at(6)).await.unwrap().unwrap();
    assert_eq!((active.status, active.retired_at, active.updated_at), (Status::Active, None, at(6)));
    assert_eq!(names(&store, &["blue"], false).await, ["Two 100%"]);
    assert!(store.delete_workspace(ORG, workspace(3), at(7)).await.unwrap());
    assert!(!store.delete_workspace(ORG, workspace(3), at(8)).await.unwrap());
    assert_eq!(names(&store, &[], true).await, ["Two 100%", "One"]);
    let gone = store.update_workspace(ORG, workspace(3), &renamed("x"), at(8)).await.unwrap();
    assert_eq!(gone, None);
    let never = store.update_workspace(ORG, workspace(77), &renamed("x"), at(8)).await.unwrap();
    assert_eq!(never, None);
    assert!(!store.delete_workspace(ORG, workspace(77), at(8)).await.unwrap());
}

async fn a_name_is_taken_while_it_is_live(place: Arc<Place>) {
    let store = place.store().await;
    store.create_workspace(ORG, workspace(1), "one", None, at(1)).await.unwrap();
    let again = store.create_workspace(ORG, workspace(2), "one", None, at(1)).await;
    assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    store.create_workspace(ORG, workspace(2), "two", None, at(1)).await.unwrap();
    let taken = store.update_workspace(ORG, workspace(2), &renamed("one"), at(2)).await;
    assert!(matches!(taken, Err(Error::Conflict(_))), "{taken:?}");
    store.update_workspace(ORG, workspace(1), &status(Status::Archived), at(3)).await.unwrap();
    store.update_workspace(ORG, workspace(2), &renamed("one"), at(4)).await.unwrap();
    let back = store.update_workspace(ORG, workspace(1), &status(Status::Active), at(5)).await;
    assert!(matches!(back, Err(Error::Conflict(_))), "{back:?}");
    // Those of sessions are nobody's names.
    let own = session(&store, 9, SessionFiles::None).await;
    let name = store.workspace_by_id(ORG, own).await.unwrap().unwrap().name;
    store.create_workspace(ORG, workspace(3), &name, None, at(6)).await.unwrap();
}

async fn a_sessions_own_has_no_row_before_its_first_file(place: Arc<Place>) {
    let store = place.store().await;
    let id = session(&store, 1, SessionFiles::None).await;
    let before = store.workspace_by_id(ORG, id).await.unwrap().unwrap();
    assert_eq!((before.id, before.name.as_str(), before.named), (id, session_id(1).to_string().as_str(), false));
    assert_eq!((before.status, before.revision, before.created_at), (Status::Active, 0, at(0)));
    let mut makers = JoinSet::new();
    let store = Arc::new(store);
    for _ in 0..8 {
        let store = store.clone();
        makers.spawn(async move { store.ensure_workspace(ORG, id).await.unwrap().unwrap() });
    }
    for made in makers.join_all().await {
        assert_eq!(made, before);
    }
    store.change_files(&change(&store, id, 2).await.with("/a", Some("a"))).await.unwrap();
    assert_eq!(tree(&store, id).await, ["/a=a"]);
    assert_eq!(store.ensure_workspace(ORG, workspace(77)).await.unwrap(), None);
    assert_eq!(store.workspace_by_id(ORG, workspace(77)).await.unwrap(), None);
}

async fn a_shared_one_stays_until_the_last_session_goes(place: Arc<Place>) {
    let store = place.store().await;
    let own = session(&store, 1, SessionFiles::None).await;
    store.change_files(&change(&store, own, 1).await.with("/a", Some("a"))).await.unwrap();
    let shared =
        |number| NewSession { workspace_id: own.to_string(), files: SessionFiles::Shared, ..new_session(ORG, number) };
    for number in [2, 3] {
        store.create_session(&shared(number)).await.unwrap();
    }
    for (number, left) in [(1, &["/a=a"][..]), (3, &["/a=a"]), (2, &[])] {
        let key = store.session_by_id(ORG, session_id(number)).await.unwrap().unwrap().head.key;
        store.delete_session(key).await.unwrap();
        assert_eq!(tree(&store, own).await, left, "after session {number}");
    }
    assert_eq!(store.workspace_by_id(ORG, own).await.unwrap(), None);
    let gone = store.create_session(&shared(4)).await;
    assert!(matches!(gone, Err(Error::Stale)), "{gone:?}");
    assert!(store.session_by_id(ORG, session_id(4)).await.unwrap().is_none());
}

async fn a_named_one_outlives_its_session(place: Arc<Place>) {
    let store = place.store().await;
    let own = session(&store, 1, SessionFiles::None).await;
    let named = store.update_workspace(ORG, own, &renamed("kept"), at(1)).await.unwrap().unwrap();
    assert!(named.named);
    store.change_files(&change(&store, own, 2).await.with("/a", Some("a"))).await.unwrap();
    let key = store.session_by_id(ORG, session_id(1)).await.unwrap().unwrap().head.key;
    store.delete_session(key).await.unwrap();
    assert_eq!(names(&store, &[], false).await, ["kept"]);
    assert_eq!(tree(&store, own).await, ["/a=a"]);
}

async fn only_an_active_one_is_changed(place: Arc<Place>) {
    let store = place.store().await;
    store.create_workspace(ORG, workspace(1), "one", None, at(1)).await.unwrap();
    store.change_files(&change(&store, workspace(1), 2).await.with("/a", Some("a"))).await.unwrap();
    let planned = change(&store, workspace(1), 3).await.with("/b", Some("b"));
    store.update_workspace(ORG, workspace(1), &status(Status::Archived), at(4)).await.unwrap();
    let refused = store.change_files(&planned).await;
    assert!(matches!(refused, Err(Error::Stale)), "{refused:?}");
    assert_eq!(store.files_along(ORG, workspace(1), &path("/a")).await.unwrap().len(), 1);
    let attach =
        NewSession { workspace_id: workspace(1).to_string(), files: SessionFiles::Shared, ..new_session(ORG, 5) };
    let refused = store.create_session(&attach).await;
    assert!(matches!(refused, Err(Error::Stale)), "{refused:?}");
    store.delete_workspace(ORG, workspace(1), at(5)).await.unwrap();
    assert!(tree(&store, workspace(1)).await.is_empty());
    let deleted = store.workspace_by_id(ORG, workspace(1)).await.unwrap().unwrap();
    assert_eq!((deleted.status, deleted.bytes, deleted.entries), (Status::Deleted, 0, 0));
}

async fn many_write_at_once_and_none_is_lost(place: Arc<Place>) {
    let store = Arc::new(place.store().await);
    store.create_workspace(ORG, workspace(1), "one", None, at(1)).await.unwrap();
    let mut writers = JoinSet::new();
    for number in 0..12 {
        let store = store.clone();
        writers.spawn(async move {
            loop {
                let planned: FileChange = change(&store, workspace(1), 2).await;
                match store.change_files(&planned.with(&format!("/{number:02}"), Some("same"))).await {
                    Ok(()) => break,
                    Err(Error::Stale) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        });
    }
    writers.join_all().await;
    let now = store.workspace_by_id(ORG, workspace(1)).await.unwrap().unwrap();
    assert_eq!((now.revision, now.entries, now.bytes, now.next_number), (12, 12, 48, 13));
    assert_eq!(tree(&store, workspace(1)).await.len(), 12);
}
