//! The OpenAPI document: made from the handlers, so that it cannot say what they do not do.

use std::collections::BTreeMap;

use hven_api::PREFIX;
use hven_app::sayings;
use utoipa::{
    Modify, OpenApi,
    openapi::extensions::Extensions,
    openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};
use utoipa_axum::router::OpenApiRouter;

use crate::routes;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Hven",
        description = "The native API. It only grows: a field may be added, none is taken away. Every POST takes an \
            `Idempotency-Key`; lists have `limit` (at most 1,000) and `cursor`; errors are \
            `{\"error\":{\"code\",\"message\",\"hint\"}}`."
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
        let session = ApiKey::Cookie(ApiKeyValue::new(hven_api::COOKIE));
        components.add_security_scheme("session", SecurityScheme::ApiKey(session));
    }
}

/// Lists the code and the English template of every sentence that an answer may hold.
struct Sentences;

impl Modify for Sentences {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let table: BTreeMap<_, _> = sayings::templates().map(|template| (template.code, template.text)).collect();
        let extensions = Extensions::builder().add("x-sentences", serde_json::json!(table)).build();
        document.extensions.get_or_insert_default().merge(extensions);
    }
}

/// The document as JSON, the same for the same code.
pub fn document() -> String {
    let described = OpenApiRouter::with_openapi(Document::openapi()).nest(PREFIX, routes::described());
    let document = described.into_openapi();
    // The document is plain data made by us: writing it cannot fail.
    document.to_pretty_json().unwrap_or_default() + "\n"
}
