//! Notices about context, files, budgets and capabilities.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The context is being made smaller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContextCompacting {
    /// `proactive_budget`, `request_too_large` or `manual`.
    pub reason: String,
    /// How.
    pub strategy: String,
    /// Messages before.
    pub messages_before: u32,
}

/// The context is smaller now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContextCompacted {
    /// How.
    pub strategy_used: String,
    /// Messages before.
    pub messages_before: u32,
    /// Messages after.
    pub messages_after: u32,
    /// From start to end, milliseconds.
    pub duration_ms: u64,
    /// What was tried in turn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Value>,
}

/// The agent wrote a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileWritten {
    /// Where.
    pub path: String,
    /// How: `write`, `edit`, `delete`, …
    pub operation: String,
    /// Whether it was new.
    pub created: bool,
    /// Its size, bytes.
    pub size_bytes: u64,
}

macro_rules! budgets {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub struct $name {
            /// The budget.
            pub budget_id: String,
            /// What is left.
            pub balance: f64,
            /// What it started with.
            pub limit: f64,
            /// `usd`, `tokens`, `credits` or another unit.
            pub currency: String,
            /// Where it pauses.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub soft_limit: Option<f64>,
            /// For people.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub message: Option<String>,
        }
    )*};
}

budgets! {
    /// A budget nears its end.
    BudgetWarning;
    /// A budget paused the work.
    BudgetPaused;
    /// A budget is used up.
    BudgetExhausted;
    /// A budget lets work go on.
    BudgetResumed;
}

/// What capabilities did in a turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CapabilityUsage {
    /// One record per capability and kind of use.
    pub records: Vec<CapabilityUsageRecord>,
}

/// One capability's use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CapabilityUsageRecord {
    /// The capability.
    pub capability_id: String,
    /// `configured`, `resolved`, `exposed`, `invoked` or `effect_ran`.
    pub usage_kind: String,
    /// Everything else about it.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}
