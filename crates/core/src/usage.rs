//! Token counts of model calls, in four disjoint buckets.

use serde::{Deserialize, Serialize};

/// Tokens spent. The buckets are disjoint: `input_tokens` excludes what was read from or written to a cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Prompt tokens that no cache served.
    pub input_tokens: u32,
    /// Tokens the model wrote.
    pub output_tokens: u32,
    /// Prompt tokens read from a cache.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cache_read_tokens: u32,
    /// Prompt tokens written to a cache.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cache_creation_tokens: u32,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Usage {
    /// What is left of it without a part.
    pub fn without(self, part: Self) -> Self {
        Self {
            input_tokens: self.input_tokens.saturating_sub(part.input_tokens),
            output_tokens: self.output_tokens.saturating_sub(part.output_tokens),
            cache_read_tokens: self.cache_read_tokens.saturating_sub(part.cache_read_tokens),
            cache_creation_tokens: self.cache_creation_tokens.saturating_sub(part.cache_creation_tokens),
        }
    }
}

impl std::ops::Add for Usage {
    type Output = Self;

    /// Adds bucket by bucket; counts stop at what the clients' 32-bit integers hold.
    fn add(self, other: Self) -> Self {
        let sum = |a: u32, b: u32| a.saturating_add(b).min(i32::MAX as u32);
        Self {
            input_tokens: sum(self.input_tokens, other.input_tokens),
            output_tokens: sum(self.output_tokens, other.output_tokens),
            cache_read_tokens: sum(self.cache_read_tokens, other.cache_read_tokens),
            cache_creation_tokens: sum(self.cache_creation_tokens, other.cache_creation_tokens),
        }
    }
}
