//! Lists of models.

use everruns_core::ErrorCode;
use everruns_llm::ModelError;
use everruns_simulator::{Failure, Kind, Simulator};

use crate::{KEY, access, models, simulator};

/// What a provider of this type, which has so many models, tells.
async fn told(
    provider_type: &str,
    count: usize,
    failure: Option<Failure>,
) -> (Result<Option<Vec<String>>, ModelError>, Simulator) {
    let simulator = simulator(count).await;
    if let Some(failure) = failure {
        simulator.fail_list(failure);
    }
    let driver = models().of_type(provider_type).expect("a driver");
    (driver.list(access(&simulator)).await, simulator)
}

#[tokio::test]
async fn all_pages_are_read() {
    for provider_type in ["openai", "openrouter", "anthropic", "gemini"] {
        let (names, _simulator) = told(provider_type, 2_500, None).await;
        let names = names.expect(provider_type).expect("a list");
        assert_eq!((names.len(), names[2_499].as_str()), (2_500, "m2499"), "{provider_type}");
        let (names, _simulator) = told(provider_type, 0, None).await;
        assert_eq!(names, Ok(Some(Vec::new())), "{provider_type}");
    }
}

#[tokio::test]
async fn a_list_without_end_is_not_taken() {
    for provider_type in ["anthropic", "gemini"] {
        let (names, _simulator) = told(provider_type, 20_001, None).await;
        let error = names.expect_err(provider_type);
        assert!(error.code == ErrorCode::ProcessingError && error.message.contains("20 pages"), "{error}");
    }
}

#[tokio::test]
async fn some_do_not_tell() {
    for provider_type in ["azure_openai", "bedrock"] {
        let (names, _simulator) = told(provider_type, 3, None).await;
        assert_eq!(names, Ok(None), "{provider_type}");
    }
}

#[tokio::test]
async fn a_refusal_is_told_without_the_key() {
    #[track_caller]
    fn check(told: Result<Option<Vec<String>>, ModelError>, code: ErrorCode, retryable: bool) {
        let error = told.expect_err("it is refused");
        assert_eq!((error.code, error.retryable), (code, retryable), "{error}");
        assert!(!error.message.contains("canary"), "{error}");
    }
    for provider_type in ["openai", "anthropic", "gemini"] {
        let fail = |kind: Kind| Some(Failure::new(kind).message(format!("No: {KEY}")));
        let (names, _simulator) = told(provider_type, 3, fail(Kind::KeyWrong)).await;
        check(names, ErrorCode::ProviderMisconfigured, false);
        let (names, _simulator) = told(provider_type, 3, fail(Kind::Unavailable)).await;
        check(names, ErrorCode::ProviderUnavailable, true);
    }
}
