//! What model calls took: tokens, and what they cost as far as that is known. Money is whole billionths of a US dollar, so
//! that sums are exact; clients see dollars.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

use crate::Usage;
use crate::limits::COST_NANOS_MAX;
use crate::price::Price;

/// Billionths of a US dollar; on the wire, dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Nanos(u64);

impl Nanos {
    /// So many, up to what dollars can tell apart.
    pub fn new(count: u64) -> Self {
        Self(count.min(COST_NANOS_MAX))
    }

    /// So many, as a database keeps them.
    pub fn of_column(count: i64) -> Self {
        Self::new(count.try_into().unwrap_or(0))
    }

    /// As a database keeps them.
    pub fn to_column(self) -> i64 {
        self.0 as i64
    }

    /// Dollars.
    pub fn dollars(self) -> f64 {
        // Both are exact, so the quotient is the double nearest to the amount, and is read back as it was.
        self.0 as f64 / 1e9
    }
}

impl std::ops::Add for Nanos {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self::new(self.0.saturating_add(other.0))
    }
}

impl Serialize for Nanos {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.dollars())
    }
}

impl<'de> Deserialize<'de> for Nanos {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Negative or no number becomes 0, too much the most: a cast never fails.
        f64::deserialize(deserializer).map(|dollars| Self::new((dollars * 1e9).round() as u64))
    }
}

/// Tokens in disjoint buckets (see [`Usage`]), and their cost in US dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = TokenUsage)]
pub struct Spent {
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
    /// By the prices that were known when the turn opened; absent: none were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    pub estimated_cost_usd: Option<Nanos>,
    /// As the provider told; absent: it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    pub actual_cost_usd: Option<Nanos>,
    /// Call by call what the provider told, else the estimate; absent: neither is known of any call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    pub effective_cost_usd: Option<Nanos>,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Spent {
    /// What one call took: its tokens at this price, and what its provider says that it cost, billionths of a dollar.
    pub fn by_call(usage: Usage, price: Option<&Price>, told: Option<u64>) -> Self {
        let (estimated, actual) = (price.map(|price| price.of(usage)), told.map(Nanos::new));
        Self {
            estimated_cost_usd: estimated,
            actual_cost_usd: actual,
            effective_cost_usd: actual.or(estimated),
            ..Self::from(usage)
        }
    }

    /// What is left of it without a part.
    pub fn without(self, part: Self) -> Self {
        let rest = |whole: Option<Nanos>, part: Option<Nanos>| {
            whole.map(|Nanos(whole)| Nanos(whole.saturating_sub(part.unwrap_or_default().0)))
        };
        Self {
            estimated_cost_usd: rest(self.estimated_cost_usd, part.estimated_cost_usd),
            actual_cost_usd: rest(self.actual_cost_usd, part.actual_cost_usd),
            effective_cost_usd: rest(self.effective_cost_usd, part.effective_cost_usd),
            ..Self::from(self.tokens().without(part.tokens()))
        }
    }

    /// The tokens alone.
    pub fn tokens(self) -> Usage {
        let Self { input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens, .. } = self;
        Usage { input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens }
    }
}

impl From<Usage> for Spent {
    /// Tokens of no known cost.
    fn from(usage: Usage) -> Self {
        let Usage { input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens } = usage;
        Self { input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens, ..Self::default() }
    }
}

impl std::ops::Add for Spent {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let sum = |one: Option<Nanos>, other: Option<Nanos>| match (one, other) {
            (Some(one), Some(other)) => Some(one + other),
            (one, other) => one.or(other),
        };
        Self {
            estimated_cost_usd: sum(self.estimated_cost_usd, other.estimated_cost_usd),
            actual_cost_usd: sum(self.actual_cost_usd, other.actual_cost_usd),
            effective_cost_usd: sum(self.effective_cost_usd, other.effective_cost_usd),
            ..Self::from(self.tokens() + other.tokens())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::Cost;

    #[test]
    fn money_is_read_back_as_it_was() {
        #[track_caller]
        fn check(nanos: u64, dollars: f64) {
            let text = serde_json::to_string(&Nanos::new(nanos)).expect("it is written");
            assert_eq!(text.parse::<f64>().expect("a number"), dollars, "{nanos}");
            assert_eq!(serde_json::from_str::<Nanos>(&text).expect("it is read"), Nanos::new(nanos), "{text}");
        }
        check(0, 0.0);
        check(1, 0.000_000_001);
        check(120_000, 0.000_12);
        check(1_234_567_891, 1.234_567_891);
        check(300_000_000, 0.3);
        check(COST_NANOS_MAX, COST_NANOS_MAX as f64 / 1e9);
        check(COST_NANOS_MAX - 1, (COST_NANOS_MAX - 1) as f64 / 1e9);
        check(u64::MAX, COST_NANOS_MAX as f64 / 1e9);
        for odd in ["-1", "-0.5", "1"] {
            assert!(serde_json::from_str::<Nanos>(odd).is_ok(), "{odd}");
        }
    }

    #[test]
    fn what_a_provider_tells_goes_before_an_estimate() {
        #[track_caller]
        fn check(is_priced: bool, told: Option<u64>, expected: [Option<u64>; 3]) {
            let cost = Cost { input: 1.0, output: 2.0, cache_read: None, cache_write: None, cost_tiers: Vec::new() };
            let price = Price::pinned(&cost).filter(|_| is_priced);
            let usage = Usage { input_tokens: 10, output_tokens: 5, ..Usage::default() };
            let spent = Spent::by_call(usage, price.as_ref(), told);
            let costs = [spent.estimated_cost_usd, spent.actual_cost_usd, spent.effective_cost_usd];
            assert_eq!((costs, spent.tokens()), (expected.map(|nanos| nanos.map(Nanos::new)), usage));
        }
        check(false, None, [None, None, None]);
        check(true, None, [Some(20_000), None, Some(20_000)]);
        check(false, Some(7), [None, Some(7), Some(7)]);
        check(true, Some(7), [Some(20_000), Some(7), Some(7)]);
        check(true, Some(0), [Some(20_000), Some(0), Some(0)]);
    }

    #[test]
    fn what_is_known_adds_up() {
        #[track_caller]
        fn check(calls: &[(Option<u64>, Option<u64>)], expected: Value) {
            let call = |(estimated, actual): &(Option<u64>, Option<u64>)| {
                let (estimated, actual) = (estimated.map(Nanos::new), actual.map(Nanos::new));
                Spent {
                    output_tokens: 1,
                    estimated_cost_usd: estimated,
                    actual_cost_usd: actual,
                    effective_cost_usd: actual.or(estimated),
                    ..Spent::default()
                }
            };
            let sum = calls.iter().map(call).fold(Spent::default(), |sum, call| sum + call);
            assert_eq!(json!(sum), expected);
            if let Some((last, before)) = calls.split_last() {
                let before = before.iter().map(call).fold(Spent::default(), |sum, call| sum + call);
                assert_eq!(sum.without(call(last)) + call(last), sum);
                assert_eq!(sum.without(before) + before, sum);
            }
            assert_eq!(serde_json::from_value::<Spent>(expected).expect("it is read"), sum);
        }
        check(&[], json!({ "input_tokens": 0, "output_tokens": 0 }));
        check(&[(None, None)], json!({ "input_tokens": 0, "output_tokens": 1 }));
        let estimated = json!({
            "input_tokens": 0, "output_tokens": 2, "estimated_cost_usd": 0.3, "effective_cost_usd": 0.3,
        });
        // In doubles 0.1 + 0.2 is not 0.3.
        check(&[(Some(100_000_000), None), (Some(200_000_000), None)], estimated);
        let mixed = json!({
            "input_tokens": 0, "output_tokens": 3,
            "estimated_cost_usd": 0.000_000_003, "actual_cost_usd": 0.000_000_01, "effective_cost_usd": 0.000_000_012,
        });
        check(&[(Some(2), None), (Some(1), Some(10)), (None, None)], mixed);
    }
}
