//! What a model's tokens cost, in whole numbers, as a turn is pinned to it: a later change of prices does not rewrite what
//! was spent.

use serde::{Deserialize, Serialize};

use crate::Usage;
use crate::model::Cost;
use crate::spent::Nanos;

/// Trillionths of a dollar for one token, which is millionths of a dollar for a million of them.
type Picos = u64;

/// Prices of a model's tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    #[serde(flatten)]
    base: Rates,
    /// Prices of calls with longer prompts, the shortest of them first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tiers: Vec<Tier>,
}

/// What a token costs in each bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Rates {
    input: Picos,
    output: Picos,
    cache_read: Picos,
    cache_write: Picos,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Tier {
    above_tokens: u32,
    #[serde(flatten)]
    rates: Rates,
}

impl Price {
    /// The prices of a profile. None: the model costs nothing, and nothing is to be counted.
    pub fn pinned(cost: &Cost) -> Option<Self> {
        let base = Rates::of(cost.input, cost.output, cost.cache_read, cost.cache_write);
        let tier = |tier: &crate::model::CostTier| Tier {
            above_tokens: tier.above_tokens.try_into().unwrap_or(0),
            rates: Rates::of(tier.input, tier.output, tier.cache_read, tier.cache_write),
        };
        let tiers: Vec<Tier> = cost.cost_tiers.iter().map(tier).collect();
        let is_free = [base].into_iter().chain(tiers.iter().map(|tier| tier.rates)).all(|rates| rates == Rates::FREE);
        (!is_free).then_some(Self { base, tiers })
    }

    /// What the tokens of one call cost. A prompt beyond a threshold, its cached tokens counted, makes all of the call cost
    /// what stands there: so vendors bill it.
    pub fn of(&self, usage: Usage) -> Nanos {
        let prompt = [usage.input_tokens, usage.cache_read_tokens, usage.cache_creation_tokens];
        let prompt: u64 = prompt.into_iter().map(u64::from).sum();
        let tier = self.tiers.iter().rev().find(|tier| prompt > u64::from(tier.above_tokens));
        let rates = tier.map_or(self.base, |tier| tier.rates);
        let buckets = [
            (usage.input_tokens, rates.input),
            (usage.output_tokens, rates.output),
            (usage.cache_read_tokens, rates.cache_read),
            (usage.cache_creation_tokens, rates.cache_write),
        ];
        let picos: u128 = buckets.into_iter().map(|(tokens, price)| u128::from(tokens) * u128::from(price)).sum();
        // Half a billionth is rounded up, once for the call.
        Nanos::new(u64::try_from((picos + 500) / 1_000).unwrap_or(u64::MAX))
    }
}

impl Rates {
    const FREE: Self = Self { input: 0, output: 0, cache_read: 0, cache_write: 0 };

    /// Of dollars for a million tokens. What no price is given for costs what other input does.
    fn of(input: f64, output: f64, cache_read: Option<f64>, cache_write: Option<f64>) -> Self {
        let picos = |dollars: f64| (dollars * 1e6).round() as Picos;
        Self {
            input: picos(input),
            output: picos(output),
            cache_read: picos(cache_read.unwrap_or(input)),
            cache_write: picos(cache_write.unwrap_or(input)),
        }
    }
}

#[cfg(test)]
mod tests;
