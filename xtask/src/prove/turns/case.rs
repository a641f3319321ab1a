//! The turns that are run under fire: texts of different lengths, tools of every kind, some of them steered.

use everruns_core::agent::Layer;
use everruns_core::capability::CapabilityRef;
use everruns_core::session::SessionSpec;
use serde_json::Value;

/// One session and what is asked in it.
#[derive(Clone, Debug)]
pub(in crate::prove) struct Case {
    /// What the model does is all in its id, so that each turn does the same whenever it is run.
    pub(in crate::prove) model: String,
    /// Whether a second message follows while the turn runs.
    pub(in crate::prove) steered: bool,
}

impl Case {
    /// The session to make.
    pub(in crate::prove) fn session(&self) -> SessionSpec {
        let capability = |id: &str| CapabilityRef { id: id.to_owned(), config: Value::Null };
        let layer =
            Layer { capabilities: vec![capability("current_time"), capability("test_tools")], ..Layer::default() };
        SessionSpec { model_id: Some(self.model.clone()), layer, ..SessionSpec::default() }
    }

    /// Whether the model only speaks.
    pub(in crate::prove) fn is_text(&self) -> bool {
        !self.model.starts_with("llmsim/tool")
    }
}

/// A session for messages that are posted while the server dies. Its turns are short.
pub(in crate::prove) fn last_words() -> Case {
    Case { model: "llmsim/lorem?tokens=30&seed=99".to_owned(), steered: false }
}

/// So many others; neighbours differ.
pub(in crate::prove) fn mixed(count: usize) -> Vec<Case> {
    (0..count)
        .map(|number| {
            let (kind, round) = (number % 10, number / 10);
            let model = match kind {
                // One to four seconds.
                0..=4 => {
                    let pace = "first_token_ms=150&token_ms=20";
                    format!("llmsim/lorem?tokens={}&seed={round}&{pace}", 40 + 15 * (round % 10))
                }
                // Words of more than one byte a character.
                5 => "llmsim/fixed?first_token_ms=200&token_ms=70&text=Zwölf Boxkämpfer jagen Viktor quer über den \
                      großen Sylter Deich – 深い眠り 🦊 und dann noch einmal, weil es so schön war: ç'est l'été à la \
                      plage 🏖️, где-то далеко. Ende."
                    .to_owned(),
                6 | 9 => tool("test_wait", r#"{"millis":400}"#, "count=2&rounds=3&text=One moment&token_ms=30"),
                7 => tool("get_current_time", "{}", "count=3&rounds=3&text=Let me see&first_token_ms=300&token_ms=50"),
                // Many at once: their results are committed one by one, so a crash finds some of them open.
                _ => tool("test_once", r#"{"value":7}"#, "count=64&rounds=6&text=Only once&token_ms=1"),
            };
            let steered = kind == 4 || (kind == 9 && round % 2 == 0);
            Case { model, steered }
        })
        .collect()
}

fn tool(name: &str, arguments: &str, rest: &str) -> String {
    format!("llmsim/tool?name={name}&arguments={arguments}&{rest}")
}
