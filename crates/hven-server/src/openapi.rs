//! The OpenAPI document. It is generated from the handlers, so it describes exactly what they do.

use std::collections::{BTreeMap, BTreeSet};

use hven_api::{COOKIE_BEGINNING, PREFIX};
use hven_app::describe_fact;
use serde_json::Value;
use utoipa::{
    Modify, OpenApi,
    openapi::RefOr,
    openapi::extensions::Extensions,
    openapi::schema::{AdditionalProperties, Schema},
    openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};
use utoipa_axum::router::OpenApiRouter;

use crate::routes;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Hven",
        description = "The native API. It only grows: new versions add fields and remove none. The server refuses unknown \
                fields and parameters. Every POST takes an `Idempotency-Key`; lists have `limit` (at most 1,000) and \
            `cursor`; errors are `{\"error\":{\"code\",\"message\",\"hint\"}}`."
    ),
    modifiers(&Security, &Sentences),
    security(("token" = []), ("session" = [])),
    components(schemas(
        hven_api::error::ErrorBody,
        hven_api::facts::Grown,
        hven_api::logs::LogEnd,
        hven_api::metrics::MetricValue
    ))
)]
struct Document;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("token", SecurityScheme::Http(token));
        let name = format!("{COOKIE_BEGINNING}HOME");
        let what = "Its name ends with the last eight digits of the home's id, which `GET /server` gives.".to_owned();
        let session = ApiKey::Cookie(ApiKeyValue::with_description(name, what));
        components.add_security_scheme("session", SecurityScheme::ApiKey(session));
    }
}

/// Lists the code and the English template of every sentence that an answer may contain.
struct Sentences;

impl Modify for Sentences {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let table: BTreeMap<_, _> = describe_fact::templates().map(|template| (template.code, template.text)).collect();
        let extensions = Extensions::builder().add("x-sentences", serde_json::json!(table)).build();
        document.extensions.get_or_insert_default().merge(extensions);
    }
}

/// The document as JSON. The same code always gives the same bytes.
pub fn document() -> String {
    let described = OpenApiRouter::with_openapi(Document::openapi()).nest(PREFIX, routes::described());
    let mut document = described.into_openapi();
    close_requests(&mut document);
    // The document contains only data of this program, so writing it cannot fail.
    document.to_pretty_json().unwrap_or_default() + "\n"
}

/// Forbids further fields in each structure that occurs only in requests. A structure of an answer may have more fields
/// in a newer version, and clients must still read it.
fn close_requests(document: &mut utoipa::openapi::OpenApi) {
    let Ok(shown) = serde_json::to_value(&*document) else { return };
    let mut sent = named_below(&shown, "requestBody");
    // Runners of other versions send this one.
    sent.remove("AskProof");
    let answered = named_below(&shown, "responses");
    let components = document.components.get_or_insert_default();
    for name in sent.difference(&answered) {
        if let Some(RefOr::T(Schema::Object(object))) = components.schemas.get_mut(name)
            && object.additional_properties.is_none()
        {
            object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
        }
    }
}

/// The names of all schemas that one part of the operations uses, directly or through other schemas.
fn named_below(document: &Value, part: &str) -> BTreeSet<String> {
    let paths = document["paths"].as_object().into_iter().flat_map(|paths| paths.values());
    let operations = paths.filter_map(Value::as_object).flat_map(|path| path.values());
    let mut waiting = Vec::new();
    operations.for_each(|operation| note_references(&operation[part], &mut waiting));
    let mut named = BTreeSet::new();
    while let Some(name) = waiting.pop() {
        if named.insert(name.clone()) {
            note_references(&document["components"]["schemas"][&name], &mut waiting);
        }
    }
    named
}

fn note_references(value: &Value, noted: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(name) = fields.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next()) {
                noted.push(name.to_owned());
            }
            fields.values().for_each(|value| note_references(value, noted));
        }
        Value::Array(items) => items.iter().for_each(|item| note_references(item, noted)),
        _ => {}
    }
}
