//! `everruns files`: the files of a session or workspace, and the way between them and this machine.

use std::io::Write as _;
use std::path::{Component, Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use everruns_client::{Client, Content, Error};
use everruns_core::{SessionId, WorkspaceId};

use crate::failure::Failure;
use crate::output::{Column, Output};
use crate::remote::Remote;

const COLUMNS: &[Column] =
    &[("PATH", "/path"), ("DIRECTORY", "/is_directory"), ("BYTES", "/size_bytes"), ("UPDATED", "/updated_at")];

#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    remote: Remote,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// List files.
    List {
        /// A session's or workspace's id.
        place: Place,
        /// The directory.
        #[arg(default_value = "/")]
        path: String,
        /// Everything below it too.
        #[arg(short, long)]
        recursive: bool,
    },
    /// Show what is known of a file, without its content.
    Get {
        /// A session's or workspace's id.
        place: Place,
        /// The file.
        path: String,
    },
    /// Print a file.
    Cat {
        /// A session's or workspace's id.
        place: Place,
        /// The file.
        path: String,
    },
    /// Copy a file, or a directory with what is in it, to this machine.
    Pull {
        /// A session's or workspace's id.
        place: Place,
        /// What to copy; `/` is everything.
        path: String,
        /// Where to put it: for a file its new path, for a directory where its content goes.
        #[arg(default_value = ".")]
        to: PathBuf,
    },
    /// Copy a file, or a directory with what is in it, from this machine; what is there is overwritten.
    Push {
        /// A session's or workspace's id.
        place: Place,
        /// What to copy.
        from: PathBuf,
        /// Where to put it; otherwise the root, under its own name.
        to: Option<String>,
    },
    /// Delete a file or directory.
    Delete {
        /// A session's or workspace's id.
        place: Place,
        /// What to delete.
        path: String,
        /// A directory with what is in it.
        #[arg(short, long)]
        recursive: bool,
    },
}

/// Whose files are meant.
#[derive(Clone, Copy, Debug)]
enum Place {
    Session(SessionId),
    Workspace(WorkspaceId),
}

impl std::str::FromStr for Place {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let session = text.parse().map(Self::Session);
        session.or_else(|_| text.parse().map(Self::Workspace)).map_err(|_| "expected `session_…` or `wsp_…`")
    }
}

impl Place {
    async fn workspace(self, client: &Client) -> Result<WorkspaceId, Failure> {
        Ok(match self {
            Self::Workspace(id) => id,
            Self::Session(id) => client.sessions().get(id).await?.workspace_id,
        })
    }
}

pub(crate) async fn run(Options { remote, verb }: Options) -> Result<(), Failure> {
    let client = remote.client()?;
    let (files, output) = (client.files(), remote.output);
    match verb {
        Verb::List { place, path, recursive } => {
            output.list(&files.list(place.workspace(&client).await?, &path, recursive).await?, COLUMNS)
        }
        Verb::Get { place, path } => output.thing(&files.stat(place.workspace(&client).await?, &path).await?),
        Verb::Cat { place, path } => {
            let bytes = files.download(place.workspace(&client).await?, &path).await?;
            Ok(std::io::stdout().lock().write_all(&bytes)?)
        }
        Verb::Pull { place, path, to } => pull(&client, output, place.workspace(&client).await?, &path, &to).await,
        Verb::Push { place, from, to } => push(&client, output, place.workspace(&client).await?, &from, to).await,
        Verb::Delete { place, path, recursive } => {
            if !files.delete(place.workspace(&client).await?, &path, recursive).await? {
                return Err(Failure::missing(format!("there is no {path}")).then("look with `everruns files list`"));
            }
            output.deleted("file", &path)
        }
    }
}

async fn pull(client: &Client, output: Output, workspace: WorkspaceId, path: &str, to: &Path) -> Result<(), Failure> {
    let root = path.trim_matches('/');
    let is_directory = root.is_empty() || client.files().stat(workspace, path).await?.is_directory;
    if !is_directory {
        let name = root.rsplit('/').next().unwrap_or(root);
        let target = if to.is_dir() { to.join(relative(name)?) } else { to.to_owned() };
        return pull_file(client, output, workspace, path, &target).await;
    }
    for file in client.files().list(workspace, path, true).await? {
        let below = file.path.trim_start_matches('/').strip_prefix(root).unwrap_or(&file.path);
        let target = to.join(relative(below)?);
        if file.is_directory {
            make_directory(&target)?;
        } else {
            pull_file(client, output, workspace, &file.path, &target).await?;
        }
    }
    Ok(())
}

async fn pull_file(
    client: &Client,
    output: Output,
    workspace: WorkspaceId,
    path: &str,
    to: &Path,
) -> Result<(), Failure> {
    let bytes = client.files().download(workspace, path).await?;
    make_directory(to.parent().unwrap_or(Path::new(".")))?;
    std::fs::write(to, &bytes)
        .map_err(|error| Failure::failed(format!("cannot write {}", to.display())).because(error))?;
    output.note(&format!("{} ({} bytes)", to.display(), bytes.len()));
    Ok(())
}

fn make_directory(path: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(path)
        .map_err(|error| Failure::failed(format!("cannot make {}", path.display())).because(error))
}

/// A path of the server's that stays below where it is put.
fn relative(path: &str) -> Result<PathBuf, Failure> {
    let path = PathBuf::from(path.trim_start_matches('/'));
    match path.components().all(|part| matches!(part, Component::Normal(_))) {
        true => Ok(path),
        false => Err(Failure::failed(format!("the server names a path that leads elsewhere: {}", path.display()))),
    }
}

async fn push(
    client: &Client,
    output: Output,
    workspace: WorkspaceId,
    from: &Path,
    to: Option<String>,
) -> Result<(), Failure> {
    let unreadable = |error| Failure::usage(format!("cannot read {}", from.display())).because(error);
    let kind = std::fs::metadata(from).map_err(unreadable)?;
    let own_name = || from.canonicalize().ok().and_then(|path| path.file_name()?.to_str().map(str::to_owned));
    let to = match to {
        Some(to) => to,
        None => own_name().ok_or_else(|| Failure::usage("name where to put it"))?,
    };
    if !kind.is_dir() {
        return push_file(client, output, workspace, from, &to).await;
    }
    let mut directories = vec![(from.to_owned(), to.trim_end_matches('/').to_owned())];
    while let Some((directory, to)) = directories.pop() {
        let mut entries =
            std::fs::read_dir(&directory).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(unreadable)?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name().into_string();
            let name = name.map_err(|name| Failure::usage(format!("{} is no text", name.display())))?;
            let target = format!("{to}/{name}");
            // Links are not followed: they may lead out of the directory, or in a circle.
            let kind = entry.file_type().map_err(unreadable)?;
            if kind.is_dir() {
                directories.push((entry.path(), target));
            } else if kind.is_file() {
                push_file(client, output, workspace, &entry.path(), &target).await?;
            } else {
                output.note(&format!("{} is left out: it is no plain file", entry.path().display()));
            }
        }
    }
    Ok(())
}

async fn push_file(
    client: &Client,
    output: Output,
    workspace: WorkspaceId,
    from: &Path,
    to: &str,
) -> Result<(), Failure> {
    let bytes = std::fs::read(from)
        .map_err(|error| Failure::usage(format!("cannot read {}", from.display())).because(error))?;
    let size = bytes.len();
    let content = match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Content::text(text),
        Ok(text) => Content::base64(BASE64_STANDARD.encode(text)),
        Err(error) => Content::base64(BASE64_STANDARD.encode(error.as_bytes())),
    };
    let files = client.files();
    let written = match files.update(workspace, to, &content).await {
        Err(Error::Api { status: 404, .. }) => files.create(workspace, to, &content).await?,
        written => written?,
    };
    match output.json || output.quiet {
        true => output.thing(&written),
        false => output.line(&format!("{} ({size} bytes)", written.path)),
    }
}
