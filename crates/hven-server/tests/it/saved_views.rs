//! Saved views: who may see and change them, their names, and the facts about them.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::test_home::TestHome;

fn best(project: &str, state: &Value) -> Value {
    json!({ "project": project, "name": "Best runs", "page": "runs", "state": state })
}

async fn save(home: &TestHome, token: &str, wanted: Value) -> (StatusCode, Value) {
    home.call(token, "POST", "/views", wanted).await
}

async fn listed(home: &TestHome, token: &str, query: &str) -> Vec<String> {
    let (status, list) = home.get(token, &format!("/views{query}")).await;
    assert_eq!(status, StatusCode::OK, "{list}");
    list["items"].as_array().unwrap().iter().map(|view| view["id"].as_str().unwrap().to_owned()).collect()
}

async fn sentences(home: &TestHome) -> Vec<String> {
    let mut all = Vec::new();
    for kind in ["document.kept", "document.removed"] {
        let (_, facts) = home.get(&home.owner, &format!("/facts?kind={kind}")).await;
        all.extend(facts["items"].as_array().unwrap().iter().map(|fact| fact["text"].as_str().unwrap().to_owned()));
    }
    all
}

#[tokio::test]
async fn a_view_is_saved_overwritten_renamed_and_removed() {
    let home = TestHome::new().await;
    home.submit(&home.owner, "astro/planets").await;
    let state =
        json!({ "where": "loss < 1", "cols": "handle,metrics.loss", "hide": ["A"], "logx": true, "smooth": 0.5 });
    let (status, saved) = save(&home, &home.owner, best("astro/planets", &state)).await;
    assert_eq!(status, StatusCode::CREATED, "{saved}");
    assert_eq!(saved["id"], "astro/planets:Best runs");
    assert_eq!((&saved["state"], &saved["saved_by"]["name"]), (&state, &json!("Tycho")));
    let path = "/views/astro%2Fplanets:Best%20runs";
    assert_eq!(home.get(&home.owner, path).await, (StatusCode::OK, saved.clone()));
    // The same again is not recorded; another state needs the wish to overwrite.
    assert_eq!(save(&home, &home.owner, best("astro/planets", &state)).await, (StatusCode::CREATED, saved));
    let (status, refused) = save(&home, &home.owner, best("astro/planets", &json!({}))).await;
    assert_eq!((status, &refused["error"]["code"]), (StatusCode::CONFLICT, &json!("conflict")), "{refused}");
    let mut again = best("astro/planets", &json!({ "q": "fit" }));
    again["replace"] = json!(true);
    assert_eq!(save(&home, &home.owner, again).await.1["state"], json!({ "q": "fit" }));
    save(&home, &home.owner, best("astro", &json!({}))).await;
    let (_, compared) =
        save(&home, &home.owner, json!({ "project": "bio", "name": "a", "page": "compare", "state": {} })).await;
    assert_eq!(compared["id"], "bio:a");
    assert_eq!(listed(&home, &home.owner, "").await, ["astro/planets:Best runs", "astro:Best runs", "bio:a"]);
    assert_eq!(listed(&home, &home.owner, "?project=astro").await, ["astro/planets:Best runs", "astro:Best runs"]);
    assert_eq!(listed(&home, &home.owner, "?page=compare").await, ["bio:a"]);
    let (_, first) = home.get(&home.owner, "/views?limit=2").await;
    assert_eq!(listed(&home, &home.owner, &format!("?cursor={}", "astro:Best%20runs")).await, ["bio:a"]);
    assert_eq!(first["next"], "astro:Best runs");

    let rename = |name: &str| json!({ "name": name });
    let (status, renamed) = home.call(&home.owner, "POST", &format!("{path}/name"), rename("Good runs")).await;
    assert_eq!(status, StatusCode::OK, "{renamed}");
    assert_eq!((&renamed["id"], &renamed["state"]), (&json!("astro/planets:Good runs"), &json!({ "q": "fit" })));
    assert_eq!(home.get(&home.owner, path).await.0, StatusCode::NOT_FOUND);
    let taken = json!({ "project": "astro", "name": "Best runs" });
    let (status, _) = home.call(&home.owner, "POST", "/views/bio:a/name", taken).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let (status, _) = home.call(&home.owner, "DELETE", "/views/bio:a", Value::Null).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(listed(&home, &home.owner, "").await, ["astro/planets:Good runs", "astro:Best runs"]);
    let mut told = sentences(&home).await;
    told.sort();
    assert_eq!(
        told,
        [
            "the view astro/planets:Best runs was removed",
            "the view astro/planets:Best runs was saved",
            "the view astro/planets:Best runs was saved",
            "the view astro/planets:Good runs was saved",
            "the view astro:Best runs was saved",
            "the view bio:a was removed",
            "the view bio:a was saved",
        ]
    );
}

#[tokio::test]
async fn viewers_of_a_project_see_its_views_and_only_members_change_them() {
    let home = TestHome::new().await;
    home.submit(&home.owner, "astro").await;
    let member = home.user("Mira", Some("astro"), "member").await;
    let viewer = home.user("Sophie", Some("astro"), "viewer").await;
    let stranger = home.user("Ursus", Some("bio"), "owner").await;
    let (_, saved) = save(&home, &member, best("astro", &json!({ "q": "x" }))).await;
    assert_eq!(saved["saved_by"]["name"], "Mira");
    let path = "/views/astro:Best%20runs";
    assert_eq!(home.get(&viewer, path).await, (StatusCode::OK, saved.clone()));
    assert_eq!(listed(&home, &stranger, "").await, Vec::<String>::new());
    for (token, refusal) in [(&viewer, StatusCode::FORBIDDEN), (&stranger, StatusCode::NOT_FOUND)] {
        let mut other = best("astro", &json!({}));
        other["replace"] = json!(true);
        assert_eq!(save(&home, token, other).await.0, refusal);
        let rename = json!({ "name": "x" });
        assert_eq!(home.call(token, "POST", &format!("{path}/name"), rename).await.0, refusal);
        assert_eq!(home.call(token, "DELETE", path, Value::Null).await.0, refusal);
    }
    // A member takes it to no project of others.
    let (status, _) =
        home.call(&member, "POST", &format!("{path}/name"), json!({ "name": "x", "project": "bio" })).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(home.get(&home.owner, path).await.1, saved);
}

#[tokio::test]
async fn names_and_states_that_cannot_be_kept_are_refused() {
    let home = TestHome::new().await;
    let view =
        |name: &str, page: &str, state: Value| json!({ "project": "p", "name": name, "page": page, "state": state });
    for wrong in [
        view("", "runs", json!({})),
        view(" a", "runs", json!({})),
        view("a\nb", "runs", json!({})),
        view(&"a".repeat(121), "runs", json!({})),
        view("a", "laws", json!({})),
        view("a", "runs", json!({ "where": {} })),
        view("a", "runs", json!({ "where": null })),
        view("a", "runs", json!({ "where": "x".repeat(1 << 17) })),
    ] {
        let (status, answer) = save(&home, &home.owner, wrong.clone()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}: {answer}");
    }
    assert_eq!(listed(&home, &home.owner, "").await, Vec::<String>::new());
}
