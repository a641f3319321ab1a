//! How fast it speaks.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use serde_json::Value;
use tokio::time::Instant;

use super::asked;
use crate::{Driver, Llmsim, Request};

#[tokio::test(start_paused = true)]
async fn latency() {
    async fn check(model: &str, nominal_millis: u64) {
        let mut waited = Vec::new();
        for _ in 0..2 {
            let begun = Instant::now();
            let stream = Llmsim.stream(Request::of(Arc::new(asked(model, Value::Null))));
            stream.for_each(|_| async {}).await;
            waited.push(begun.elapsed());
        }
        assert_eq!(waited[0], waited[1], "{model}: the same every time");
        let nominal = Duration::from_millis(nominal_millis);
        // The timer rounds the last wait up.
        let most = nominal * 13 / 10 + Duration::from_millis(1);
        assert!((nominal * 7 / 10..=most).contains(&waited[0]), "{model}: {waited:?}");
    }

    check("llmsim/lorem?latency=none", 0).await;
    check("llmsim/lorem?latency=instant", 0).await;
    check("llmsim/lorem?latency=fast&tokens=1001", 1_010).await;
    check("llmsim/lorem?latency=slow&tokens=11", 600).await;
    check("llmsim/lorem?latency=gpt-5&tokens=11&seed=9", 1_000).await;
    check("llmsim/lorem?first_token_ms=0&token_ms=20&tokens=11", 200).await;
    check("llmsim/lorem?latency=slow&token_ms=0&tokens=11", 300).await;
    check("llmsim/error?latency=slow", 300).await;
    check("llmsim/error?latency=slow&after=2", 360).await;
    check("llmsim/tool?latency=slow&count=3", 360).await;
}
