//! Files: written on what was read, moved and copied with what is below them, and their contents swept away.

use std::sync::Arc;
use std::time::Instant;

use everruns_core::{FilePath, OrgId, WorkspaceId};
use everruns_store::{
    Blob, DEFAULT_ORG_KEY as ORG, Error, File, FileChange, FileStep, Holdings, NewSession, SessionFiles, Store,
};

use crate::place::Place;
use crate::world::{at, new_session, session_id};

on_both!(
    a_change_is_written_on_what_was_read,
    subtrees_move_and_copy,
    names_do_not_stand_for_patterns,
    contents_go_when_nobody_has_them,
    the_same_content_in_two_organizations_is_two,
    a_session_starts_with_files,
    a_fork_has_its_own_files,
    a_thousand_files_are_copied_in_a_moment,
);

pub(crate) fn path(text: &str) -> FilePath {
    FilePath::parse(text).unwrap()
}

pub(crate) fn workspace(number: u128) -> WorkspaceId {
    WorkspaceId::from_u128(number)
}

/// A change of `workspace` at its present revision, with nothing in it.
pub(crate) async fn change(store: &Store, id: WorkspaceId, second: i64) -> FileChange {
    let now = store.ensure_workspace(ORG, id).await.unwrap().unwrap();
    let after = Holdings { bytes: now.bytes, entries: now.entries, next_number: now.next_number };
    FileChange { org: ORG, workspace: id, at: at(second), revision: now.revision, after, blobs: vec![], steps: vec![] }
}

impl Maker for FileChange {
    fn with(mut self, text: &str, content: Option<&str>) -> Self {
        let blob = content.map(|content| Blob::new(content.into()));
        let size = content.map_or(0, |content| content.len() as i64);
        self.steps.push(FileStep::Create(File {
            path: path(text),
            number: self.after.next_number,
            is_readonly: false,
            size,
            hash: blob.as_ref().map(Blob::hash),
            created_at: self.at,
            updated_at: self.at,
        }));
        self.after.next_number += 1;
        self.after.entries += 1;
        self.after.bytes += size;
        self.blobs.extend(blob);
        self
    }

    fn step(mut self, step: FileStep) -> Self {
        self.steps.push(step);
        self
    }
}

/// Puts changes together.
pub(crate) trait Maker {
    /// A new file, or without a content a directory.
    fn with(self, path: &str, content: Option<&str>) -> Self;
    fn step(self, step: FileStep) -> Self;
}

/// Everything in a workspace as `path` or `path=content`.
pub(crate) async fn tree(store: &Store, id: WorkspaceId) -> Vec<String> {
    let mut lines = Vec::new();
    for file in store.files_below(ORG, id, &FilePath::root()).await.unwrap() {
        lines.push(match file.hash {
            None => file.path.to_string(),
            Some(hash) => {
                let content = store.blob_part(ORG, hash, 0).await.unwrap().unwrap_or_default();
                format!("{}={}", file.path, String::from_utf8(content).unwrap())
            }
        });
    }
    lines.sort();
    lines
}

async fn a_change_is_written_on_what_was_read(place: Arc<Place>) {
    let store = place.store().await;
    let id = workspace(1);
    store.create_workspace(ORG, id, "w", None, at(1)).await.unwrap();
    let (first, second) = (change(&store, id, 2).await, change(&store, id, 3).await);
    store.change_files(&first.with("/a", Some("one"))).await.unwrap();
    let stale = store.change_files(&second.with("/b", Some("two"))).await;
    assert!(matches!(stale, Err(Error::Stale)), "{stale:?}");
    assert_eq!(tree(&store, id).await, ["/a=one"]);
    let now = store.workspace_by_id(ORG, id).await.unwrap().unwrap();
    assert_eq!((now.revision, now.bytes, now.entries, now.next_number, now.updated_at), (1, 3, 1, 2, at(2)));

    let found = store.files_along(ORG, id, &path("/a")).await.unwrap();
    let mut new = found[0].clone();
    assert_eq!((new.number, new.created_at, new.is_directory()), (1, at(2), false));
    let blob = Blob::new("three".into());
    (new.size, new.hash, new.is_readonly, new.updated_at) = (5, Some(blob.hash()), true, at(4));
    let mut update = change(&store, id, 4).await.step(FileStep::Update(new.clone()));
    update.blobs.push(blob);
    store.change_files(&update).await.unwrap();
    assert_eq!(store.files_along(ORG, id, &path("/a/b/c")).await.unwrap(), [new]);
    assert_eq!(tree(&store, id).await, ["/a=three"]);

    // A change that fails half-way leaves nothing.
    let twice = change(&store, id, 5).await.with("/c", Some("c")).with("/a", Some("again"));
    let conflict = store.change_files(&twice).await;
    assert!(matches!(conflict, Err(Error::Conflict(_))), "{conflict:?}");
    assert_eq!(tree(&store, id).await, ["/a=three"]);
}

async fn subtrees_move_and_copy(place: Arc<Place>) {
    let store = place.store().await;
    let id = workspace(1);
    store.create_workspace(ORG, id, "w", None, at(1)).await.unwrap();
    let made = change(&store, id, 2).await;
    let made = made.with("/d", None).with("/d/x", Some("1")).with("/d/ü", None).with("/d/ü/y", Some("2"));
    store.change_files(&made.with("/d0", Some("3")).with("/d-", Some("4"))).await.unwrap();

    let mut copy = change(&store, id, 3).await;
    copy.steps.push(FileStep::Copy { from: path("/d"), to: path("/ä"), first_number: copy.after.next_number });
    copy.after.next_number += 4;
    store.change_files(&copy).await.unwrap();
    let copied = ["/d", "/d-=4", "/d/x=1", "/d/ü", "/d/ü/y=2", "/d0=3", "/ä", "/ä/x=1", "/ä/ü", "/ä/ü/y=2"];
    assert_eq!(tree(&store, id).await, copied);
    let all = store.files_below(ORG, id, &FilePath::root()).await.unwrap();
    let mut numbers: Vec<i64> = all.iter().map(|file| file.number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    let first = all.iter().find(|file| file.path == path("/ä")).unwrap();
    assert_eq!((first.number, first.created_at), (7, at(3)), "the copied entry comes first");

    let step = FileStep::Move { from: path("/d"), to: path("/d0-") };
    store.change_files(&change(&store, id, 4).await.step(step)).await.unwrap();
    let moved = ["/d-=4", "/d0-", "/d0-/x=1", "/d0-/ü", "/d0-/ü/y=2", "/d0=3", "/ä", "/ä/x=1", "/ä/ü", "/ä/ü/y=2"];
    assert_eq!(tree(&store, id).await, moved);

    let step = FileStep::Remove(path("/ä"));
    store.change_files(&change(&store, id, 5).await.step(step)).await.unwrap();
    assert_eq!(tree(&store, id).await, ["/d-=4", "/d0-", "/d0-/x=1", "/d0-/ü", "/d0-/ü/y=2", "/d0=3"]);
    let children = store.files_in(ORG, id, &path("/d0-")).await.unwrap();
    let names: Vec<&str> = children.iter().map(|file| file.path.name()).collect();
    assert_eq!(names, ["x", "ü"]);
}

async fn names_do_not_stand_for_patterns(place: Arc<Place>) {
    let store = place.store().await;
    let id = workspace(1);
    store.create_workspace(ORG, id, "w", None, at(1)).await.unwrap();
    let made = change(&store, id, 2).await.with("/%", None).with("/%/a", Some("1")).with("/b", None);
    store.change_files(&made.with("/b/a", Some("2")).with("/_b", None)).await.unwrap();
    store.change_files(&change(&store, id, 3).await.step(FileStep::Remove(path("/%")))).await.unwrap();
    store.change_files(&change(&store, id, 3).await.step(FileStep::Remove(path("/_b")))).await.unwrap();
    assert_eq!(tree(&store, id).await, ["/b", "/b/a=2"]);
}

async fn contents_go_when_nobody_has_them(place: Arc<Place>) {
    let store = place.store().await;
    let id = workspace(1);
    store.create_workspace(ORG, id, "w", None, at(1)).await.unwrap();
    let large = "x".repeat(3 * 1024 * 1024 + 1);
    let made = change(&store, id, 2).await.with("/a", Some(&large)).with("/b", Some(&large)).with("/c", Some("c"));
    store.change_files(&made).await.unwrap();
    let (hash, other) = (Blob::new(large.clone().into()).hash(), Blob::new("c".into()).hash());
    let read = async || {
        let mut content = Vec::new();
        for part in 0.. {
            let Some(mut bytes) = store.blob_part(ORG, hash, part).await.unwrap() else { break };
            content.append(&mut bytes);
        }
        content
    };
    assert_eq!(read().await, large.as_bytes());
    assert_eq!(store.sweep_blobs().await.unwrap(), 0);

    store.change_files(&change(&store, id, 3).await.step(FileStep::Remove(path("/a")))).await.unwrap();
    assert_eq!(store.sweep_blobs().await.unwrap(), 1);
    assert_eq!(read().await.len(), large.len(), "the other file has it still");
    store.change_files(&change(&store, id, 4).await.step(FileStep::Remove(path("/b")))).await.unwrap();
    assert_eq!(store.sweep_blobs().await.unwrap(), 1);
    assert!(read().await.is_empty());
    assert!(store.blob_part(ORG, other, 0).await.unwrap().is_some());

    // One that comes back before the sweep stays.
    store.change_files(&change(&store, id, 5).await.step(FileStep::Remove(path("/c")))).await.unwrap();
    store.change_files(&change(&store, id, 6).await.with("/d", Some("c"))).await.unwrap();
    assert_eq!(store.sweep_blobs().await.unwrap(), 1);
    assert_eq!(tree(&store, id).await, ["/d=c"]);
    assert!(store.delete_workspace(ORG, id, at(7)).await.unwrap());
    assert_eq!(store.sweep_blobs().await.unwrap(), 1);
    assert!(store.blob_part(ORG, other, 0).await.unwrap().is_none());
}

async fn the_same_content_in_two_organizations_is_two(place: Arc<Place>) {
    let store = place.store().await;
    let other = store.create_organization(OrgId::from_u128(42), at(1)).await.unwrap();
    let id = workspace(1);
    for org in [ORG, other] {
        store.create_workspace(org, id, "w", None, at(1)).await.unwrap();
    }
    store.change_files(&change(&store, id, 2).await.with("/a", Some("secret"))).await.unwrap();
    let hash = Blob::new("secret".into()).hash();
    assert!(store.blob_part(ORG, hash, 0).await.unwrap().is_some());
    assert_eq!(store.blob_part(other, hash, 0).await.unwrap(), None);
    assert!(store.files_below(other, id, &FilePath::root()).await.unwrap().is_empty());
    let theirs = FileChange { org: other, revision: 0, ..change(&store, id, 3).await };
    store.change_files(&theirs.with("/a", Some("secret"))).await.unwrap();
    assert!(store.delete_workspace(other, id, at(4)).await.unwrap());
    assert_eq!(store.sweep_blobs().await.unwrap(), 1);
    assert_eq!(tree(&store, id).await, ["/a=secret"]);
}

/// A session with a workspace of its own that starts with `files`.
fn starting(number: u128, files: SessionFiles) -> NewSession {
    let workspace_id = WorkspaceId::of_session(session_id(number)).to_string();
    NewSession { workspace_id, files, ..new_session(ORG, number) }
}

fn starters(number: u128) -> FileChange {
    let after = Holdings { bytes: 0, entries: 0, next_number: 1 };
    let workspace = WorkspaceId::of_session(session_id(number));
    let (blobs, steps) = (Vec::new(), Vec::new());
    FileChange { org: ORG, workspace, at: at(0), revision: 0, after, blobs, steps }
}

async fn a_session_starts_with_files(place: Arc<Place>) {
    let store = place.store().await;
    let files = starters(1).with("/a", None).with("/a/b", Some("hi"));
    let new = starting(1, SessionFiles::New(Box::new(files)));
    let key = store.create_session(&new).await.unwrap().head.key;
    let id = WorkspaceId::of_session(new.id);
    assert_eq!(tree(&store, id).await, ["/a", "/a/b=hi"]);
    let found = store.workspace_by_id(ORG, id).await.unwrap().unwrap();
    assert_eq!((found.bytes, found.entries, found.named), (2, 2, false));
    store.change_files(&change(&store, id, 2).await.with("/c", Some("more"))).await.unwrap();
    store.delete_session(key).await.unwrap();
    assert_eq!(store.workspace_by_id(ORG, id).await.unwrap(), None);
    assert!(tree(&store, id).await.is_empty());
    assert_eq!(store.sweep_blobs().await.unwrap(), 2);
}

async fn a_fork_has_its_own_files(place: Arc<Place>) {
    let store = place.store().await;
    let source = WorkspaceId::of_session(session_id(1));
    let files = starters(1).with("/a", Some("one")).with("/b", Some("two"));
    let first = store.create_session(&starting(1, SessionFiles::New(Box::new(files)))).await.unwrap();
    let fork = WorkspaceId::of_session(session_id(2));
    store.create_session(&starting(2, SessionFiles::CopyOf(source))).await.unwrap();
    assert_eq!(tree(&store, fork).await, ["/a=one", "/b=two"]);
    let copied = store.workspace_by_id(ORG, fork).await.unwrap().unwrap();
    assert_eq!((copied.bytes, copied.entries, copied.next_number), (6, 2, 3));

    store.change_files(&change(&store, source, 2).await.step(FileStep::Remove(path("/a")))).await.unwrap();
    store.change_files(&change(&store, fork, 2).await.with("/c", Some("three"))).await.unwrap();
    assert_eq!(tree(&store, source).await, ["/b=two"]);
    assert_eq!(tree(&store, fork).await, ["/a=one", "/b=two", "/c=three"]);
    store.delete_session(first.head.key).await.unwrap();
    store.sweep_blobs().await.unwrap();
    assert_eq!(tree(&store, fork).await, ["/a=one", "/b=two", "/c=three"], "the contents are its own");

    // From one without a row there is nothing to copy.
    store.create_session(&starting(3, SessionFiles::None)).await.unwrap();
    let empty = WorkspaceId::of_session(session_id(3));
    store.create_session(&starting(4, SessionFiles::CopyOf(empty))).await.unwrap();
    let id = WorkspaceId::of_session(session_id(4));
    assert_eq!(store.workspace_by_id(ORG, id).await.unwrap().map(|found| found.entries), Some(0));
    store.change_files(&change(&store, id, 5).await.with("/x", Some("y"))).await.unwrap();
    assert_eq!(tree(&store, id).await, ["/x=y"]);
}

/// What this costs is told; that it is bounded shows in what it writes: rows, and no content.
async fn a_thousand_files_are_copied_in_a_moment(place: Arc<Place>) {
    let store = place.store().await;
    let mut files = starters(1);
    for number in 0..1_000 {
        files = files.with(&format!("/src-{number:04}.txt"), Some(&format!("{number} {}", "text ".repeat(200))));
    }
    store.create_session(&starting(1, SessionFiles::New(Box::new(files)))).await.unwrap();
    let before = store.counters().statements.load(std::sync::atomic::Ordering::Relaxed);
    #[expect(clippy::disallowed_methods, reason = "it only tells how long it took")]
    let start = Instant::now();
    let source = WorkspaceId::of_session(session_id(1));
    store.create_session(&starting(2, SessionFiles::CopyOf(source))).await.unwrap();
    println!("1,000 files copied in {:?}", start.elapsed());
    let statements = store.counters().statements.load(std::sync::atomic::Ordering::Relaxed) - before;
    assert_eq!(statements, 8, "however many files there are");
    let fork = WorkspaceId::of_session(session_id(2));
    assert_eq!(store.files_below(ORG, fork, &FilePath::root()).await.unwrap().len(), 1_000);
}
