//! Bodies of which nothing is required, for the OpenAPI document: the same members as in the whole.

use std::borrow::Cow;

use serde::Deserialize;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// As much of a `T` as the caller says.
#[derive(Deserialize)]
pub(crate) struct Partial<T>(T);

impl<T: PartialSchema> PartialSchema for Partial<T> {
    fn schema() -> RefOr<Schema> {
        let mut schema = T::schema();
        require_nothing(&mut schema);
        schema
    }
}

impl<T: ToSchema> ToSchema for Partial<T> {
    fn name() -> Cow<'static, str> {
        format!("Partial{}", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(schemas);
    }
}

/// What is flattened into a struct stands beside it: as a reference, which requires nothing, or as an object of its own.
fn require_nothing(schema: &mut RefOr<Schema>) {
    match schema {
        RefOr::T(Schema::Object(object)) => object.required.clear(),
        RefOr::T(Schema::AllOf(all)) => {
            all.description = None;
            all.items.iter_mut().for_each(require_nothing);
        }
        _ => {}
    }
}
