//! The Rust SDK: speaks only the public API.
//!
//! [`Client`] is the door; each resource is a method of it and has its own file, named as the API names it. The nouns
//! (`Agent`, `Session`, `Message`, ids) are those of `everruns-core`, wrapped in [`Seen`], which keeps what this client does
//! not know yet.
//!
//! ```no_run
//! # async fn example() -> Result<(), everruns_client::Error> {
//! use everruns_client::{Client, StreamOptions};
//! use everruns_core::session::SessionSpec;
//! use futures::StreamExt as _;
//!
//! let client = Client::new("http://127.0.0.1:9000", "dev")?;
//! let session = client.sessions().create(&SessionSpec::default()).await?;
//! client.messages().create(session.id, "Hello").await?;
//! let mut events = client.events().stream(session.id, StreamOptions::default());
//! while let Some(event) = events.next().await {
//!     let event = event?;
//!     println!("{} {}", event.type_name, event.data);
//!     if event.ends_turn() {
//!         break;
//!     }
//! }
//! # Ok(())
//! # }
//! ```

pub mod agents;
mod backoff;
mod call;
pub mod capabilities;
mod client;
pub mod connection;
mod error;
pub mod event;
pub mod events;
pub mod files;
pub mod harnesses;
mod health;
pub mod images;
pub mod keys;
pub mod messages;
pub mod models;
pub mod orgs;
mod page;
pub mod providers;
pub mod revisions;
mod seen;
pub mod sessions;
pub mod stream;
pub mod workspaces;

pub use agents::{Agents, ListAgents};
pub use capabilities::{Capabilities, Capability, ListCapabilities};
pub use client::{Builder, Client};
pub use connection::{Connection, Frame};
pub use error::Error;
pub use event::Event;
pub use events::{Events, EventsSummary, ListEvents};
pub use files::{Content, File, Files};
pub use harnesses::{Harness, Harnesses, ListHarnesses};
pub use health::Health;
pub use images::{Image, Images};
pub use keys::{Key, Keys, Me, NewKey};
pub use messages::{Messages, NewMessage, ToolResultsAccepted};
pub use models::{ListModels, Model, Models};
pub use orgs::{Member, Members, NewMember, Org, Orgs};
pub use page::{Items, Page};
pub use providers::{Provider, Providers};
pub use revisions::{Revision, RevisionDiff, Revisions};
pub use seen::Seen;
pub use sessions::{Cancel, CancelOutcome, ListSessions, SessionStats, Sessions};
pub use stream::{EventStream, Loss, StreamOptions};
pub use workspaces::{ListWorkspaces, Workspace, Workspaces};
