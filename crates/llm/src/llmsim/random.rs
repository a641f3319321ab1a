//! Numbers that look like chance and follow from a seed.

use super::parameters::Parameters;
use crate::ModelError;

/// The splitmix64 generator.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    /// From the parameter `seed`.
    pub(super) fn of(parameters: &Parameters) -> Result<Self, ModelError> {
        Ok(Self(parameters.number("seed", u64::MAX)?.unwrap_or(0)))
    }

    /// A number less than `limit`.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        ((u128::from(mixed) * u128::from(limit)) >> 64) as u64
    }
}
