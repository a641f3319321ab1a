//! What a member of an organization may do.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A role; a later one may do all that an earlier one may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads.
    Viewer,
    /// Works: makes and changes agents, sessions and what belongs to them.
    Member,
    /// Decides who works, and with which providers and secrets.
    Admin,
    /// Decides everything, also who else does.
    Owner,
}

impl Role {
    /// All of them, the least one first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Member, Self::Admin, Self::Owner];

    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

/// The word is no role.
#[derive(Debug, thiserror::Error)]
#[error("must be `viewer`, `member`, `admin` or `owner`")]
pub struct InvalidRole;

impl std::str::FromStr for Role {
    type Err = InvalidRole;

    fn from_str(word: &str) -> Result<Self, InvalidRole> {
        Self::ALL.into_iter().find(|role| role.as_str() == word).ok_or(InvalidRole)
    }
}
