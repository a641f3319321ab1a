//! Whether what a prompt becomes is lawful for every provider, for the simulation: whatever happened in a session, no
//! provider has a reason to refuse its transcript.

use std::sync::Arc;

use everruns_core::Timestamp;
use everruns_core::message::Role;
use everruns_core::prompt::Prompt;
use zeroize::Zeroizing;

use crate::vendor::Vendor;
use crate::{Access, Request};

/// One vendor of each dialect, and one whose ids of calls are special.
const VENDORS: &[&str] = &["openai", "openai_completions", "mistral", "anthropic", "gemini", "bedrock"];

/// Whether every dialect's provider takes what this prompt becomes; else which one does not, and why.
pub fn lawful(prompt: &Arc<Prompt>) -> Result<(), String> {
    if prompt.messages.last().is_none_or(|message| message.role == Role::Agent) {
        return Err("the agent speaks last, so there is nothing to answer".to_owned());
    }
    let vendors = Vendor::all().iter().filter(|vendor| VENDORS.contains(&vendor.provider_type));
    for vendor in vendors {
        let provider = vendor.provider_type;
        let key = |name: &str| (name.to_owned(), Zeroizing::new("key".to_owned()));
        let access = Access {
            base_url: Some("https://provider.example/v1".to_owned()),
            credentials: ["api_key", "region"].map(key).to_vec(),
        };
        let request = Request { model: format!("{provider}/model"), access, ..Request::of(prompt.clone()) };
        let call = vendor.dialect.encode(&request, vendor, Timestamp::from_micros(0));
        let call = call.map_err(|error| format!("{provider} cannot be asked: {error}"))?;
        let body =
            serde_json::from_slice(&call.body).map_err(|error| format!("{provider} is sent no JSON: {error}"))?;
        vendor.dialect.grammar(&body).map_err(|why| format!("{provider} would refuse the transcript: {why}"))?;
    }
    Ok(())
}
