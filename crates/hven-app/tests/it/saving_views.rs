//! Saved views: who sees and changes them, and what a project keeps.

use hven_app::{
    AppError, AppResult, Caller,
    ports::{Record, record::FactQuery},
    saved_views::{self, NewView, SavedView, ViewName, ViewPage},
};
use hven_core::{access::Role, params::Params};
use serde_json::json;

use crate::{
    events::command,
    world::{KEPLER, World, ada, ben, project},
};

fn name(text: &str) -> ViewName {
    ViewName::parse(text).unwrap_or_else(|| panic!("{text} is a name"))
}

fn new(of: &str, state: serde_json::Value) -> NewView {
    let state: Params = serde_json::from_value(state).unwrap();
    NewView { name: name(of), page: ViewPage::Runs, state, replaces: false }
}

async fn save(world: &World, caller: &Caller, view: NewView) -> AppResult<SavedView> {
    saved_views::save(&world.app, caller, view).await.map(|saved| saved.of)
}

async fn listed(world: &World, caller: &Caller) -> Vec<String> {
    let page = saved_views::list(&world.app, caller, None, None, None, 100).await.unwrap().of;
    page.items.iter().map(|view| view.name.to_string()).collect()
}

async fn facts(world: &World) -> usize {
    let query = FactQuery { limit: 1000, ..FactQuery::default() };
    let all = world.home.facts(query).await.unwrap();
    all.iter().filter(|fact| fact.header.kind.starts_with("document.")).count()
}

#[tokio::test]
async fn members_change_the_views_of_their_project_and_viewers_see_them() {
    let world = World::new().await;
    world.ran("true", &[], &[]).await;
    let best = format!("{KEPLER}:best");
    let member = ben(Role::Member, KEPLER);
    save(&world, &member, new(&best, json!({ "where": "loss < 1" }))).await.unwrap();
    assert_eq!(listed(&world, &ben(Role::Viewer, "astro")).await, std::slice::from_ref(&best));
    assert_eq!(listed(&world, &ben(Role::Owner, "other")).await, Vec::<String>::new());
    for caller in [ben(Role::Viewer, KEPLER), ben(Role::Owner, "other")] {
        assert!(save(&world, &caller, new(&best, json!({}))).await.is_err());
        assert!(saved_views::remove(&world.app, &caller, &best).await.is_err());
        assert!(saved_views::rename(&world.app, &caller, &best, name(&format!("{KEPLER}:x"))).await.is_err());
    }
    // A member takes it to no project in which it has no role.
    let away = saved_views::rename(&world.app, &member, &best, name("other:best")).await;
    assert!(matches!(away, Err(AppError::NotFound { .. } | AppError::Denied)), "{away:?}");
    let renamed = saved_views::rename(&world.app, &ada(), &best, name("other:best")).await.unwrap().of;
    assert_eq!((renamed.name.project, renamed.by), (project("other"), ada().actor()));
    assert_eq!(listed(&world, &member).await, Vec::<String>::new());
    saved_views::remove(&world.app, &ada(), "other:best").await.unwrap();
    assert!(matches!(saved_views::view(&world.app, &ada(), "other:best").await, Err(AppError::NotFound { .. })));
}

#[tokio::test]
async fn the_same_view_again_is_not_recorded_and_another_needs_a_wish() {
    let world = World::new().await;
    let view = || new("home:best", json!({ "sort": "-acc" }));
    save(&world, &ada(), view()).await.unwrap();
    let before = facts(&world).await;
    save(&world, &ada(), view()).await.unwrap();
    assert_eq!(facts(&world).await, before);
    let other = || new("home:best", json!({ "sort": "loss" }));
    assert!(matches!(save(&world, &ada(), other()).await, Err(AppError::Conflict(_))));
    let replaced = save(&world, &ada(), NewView { replaces: true, ..other() }).await.unwrap();
    assert_eq!(replaced.state["sort"], "loss");
    assert_eq!(facts(&world).await, before + 1);
    // Two at once: one of them is refused.
    let caller = ada();
    let (a, b) = tokio::join!(
        save(&world, &caller, new("home:twice", json!({ "q": "a" }))),
        save(&world, &caller, new("home:twice", json!({ "q": "b" })))
    );
    assert_eq!(usize::from(a.is_ok()) + usize::from(b.is_ok()), 1, "{a:?} {b:?}");
}

#[tokio::test]
async fn views_survive_the_deletion_of_the_runs_that_they_show() {
    let world = World::new().await;
    let run = world.ran("true", &[], &[]).await;
    let pinned = world.view(run).await.handle.to_string();
    save(&world, &ada(), new(&format!("{KEPLER}:pinned"), json!({ "pins": pinned }))).await.unwrap();
    hven_app::delete_runs::delete(&world.app, &ada(), &[run.to_string()], "x", false).await.unwrap();
    assert_eq!(listed(&world, &ada()).await, [format!("{KEPLER}:pinned")]);
    world.submit(command("true", Vec::new(), &[])).await;
}
