//! `GET /providers/config`.

use std::collections::BTreeMap;

use axum::Json;
use everruns_core::model::{KEYLESS, PROVIDER_TYPES, SIMULATED};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::policy::allowed;

/// What a client needs to know to show forms for providers.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProvidersConfig {
    /// What the caller may do.
    policies: BTreeMap<&'static str, bool>,
    /// What providers of each type want to know.
    drivers: Vec<DriverForm>,
}

/// What providers of a type want to know.
#[derive(Serialize, ToSchema)]
pub(crate) struct DriverForm {
    /// The type.
    driver: &'static str,
    /// The fields of `credentials`.
    credential_schema: CredentialForm,
    /// Whether a user can connect it by signing in.
    supports_oauth: bool,
}

/// The fields of `credentials`.
#[derive(Serialize, ToSchema)]
pub(crate) struct CredentialForm {
    /// One by one.
    fields: Vec<FormField>,
    /// What to tell the user.
    instructions_markdown: &'static str,
}

/// A field.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct FormField {
    /// Its name in `credentials`.
    name: &'static str,
    /// For people.
    label: &'static str,
    /// `password` or `text`.
    field_type: &'static str,
    /// Whether it must be there.
    required: bool,
}

/// What the caller may do with providers, and what each type wants to know.
#[utoipa::path(get, path = "/providers/config", operation_id = "providers_config", tag = "providers",
    responses((status = 200, body = ProvidersConfig)))]
pub(crate) async fn config(caller: Caller) -> Json<ProvidersConfig> {
    let policies = allowed(caller.role, "providers", &["create", "update", "delete", "sync_models"]);
    let drivers = PROVIDER_TYPES.iter().map(|driver| DriverForm {
        driver,
        credential_schema: CredentialForm { fields: fields(driver), instructions_markdown: "" },
        supports_oauth: false,
    });
    Json(ProvidersConfig { policies, drivers: drivers.collect() })
}

fn fields(driver: &str) -> Vec<FormField> {
    let field = |name, label, field_type| FormField { name, label, field_type, required: true };
    match driver {
        SIMULATED => Vec::new(),
        "bedrock" => vec![
            field("access_key_id", "Access key id", "text"),
            field("secret_access_key", "Secret access key", "password"),
            field("region", "Region", "text"),
            FormField { required: false, ..field("session_token", "Session token", "password") },
        ],
        keyless if KEYLESS.contains(&keyless) => {
            vec![FormField { required: false, ..field("api_key", "API key", "password") }]
        }
        _ => vec![field("api_key", "API key", "password")],
    }
}
