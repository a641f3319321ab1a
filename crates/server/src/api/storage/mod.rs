//! What a session keeps: secrets, of which names and times are shown alone, and values.

pub(crate) mod keys;
pub(crate) mod secrets;
pub(crate) mod set_secrets;

use everruns_core::limits::{SECRET_BYTES_MAX, SECRET_NAME_CHARS_MAX, SECRETS_MAX};
use everruns_store::Sealed;

use crate::auth::Caller;
use crate::problem::Problem;
use crate::state::App;
use crate::validate;

/// Checks secrets by name and seals them for their owner.
pub(crate) fn seal(
    app: &App,
    caller: Caller,
    kind: &str,
    owner: &str,
    field: &str,
    secrets: &[(String, String)],
) -> Result<Vec<Sealed>, Problem> {
    validate::count(field, secrets.len(), SECRETS_MAX)?;
    let seal = |(name, text): &(String, String)| {
        let clean = |letter: char| !letter.is_control() && letter != '/';
        if name.is_empty() || name.chars().count() > SECRET_NAME_CHARS_MAX || !name.chars().all(clean) {
            let remedy =
                format!("has a name that is not 1 to {SECRET_NAME_CHARS_MAX} characters without slashes and controls");
            return Err(Problem::invalid(field, remedy));
        }
        let field = if field == name { field.to_owned() } else { format!("{field}.{name}") };
        if text.is_empty() || text.contains('\0') {
            return Err(Problem::invalid(&field, "must not be empty or contain NUL characters"));
        }
        if text.len() > SECRET_BYTES_MAX {
            return Err(Problem::too_large(&field, SECRET_BYTES_MAX, "bytes"));
        }
        let bytes = app.engine.seal(caller.org, kind, owner, name, text)?;
        Ok(Sealed { name: name.clone(), bytes })
    };
    secrets.iter().map(seal).collect()
}
