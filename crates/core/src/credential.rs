//! Texts that hold a key or a password by the look of it, for places where one must not be kept.

/// How keys begin, and how many letters and digits follow at least.
const KEYS: &[(&str, usize)] = &[
    ("evr_", 8),
    ("sk-", 16),
    ("sk_live_", 8),
    ("rk_live_", 8),
    ("ghp_", 16),
    ("gho_", 16),
    ("ghs_", 16),
    ("ghu_", 16),
    ("ghr_", 16),
    ("github_pat_", 16),
    ("glpat-", 12),
    ("xoxb-", 8),
    ("xoxp-", 8),
    ("xoxa-", 8),
    ("AKIA", 16),
    ("ASIA", 16),
    ("AIza", 30),
    ("hf_", 20),
    ("npm_", 20),
    ("pypi-", 16),
    ("ya29.", 16),
    ("eyJ", 20),
];

/// Names that a secret value stands behind, after `=` or `:`.
const NAMES: &[&str] =
    &["password", "passwd", "secret", "token", "api_key", "apikey", "api-key", "access_key", "authorization"];

/// Whether a text holds what looks like a credential: a key with a known beginning, a private key, a bearer token, or
/// a value behind a name such as `password=`.
pub fn looks_like_credential(text: &str) -> bool {
    let lower = text.to_lowercase();
    if lower.contains("-----begin") && lower.contains("private key") {
        return true;
    }
    let mut before = "";
    text.split(|c: char| c.is_whitespace() || "\"'`,;()[]{}<>".contains(c)).filter(|word| !word.is_empty()).any(
        |word| {
            let bearer =
                before.eq_ignore_ascii_case("bearer") && word.len() >= 16 && word.bytes().any(|b| b.is_ascii_digit());
            before = word;
            bearer || is_key(word) || is_assignment(word)
        },
    )
}

fn is_key(word: &str) -> bool {
    let values = word.split(['=', ':', '/', '@', '?', '&']);
    values.into_iter().any(|value| {
        KEYS.iter().any(|(start, length)| {
            let rest = value.strip_prefix(start);
            rest.is_some_and(|rest| rest.bytes().filter(u8::is_ascii_alphanumeric).count() >= *length)
        })
    })
}

fn is_assignment(word: &str) -> bool {
    word.split(['?', '&']).filter_map(|part| part.split_once(['=', ':'])).any(|(name, value)| {
        let name = name.to_lowercase();
        let secret = value.chars().count() >= 6 && !value.starts_with("//");
        secret && NAMES.iter().any(|known| name.ends_with(known))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_words() {
        #[track_caller]
        fn check(text: &str, expected: bool) {
            assert_eq!(looks_like_credential(text), expected, "{text}");
        }
        check("rotate evr_pat_0123456789abcdef", true);
        check("new key: sk-ant-api03-abcdefghijklmnop", true);
        check("OPENAI=sk-abcdefghijklmnop1234", true);
        check("see \"ghp_abcdefghijklmnop1234\"", true);
        check("AKIAIOSFODNN7EXAMPLE", true);
        check("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", true);
        check("-----BEGIN RSA PRIVATE KEY-----", true);
        check("Authorization: Bearer abcdef0123456789", true);
        check("db_password=hunter22", true);
        check("API_KEY:abcdef123", true);
        check("https://user@host/?token=abcdef123", true);

        check("", false);
        check("fix the typo in the prompt", false);
        check("bearer of good news 2026", false);
        check("use a shorter password= rule", false);
        check("skip sk-learn, task-force and disk-space", false);
        check("token:ok, secret: later", false);
        check("raise max_iterations=20, model: llmsim/echo", false);
        check("https://example.com/tokens", false);
        check("agent_0197a1b2c3d47e5f8a9b0c1d2e3f4a5b", false);
    }
}
