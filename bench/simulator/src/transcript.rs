//! What a lawful request says, as far as an answer depends on it.

/// A conversation in short.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    /// The newest text of the user.
    pub user: Option<String>,
    /// How often the model has called tools since.
    pub rounds: u64,
}

impl Transcript {
    /// The user says something.
    pub(crate) fn says(&mut self, text: &str) {
        self.user = Some(text.to_owned());
        self.rounds = 0;
    }
}
