//! Paths of a workspace's files, in their one form: from the root, a slash before each name, none behind.

use std::fmt;

use crate::limits::{FILE_DEPTH_MAX, FILE_NAME_BYTES_MAX, FILE_PATH_BYTES_MAX};

/// The first name that paths may not have: below it stand the actions, such as `/fs/_/move`.
const RESERVED: &str = "_";

/// A path such as `/notes/plan.md`; the root is `/`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FilePath(String);

/// Why a path was refused. The text is what a caller has to do, to be put behind the field's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPath {
    /// It would leave the root.
    #[error("must not contain `..`")]
    Upwards,
    /// A name has a NUL, a line break or the like.
    #[error("must not contain NUL or other control characters")]
    Control,
    /// It is too long as a whole.
    #[error("must have at most {FILE_PATH_BYTES_MAX} bytes")]
    Long,
    /// A name is too long.
    #[error("must have names of at most {FILE_NAME_BYTES_MAX} bytes each")]
    LongName,
    /// Too many directories stand in each other.
    #[error("must be at most {FILE_DEPTH_MAX} names deep")]
    Deep,
    /// It starts with `_`.
    #[error("must not start with `/_`, which is reserved for actions; choose another name")]
    Reserved,
    /// A file was wanted, and this names the root or ends with a slash.
    #[error("must name a file below the workspace's root, such as `/notes/plan.md`")]
    NoFile,
}

impl FilePath {
    /// The root of a workspace.
    pub fn root() -> Self {
        Self("/".to_owned())
    }

    /// Reads a path as callers write it: with or without a leading slash, empty names and `.` are skipped. A slash
    /// behind it is skipped too.
    pub fn parse(text: &str) -> Result<Self, InvalidPath> {
        let mut path = String::with_capacity(text.len() + 1);
        for (depth, name) in text.split('/').filter(|name| !name.is_empty() && *name != ".").enumerate() {
            match name {
                ".." => return Err(InvalidPath::Upwards),
                name if name.chars().any(char::is_control) => return Err(InvalidPath::Control),
                RESERVED if depth == 0 => return Err(InvalidPath::Reserved),
                name if name.len() > FILE_NAME_BYTES_MAX => return Err(InvalidPath::LongName),
                _ if depth == FILE_DEPTH_MAX => return Err(InvalidPath::Deep),
                _ => {}
            }
            path.push('/');
            path.push_str(name);
        }
        match path.len() {
            0 => Ok(Self::root()),
            1..=FILE_PATH_BYTES_MAX => Ok(Self(path)),
            _ => Err(InvalidPath::Long),
        }
    }

    /// The path of a starter file: `/workspace/` stands for the root, as the agent sees it, and a file must be named.
    pub fn of_starter(text: &str) -> Result<Self, InvalidPath> {
        let path = Self::parse(text.strip_prefix("/workspace/").unwrap_or(text))?;
        if path.is_root() || text.ends_with('/') { Err(InvalidPath::NoFile) } else { Ok(path) }
    }

    /// The text, such as `/notes/plan.md`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the root.
    pub fn is_root(&self) -> bool {
        self.0 == "/"
    }

    /// The last name; empty for the root.
    pub fn name(&self) -> &str {
        self.split().1
    }

    /// Where it stands, with a slash behind: `/notes/` for `/notes/plan.md`.
    pub fn folder(&self) -> &str {
        self.split().0
    }

    /// Where its children stand, with a slash behind: `/notes/` for `/notes`, `/` for the root.
    pub fn as_folder(&self) -> String {
        if self.is_root() { self.0.clone() } else { format!("{}/", self.0) }
    }

    /// The directories above it, the topmost first, without the root.
    pub fn ancestors(&self) -> impl Iterator<Item = Self> {
        let ends = self.0.char_indices().skip(1).filter(|(_, letter)| *letter == '/');
        ends.map(|(end, _)| Self(self.0[..end].to_owned()))
    }

    /// Whether `other` stands somewhere below it.
    pub fn contains(&self, other: &Self) -> bool {
        self.0 != other.0 && other.0.starts_with(&self.as_folder())
    }

    fn split(&self) -> (&str, &str) {
        self.0.split_at(self.0.rfind('/').map_or(0, |slash| slash + 1))
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form() {
        #[track_caller]
        fn check(text: &str, expected: Result<&str, InvalidPath>) {
            assert_eq!(FilePath::parse(text).as_ref().map(FilePath::as_str).map_err(|error| *error), expected);
        }
        for root in ["", "/", "//", ".", "./", "/./"] {
            check(root, Ok("/"));
        }
        for same in ["a/b", "/a/b", "//a//b", "/a/b/", "./a/./b", "a/b//"] {
            check(same, Ok("/a/b"));
        }
        check("/a b/ä+%20&:[]", Ok("/a b/ä+%20&:[]"));
        check("...", Ok("/..."));
        check("..a/b..", Ok("/..a/b.."));
        check("a/_/b", Ok("/a/_/b"));
        check("_a", Ok("/_a"));
        check("a\\..\\b", Ok("/a\\..\\b"));
        for upwards in ["..", "/..", "a/..", "a/../b", "../a", "a/.."] {
            check(upwards, Err(InvalidPath::Upwards));
        }
        for control in ["a\0b", "a\nb", "\u{7f}", "a/\u{1b}[31m"] {
            check(control, Err(InvalidPath::Control));
        }
        for reserved in ["_", "/_", "_/move", "//_/x", "./_"] {
            check(reserved, Err(InvalidPath::Reserved));
        }
        let name = "ä".repeat(FILE_NAME_BYTES_MAX / 2);
        check(&name, Ok(&format!("/{name}")));
        check(&format!("{name}äx"), Err(InvalidPath::LongName));
        check(&"a/".repeat(FILE_DEPTH_MAX), Ok(&"/a".repeat(FILE_DEPTH_MAX)));
        check(&"a/".repeat(FILE_DEPTH_MAX + 1), Err(InvalidPath::Deep));
        check(&format!("{name}/").repeat(5), Err(InvalidPath::Long));
    }

    #[test]
    fn parts() {
        let path = FilePath::parse("a/b/c.md").unwrap();
        assert_eq!((path.folder(), path.name(), path.as_folder().as_str()), ("/a/b/", "c.md", "/a/b/c.md/"));
        let above: Vec<String> = path.ancestors().map(|path| path.to_string()).collect();
        assert_eq!(above, ["/a", "/a/b"]);
        let root = FilePath::root();
        assert_eq!((root.folder(), root.name(), root.as_folder().as_str()), ("/", "", "/"));
        assert_eq!(root.ancestors().count(), 0);
        assert!(root.contains(&path) && FilePath::parse("a").unwrap().contains(&path));
        assert!(!path.contains(&path) && !root.contains(&root));
        assert!(!FilePath::parse("a/b/c").unwrap().contains(&path));
    }

    #[test]
    fn starters() {
        #[track_caller]
        fn check(text: &str, expected: Option<&str>) {
            assert_eq!(FilePath::of_starter(text).ok().as_ref().map(FilePath::as_str), expected, "{text}");
        }
        check("/workspace/a.md", Some("/a.md"));
        check("/a.md", Some("/a.md"));
        check("workspace/a.md", Some("/workspace/a.md"));
        check("/workspaces/a.md", Some("/workspaces/a.md"));
        for refused in ["", "/", "/workspace/", "a/", "/workspace/../a", "/workspace/_/a"] {
            check(refused, None);
        }
    }
}
