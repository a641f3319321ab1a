//! The Rust SDK: speaks only the public API.
//!
//! [`Client`] is the door; each resource is a method of it and has its own file, named as the API names it. The nouns
//! (`Agent`, `Session`, `Message`, ids) are those of `everruns-core`.
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
mod client;
pub mod connection;
mod error;
pub mod event;
pub mod events;
pub mod messages;
mod page;
pub mod sessions;
pub mod stream;

pub use agents::ListAgents;
pub use client::Client;
pub use connection::{Connection, Frame};
pub use error::Error;
pub use event::Event;
pub use events::ListEvents;
pub use messages::{NewMessage, ToolResultsAccepted};
pub use page::Page;
pub use sessions::{Cancel, CancelOutcome, ListSessions};
pub use stream::{EventStream, StreamOptions};
