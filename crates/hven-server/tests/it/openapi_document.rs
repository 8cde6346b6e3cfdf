//! The committed OpenAPI document is equal to the generated one.

use std::{env, fs, path::Path};

#[test]
fn the_committed_document_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let document = hven_server::document();
    if env::var_os("HVEN_UPDATE_GENERATED").is_some() {
        fs::write(&path, &document).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == document, "docs/openapi.json is out of date: run `make generated`");
}

#[test]
fn schemas_of_requests_have_no_other_fields() {
    let document: serde_json::Value = serde_json::from_str(&hven_server::document()).unwrap();
    let is_closed = |name: &str| {
        let schema = &document["components"]["schemas"][name];
        assert!(schema.is_object(), "{name}");
        schema["additionalProperties"] == false
    };
    for sent in ["SetMember", "NewToken", "NewUser", "SubmitRun", "LogMetrics"] {
        assert!(is_closed(sent), "{sent}");
    }
    // The answers of newer servers may have more fields.
    for answered in ["Member", "Token", "RunSummary", "FileRef"] {
        assert!(!is_closed(answered), "{answered}");
    }
}

#[test]
fn every_operation_answers_errors_and_has_a_tag() {
    let document: serde_json::Value = serde_json::from_str(&hven_server::document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() > 30, "{} paths", paths.len());
    for (path, operations) in paths {
        assert!(path.starts_with("/api/v1/"), "{path}");
        for (method, operation) in operations.as_object().unwrap() {
            assert!(operation["tags"].as_array().is_some_and(|tags| tags.len() == 1), "{method} {path}");
        }
    }
}
