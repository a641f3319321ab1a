//! The files that a new session's workspace starts with: those of the harnesses, the agent and the session in one list.

use crate::FilePath;
use crate::agent::InitialFile;

/// The files of several layers, the lowest first: of one path the topmost file wins, at the place of the lowest. The
/// paths in the result are as [`FilePath::of_starter`] writes them; a stored path that it refuses is left out.
pub fn merge_files<'a>(layers: impl IntoIterator<Item = &'a [InitialFile]>) -> Vec<InitialFile> {
    let mut merged: Vec<InitialFile> = Vec::new();
    for file in layers.into_iter().flatten() {
        let Ok(path) = FilePath::of_starter(&file.path) else { continue };
        let file = InitialFile { path: path.to_string(), ..file.clone() };
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
