//! How it fails, on purpose and when it is asked for something odd.

use everruns_core::ErrorCode;
use serde_json::{Value, json};

use super::{asked, parts};

#[test]
fn failures() {
    #[track_caller]
    fn check(model: &str, code: ErrorCode, retryable: bool) {
        let mut parts = parts(asked(model, Value::Null));
        let error = parts.pop().unwrap().unwrap_err();
        assert_eq!((error.code, error.retryable), (code, retryable), "{error}");
        assert_eq!(parts.len(), if model.contains("after") { 3 } else { 0 });
    }

    check("llmsim/error", ErrorCode::ProcessingError, false);
    check("llmsim/error?kind=rate_limit", ErrorCode::ProviderRateLimited, true);
    check("llmsim/error?kind=overload", ErrorCode::ProviderUnavailable, true);
    check("llmsim/error?kind=timeout", ErrorCode::ProviderUnavailable, true);
    check("llmsim/error?kind=transport&after=3", ErrorCode::ProviderUnavailable, true);
    check("llmsim/error?kind=auth", ErrorCode::ProviderMisconfigured, false);
    check("llmsim/error?kind=quota", ErrorCode::ProviderQuotaExhausted, false);
    check("llmsim/error?kind=model", ErrorCode::ModelUnavailable, false);
    check("llmsim/error?kind=too_large", ErrorCode::RequestTooLarge, false);
    check("llmsim/error?kind=invalid_response", ErrorCode::ProcessingError, false);
}

#[test]
fn mistakes_are_named_with_a_remedy() {
    #[track_caller]
    fn check(model: &str, llmsim: Value, message: &str) {
        let parts = parts(asked(model, llmsim));
        let [Err(error)] = parts.as_slice() else { panic!("{parts:?}") };
        assert_eq!((error.code, error.retryable), (ErrorCode::ModelUnavailable, false));
        assert!(error.message.contains(message), "{error}");
    }

    let none = Value::Null;
    let known = "`llmsim/x`; use one of default, fixed, echo, lorem, tool, error";
    check("llmsim/x", none.clone(), known);
    let range = "`tokens` must be a whole number from 0 to 100000, not `";
    check("llmsim/lorem?tokens=abc", none.clone(), range);
    check("llmsim/lorem?tokens=100001", none.clone(), range);
    check("llmsim/lorem", json!({"tokens": -1}), range);
    check("llmsim/fixed", json!({"text": 1}), "`text` must be a text, not `1`");
    check("llmsim/tool?arguments=[]", none.clone(), "`arguments` must be a JSON object");
    check("llmsim/error?kind=x", none.clone(), "`kind` must be one of rate_limit, ");
    check("llmsim/echo?latency=x", none.clone(), "`latency` must be one of none, ");
    check("llmsim/echo?prefx=x", none.clone(), "no parameter `prefx`; use one of after, ");
    check("llmsim/echo?prefix=%", none, "`prefix` has a broken percent escape");
    check("llmsim/echo", json!("fixed"), "`metadata.llmsim` must be a JSON object");
}
