//! The files that a new session's workspace starts with: those of the harnesses, the agent and the session in one list.

use crate::agent::InitialFile;

/// Why a path of a workspace was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must name a file below the workspace's root, such as `/notes/plan.md`, without `..`")]
pub struct InvalidPath;

/// The one form of a path: from the workspace's root, with a leading slash. `/workspace/a.md`, `/a.md`, `a.md` and
/// `./a.md` are the same file.
pub fn workspace_path(path: &str) -> Result<String, InvalidPath> {
    let path = path.strip_prefix("/workspace/").unwrap_or(path);
    let mut whole = String::with_capacity(path.len() + 1);
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." || part.contains('\0') {
            return Err(InvalidPath);
        }
        whole.push('/');
        whole.push_str(part);
    }
    if whole.is_empty() || path.ends_with('/') { Err(InvalidPath) } else { Ok(whole) }
}

/// The files of several layers, the lowest first: of one path the topmost file wins, at the place of the lowest. The
/// paths in the result are as [`workspace_path`] writes them; a stored path that it refuses is left out.
pub fn merge_files<'a>(layers: impl IntoIterator<Item = &'a [InitialFile]>) -> Vec<InitialFile> {
    let mut merged: Vec<InitialFile> = Vec::new();
    for file in layers.into_iter().flatten() {
        let Ok(path) = workspace_path(&file.path) else { continue };
        let file = InitialFile { path, ..file.clone() };
        match merged.iter_mut().find(|have| have.path == file.path) {
            Some(have) => *have = file,
            None => merged.push(file),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form_of_a_path() {
        #[track_caller]
        fn check(path: &str, expected: Option<&str>) {
            assert_eq!(workspace_path(path).ok().as_deref(), expected, "{path:?}");
        }
        for same in ["/workspace/a/b.md", "/a/b.md", "a/b.md", "./a//b.md", "a/./b.md", "//a/b.md"] {
            check(same, Some("/a/b.md"));
        }
        check("/workspaces/a", Some("/workspaces/a"));
        check("workspace/a", Some("/workspace/a"));
        check("/workspace", Some("/workspace"));
        check("/ä ö/…", Some("/ä ö/…"));
        check("..a/b..", Some("/..a/b.."));
        for refused in ["", "/", ".", "/workspace/", "..", "a/../b", "/workspace/../a", "a/", "a\0b"] {
            check(refused, None);
        }
    }

    #[test]
    fn the_topmost_file_of_a_path_wins() {
        /// Files as `path=content`.
        #[track_caller]
        fn check(layers: &[&str], expected: &str) {
            let file = |word: &str| {
                let (path, content) = word.split_once('=').unwrap();
                let (path, content) = (path.to_owned(), content.to_owned());
                InitialFile { path, content, encoding: "text".to_owned(), is_readonly: false }
            };
            let layers: Vec<Vec<InitialFile>> =
                layers.iter().map(|layer| layer.split_whitespace().map(file).collect()).collect();
            let merged = merge_files(layers.iter().map(Vec::as_slice));
            let words: Vec<String> = merged.iter().map(|file| format!("{}={}", file.path, file.content)).collect();
            assert_eq!(words.join(" "), expected);
        }
        check(&[], "");
        check(&["a=1 b=2", "c=3"], "/a=1 /b=2 /c=3");
        check(&["a=1 b=2", "/workspace/a=3", "/b=4"], "/a=3 /b=4");
        check(&["a=1 ../b=2 /a=3"], "/a=3");
    }
}
