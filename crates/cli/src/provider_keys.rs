//! Keys of providers that come with the environment of the process. They stay in memory and are stored nowhere.

use std::sync::Arc;

use everruns_engine::ProviderAccess;
use zeroize::Zeroizing;

/// Providers with one key, and the names that it may have.
const ONE_KEY: &[(&str, &[&str])] = &[
    ("openai", &["OPENAI_API_KEY"]),
    ("anthropic", &["ANTHROPIC_API_KEY"]),
    ("gemini", &["GEMINI_API_KEY", "GOOGLE_API_KEY"]),
    ("openrouter", &["OPENROUTER_API_KEY"]),
    ("groq", &["GROQ_API_KEY"]),
    ("mistral", &["MISTRAL_API_KEY"]),
    ("deepseek", &["DEEPSEEK_API_KEY"]),
    ("xai", &["XAI_API_KEY"]),
    ("together", &["TOGETHER_API_KEY"]),
    ("fireworks", &["FIREWORKS_API_KEY"]),
];

/// What Bedrock takes, by its names there and here.
const BEDROCK: &[(&str, &[&str])] = &[
    ("access_key_id", &["AWS_ACCESS_KEY_ID"]),
    ("secret_access_key", &["AWS_SECRET_ACCESS_KEY"]),
    ("region", &["AWS_REGION", "AWS_DEFAULT_REGION"]),
];

/// The providers whose keys are in the environment, and what is said of those that lack something.
pub(crate) fn of_environment() -> (Vec<Arc<ProviderAccess>>, Vec<String>) {
    found(|name| std::env::var(name).ok())
}

fn found(variable: impl Fn(&str) -> Option<String>) -> (Vec<Arc<ProviderAccess>>, Vec<String>) {
    let value = |names: &[&str]| {
        let values = names.iter().filter_map(|name| variable(name));
        values.map(|value| value.trim().to_owned()).find(|value| !value.is_empty())
    };
    let access = |provider_type: &str, base_url: Option<String>, keys: Vec<(&str, String)>| {
        let credentials = keys.into_iter().map(|(name, key)| (name.to_owned(), Zeroizing::new(key))).collect();
        Arc::new(ProviderAccess { provider_type: provider_type.to_owned(), base_url, credentials })
    };
    let (mut given, mut lacking) = (Vec::new(), Vec::new());
    for (provider_type, names) in ONE_KEY {
        given.extend(value(names).map(|key| access(provider_type, None, vec![("api_key", key)])));
    }
    if let Some(key) = value(&["AZURE_OPENAI_API_KEY"]) {
        match value(&["AZURE_OPENAI_ENDPOINT"]) {
            Some(endpoint) => given.push(access("azure_openai", Some(endpoint), vec![("api_key", key)])),
            None => lacking.push("AZURE_OPENAI_API_KEY is not used: AZURE_OPENAI_ENDPOINT is missing".to_owned()),
        }
    }
    let parts: Vec<(&str, Option<String>)> = BEDROCK.iter().map(|(name, names)| (*name, value(names))).collect();
    // A region alone is there for other programs.
    if parts[0].1.is_some() && parts[1].1.is_some() {
        match parts.into_iter().map(|(name, part)| part.map(|part| (name, part))).collect::<Option<Vec<_>>>() {
            Some(mut keys) => {
                keys.extend(value(&["AWS_SESSION_TOKEN"]).map(|token| ("session_token", token)));
                given.push(access("bedrock", None, keys));
            }
            None => lacking.push("AWS_ACCESS_KEY_ID is not used: AWS_REGION is missing".to_owned()),
        }
    }
    (given, lacking)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an environment such as `A=1 B=2` gives: `type url name=key,…`, and what it lacks.
    #[track_caller]
    fn check(environment: &str, expected: &[&str], lacks: &[&str]) {
        let variables: Vec<(&str, &str)> = environment.split(' ').filter_map(|it| it.split_once('=')).collect();
        let value = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, it)| (*it).to_owned());
        let (given, lacking) = found(value);
        let shown = |access: &Arc<ProviderAccess>| {
            let keys: Vec<String> =
                access.credentials.iter().map(|(name, key)| format!("{name}={}", key.as_str())).collect();
            format!("{} {} {}", access.provider_type, access.base_url.as_deref().unwrap_or("-"), keys.join(","))
        };
        assert_eq!(given.iter().map(shown).collect::<Vec<_>>(), expected, "{environment}");
        assert_eq!(lacking.len(), lacks.len(), "{lacking:?}");
        for (text, lack) in lacking.iter().zip(lacks) {
            assert!(text.contains(lack) && !text.contains("sk-"), "{text}");
        }
    }

    #[test]
    fn environments() {
        check("", &[], &[]);
        check("OPENAI_API_KEY= HOME=/root", &[], &[]);
        check("OPENAI_API_KEY=sk-1", &["openai - api_key=sk-1"], &[]);
        check("XAI_API_KEY=sk-2 ANTHROPIC_API_KEY=sk-1", &["anthropic - api_key=sk-1", "xai - api_key=sk-2"], &[]);
        check("GOOGLE_API_KEY=sk-2", &["gemini - api_key=sk-2"], &[]);
        check("GOOGLE_API_KEY=sk-2 GEMINI_API_KEY=sk-1", &["gemini - api_key=sk-1"], &[]);
        check("AZURE_OPENAI_API_KEY=sk-1", &[], &["AZURE_OPENAI_ENDPOINT"]);
        let azure = "AZURE_OPENAI_API_KEY=sk-1 AZURE_OPENAI_ENDPOINT=https://a.example";
        check(azure, &["azure_openai https://a.example api_key=sk-1"], &[]);
        check("AWS_REGION=eu-west-1 AWS_ACCESS_KEY_ID=A", &[], &[]);
        check("AWS_ACCESS_KEY_ID=A AWS_SECRET_ACCESS_KEY=sk-1", &[], &["AWS_REGION"]);
        let aws = "AWS_ACCESS_KEY_ID=A AWS_SECRET_ACCESS_KEY=sk-1 AWS_DEFAULT_REGION=eu-west-1";
        check(aws, &["bedrock - access_key_id=A,secret_access_key=sk-1,region=eu-west-1"], &[]);
        let session = format!("{aws} AWS_SESSION_TOKEN=sk-3 AWS_REGION=us-east-1");
        let expected = "bedrock - access_key_id=A,secret_access_key=sk-1,region=us-east-1,session_token=sk-3";
        check(&session, &[expected], &[]);
    }
}
