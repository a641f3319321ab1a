//! Faults: each has one meaning, whatever the format in which a provider tells of it.

use everruns_core::ErrorCode;
use everruns_core::message::{ContentPart, Role};
use everruns_llm::ModelError;
use everruns_simulator::{Simulator, Transcript, parameters};
use futures::StreamExt as _;

use crate::rounds::{message, request};
use crate::{models, simulator};

/// Why the answer of this model that is played so fails, if it does.
async fn fails(simulator: &Simulator, model: &str, script: &str) -> Option<ModelError> {
    let reply = parameters::reply(&format!("any?{script}"), &Transcript::default()).expect("a script");
    simulator.push(reply);
    let asked = [message(Role::User, vec![ContentPart::text("Hi")])];
    let parts = models().stream(request(simulator, model, &asked)).expect("a driver");
    parts.filter_map(|part| async { part.err() }).boxed().next().await
}

#[tokio::test]
async fn each_fault_has_one_meaning_in_all_formats() {
    let models = [
        "openai/gpt-5",
        "groq/llama",
        "anthropic/claude-sonnet-4-5",
        "gemini/gemini-2.5-pro",
        "bedrock/anthropic.claude-sonnet-4-5-v1:0",
    ];
    let faults = [
        ("error=429&retry_after=7", ErrorCode::ProviderRateLimited, true),
        ("error=500", ErrorCode::ProviderUnavailable, true),
        ("error=overloaded", ErrorCode::ProviderUnavailable, true),
        ("error=overloaded&error_at=1", ErrorCode::ProviderUnavailable, true),
        ("error=key", ErrorCode::ProviderMisconfigured, false),
        ("error=context_length", ErrorCode::RequestTooLarge, false),
        ("text=one%20two%20three&cut_contents=2", ErrorCode::ProviderUnavailable, true),
    ];
    let simulator = simulator(1).await;
    for model in models {
        assert_eq!(fails(&simulator, model, "text=Hi").await, None, "{model}");
        for (fault, code, retryable) in faults {
            let error = fails(&simulator, model, fault).await;
            let error = error.unwrap_or_else(|| panic!("{model} {fault}: it went well"));
            assert_eq!((error.code, error.retryable), (code, retryable), "{model} {fault}: {error}");
            let wait = fault.contains("retry_after").then_some(7);
            assert_eq!(error.retry_after.map(|wait| wait.as_secs()), wait, "{model} {fault}");
        }
    }
}
