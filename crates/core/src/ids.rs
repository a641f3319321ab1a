//! Public ids: a prefix, an underscore and the 32 hex digits of a UUID (`agent_0197a1b2…`).
//!
//! What the server makes is UUIDv7-shaped, hence ordered by time; what clients send may be any 32 hex digits.
//! Event ids are not drawn but derived ([`EventId::derive`]), so a cursor resolves to a sequence without an index.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

use crate::time::Timestamp;

/// The text is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid id: expected `{prefix}_` and 32 hex digits")]
pub struct InvalidId {
    /// The prefix that was expected, without the underscore.
    pub prefix: &'static str,
}

fn parse(text: &str, prefix: &'static str) -> Result<Uuid, InvalidId> {
    let digits = text
        .strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        .filter(|digits| digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)))
        .ok_or(InvalidId { prefix })?;
    Uuid::try_parse(digits).map_err(|_| InvalidId { prefix })
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl $name {
            /// What stands before the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// An id from its number, for constants and tests.
            pub const fn from_u128(number: u128) -> Self {
                Self(Uuid::from_u128(number))
            }

            /// Writes its text, without the detour over a formatter: every frame is full of ids.
            pub fn push_to(self, out: &mut String) {
                out.push_str(concat!($prefix, "_"));
                out.push_str(self.0.simple().encode_lower(&mut [0_u8; 32]));
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut buffer = [0_u8; 32];
                f.write_str(concat!($prefix, "_"))?;
                f.write_str(self.0.simple().encode_lower(&mut buffer))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                parse(text, $prefix).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut text = String::with_capacity($prefix.len() + 33);
                self.push_to(&mut text);
                serializer.serialize_str(&text)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                std::borrow::Cow::<str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some(concat!("^", $prefix, "_[0-9a-f]{32}$")))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )*};
}

ids! {
    /// An organization: the wall between tenants.
    OrgId = "org";
    /// Who owns a session: a user, an identity or the system.
    PrincipalId = "principal";
    /// A key that programs show to act for a principal.
    KeyId = "key";
    /// An agent: prompt, model, tools.
    AgentId = "agent";
    /// A state of an agent that its owner keeps.
    AgentVersionId = "agentver";
    /// A harness: what sessions start from.
    HarnessId = "harness";
    /// A session: one conversation and its event log.
    SessionId = "session";
    /// The files of one or more sessions.
    WorkspaceId = "wsp";
    /// A message of a session.
    MessageId = "message";
    /// One input and all the work until its answer.
    TurnId = "turn";
    /// One reason or act phase of a turn.
    ExecId = "exec";
    /// An event of a session's log.
    EventId = "event";
    /// An uploaded image.
    ImageId = "img";
    /// Who serves models.
    ProviderId = "provider";
    /// A model of a provider.
    ModelId = "model";
}

/// The organization that a fresh installation has.
pub const DEFAULT_ORG: OrgId = OrgId::from_u128(1);
/// The owner of everything made without a user, as in dev mode.
pub const DEFAULT_PRINCIPAL: PrincipalId = PrincipalId::from_u128(1);

/// Bits of an event id that hold the sequence.
const SEQUENCE_BITS: u32 = 31;
/// Bits of an event id that tell its session from others.
const SESSION_BITS: u32 = 43;

impl EventId {
    /// The id of the event with this sequence: UUIDv7 shape, 48 bits of milliseconds, then 31 bits of sequence and 43
    /// hash bits of the session's id around the version and variant bits. It survives a transfer to another database,
    /// since nothing of it depends on where the event is stored.
    pub fn derive(session: SessionId, sequence: i64, at: Timestamp) -> Self {
        let sequence = (sequence as u64) & ((1 << SEQUENCE_BITS) - 1);
        let payload = u128::from(sequence) << SESSION_BITS | u128::from(session_bits(session));
        let high = payload >> 62;
        let low = payload & ((1 << 62) - 1);
        let millis = (at.as_millis() as u128) & ((1 << 48) - 1);
        Self(Uuid::from_u128(millis << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low))
    }

    /// The sequence this id stands for in `session`, or `None` if it cannot be an id of that session.
    pub fn sequence_in(self, session: SessionId) -> Option<i64> {
        let number = self.0.as_u128();
        let payload = ((number >> 64) & 0xfff) << 62 | number & ((1 << 62) - 1);
        let bits = (payload & ((1 << SESSION_BITS) - 1)) as u64;
        let versioned = (number >> 76) & 0xf == 0x7 && (number >> 62) & 0b11 == 0b10;
        (versioned && bits == session_bits(session)).then_some((payload >> SESSION_BITS) as i64)
    }

    /// The milliseconds since the epoch that the id carries.
    pub fn millis(self) -> i64 {
        (self.0.as_u128() >> 80) as i64
    }
}

fn session_bits(session: SessionId) -> u64 {
    mix(session.0, 0) & ((1 << SESSION_BITS) - 1)
}

impl ModelId {
    /// The id of a model that comes with the server, the same on every server.
    pub fn built_in(provider: ProviderId, name: &str) -> Self {
        let label = name.bytes().fold(7 << 56, |label, byte| mix(provider.0, label ^ u64::from(byte)));
        Self(derive(provider.0, label))
    }
}

impl TurnId {
    /// The turn that `message` opens. One message opens one turn, so the id needs no random number.
    pub fn opened_by(message: MessageId) -> Self {
        Self(derive(message.0, 1))
    }
}

impl MessageId {
    /// The message that reason step `step` of `turn` writes in its `attempt` (0, or more after a restart).
    pub fn written_by(turn: TurnId, step: u32, attempt: u32) -> Self {
        Self(derive(turn.0, (2 << 56) | u64::from(step) << 24 | u64::from(attempt)))
    }

    /// The message that holds the result of call `ordinal` of step `step`.
    pub fn result_of(turn: TurnId, step: u32, ordinal: u32) -> Self {
        Self(derive(turn.0, (3 << 56) | u64::from(step) << 24 | u64::from(ordinal)))
    }

    /// The two notes that a cancel leaves behind (0 and 1).
    pub fn cancel_note(turn: TurnId, ordinal: u32) -> Self {
        Self(derive(turn.0, (4 << 56) | u64::from(ordinal)))
    }
}

impl ExecId {
    /// The id of phase `step` of `turn`.
    pub fn of_step(turn: TurnId, step: u32) -> Self {
        Self(derive(turn.0, (5 << 56) | u64::from(step)))
    }
}

impl WorkspaceId {
    /// The workspace that is made with a session.
    pub const fn of_session(session: SessionId) -> Self {
        Self(session.0)
    }

    /// The session that it would have been made with.
    pub const fn session(self) -> SessionId {
        SessionId(self.0)
    }

    /// The id of the entry with this number in it, a plain UUID.
    pub fn file(self, number: i64) -> Uuid {
        derive(self.0, (7 << 56) | number as u64)
    }
}

/// A span id (16 hex digits) for operation `span` of phase `step` of `turn`.
pub fn span_id(turn: TurnId, step: u32, span: u32) -> String {
    format!("{:016x}", mix(turn.0, (6 << 56) | u64::from(step) << 24 | u64::from(span)))
}

/// A UUIDv7-shaped id with the time of `parent` and 74 bits that depend on `parent` and `label`.
fn derive(parent: Uuid, label: u64) -> Uuid {
    let time = parent.as_u128() >> 80 << 80;
    let random = u128::from(mix(parent, label)) << 64 | u128::from(mix(parent, label ^ (1 << 63)));
    let high = (random >> 64) & 0xfff;
    let low = random & ((1 << 62) - 1);
    Uuid::from_u128(time | 0x7 << 76 | high << 64 | 0b10 << 62 | low)
}

/// SplitMix64 over both halves of a UUID and a label: spreads bits, hides nothing.
fn mix(uuid: Uuid, label: u64) -> u64 {
    let (high, low) = uuid.as_u64_pair();
    [high, low, label].into_iter().fold(0x9e37_79b9_7f4a_7c15, |state, word| {
        let mut z = (state ^ word).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form() {
        #[track_caller]
        fn check(text: &str, valid: bool) {
            assert_eq!(text.parse::<AgentId>().is_ok(), valid, "{text}");
            if valid {
                assert_eq!(text.parse::<AgentId>().unwrap().to_string(), text);
            }
        }
        check("agent_0197a1b2c3d47e5f8a9b0c1d2e3f4a5b", true);
        check("agent_ffffffffffffffffffffffffffffffff", true);
        check("agent_0197a1b2c3d47e5f8a9b0c1d2e3f4a5", false);
        check("agent_0197A1B2c3d47e5f8a9b0c1d2e3f4a5b", false);
        check("session_0197a1b2c3d47e5f8a9b0c1d2e3f4a5b", false);
        check("agent_0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a", false);
        check("", false);
    }

    #[test]
    fn event_ids_resolve_in_their_session_alone() {
        let session = SessionId::from_u128(0x0197_a1b2_c3d4_7e5f_8a9b_0c1d_2e3f_4a5c);
        let other = SessionId::from_u128(0x0197_a1b2_c3d4_7e5f_8a9b_0c1d_2e3f_4a5d);
        let at = Timestamp::from_micros(1_776_506_400_123_456);
        for sequence in [1, 2, 4_095, 4_096, 524_288, 1_000_000, i64::from(i32::MAX)] {
            let id = EventId::derive(session, sequence, at);
            assert_eq!(id.sequence_in(session), Some(sequence));
            assert_eq!(id.sequence_in(other), None);
            assert_eq!(id.millis(), at.as_millis());
            assert_eq!(id.0.get_version_num(), 7);
            assert!(EventId::derive(session, sequence - 1, at) < id, "ids of one millisecond follow the sequence");
        }
    }

    #[test]
    fn derived_ids_differ_by_label() {
        let message = MessageId::from_u128(0x0197_a1b2_c3d4_7e5f_8a9b_0c1d_2e3f_4a5c);
        let turn = TurnId::opened_by(message);
        let all = [
            MessageId::written_by(turn, 1, 0),
            MessageId::written_by(turn, 1, 1),
            MessageId::written_by(turn, 2, 0),
            MessageId::result_of(turn, 2, 0),
            MessageId::result_of(turn, 2, 1),
            MessageId::cancel_note(turn, 0),
            MessageId::cancel_note(turn, 1),
        ];
        let distinct: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
        assert_eq!(turn.0.as_u128() >> 80, message.0.as_u128() >> 80);
        assert_ne!(span_id(turn, 1, 0), span_id(turn, 1, 1));
    }
}
