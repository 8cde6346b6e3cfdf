//! Labels of runs: tags, notes and the archive, in lists, counts and pages, erased and rebuilt.

use std::collections::BTreeMap;

use hven_app::ports::{
    Record, Views,
    views::{Archived, ListFilter, ListQuery, RunName, RunQuery, RunView},
};
use hven_core::{
    ActorId, Fact,
    access::Scope,
    catalogue::Purpose,
    fact::PayloadErased,
    labels::{self, Noted, Tag, Tagged},
    run::{Outcome, State},
};
use hven_record::Home;

use crate::{
    facts::{batch, finished, run_id, started, submitted, time},
    world::{Add, World, assert_sound, assert_views_follow_facts, wait},
};

fn tagged(n: u64, added: &[&str], removed: &[&str]) -> Fact {
    let tags = |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect();
    Tagged { run: run_id(n), added: tags(added), removed: tags(removed) }.into()
}

fn noted(n: u64, text: &str) -> Fact {
    Noted { run: run_id(n), text: text.to_owned() }.into()
}

fn archived(n: u64, archived: bool) -> Fact {
    labels::Archived { run: run_id(n), archived }.into()
}

async fn run(home: &Home, n: u64) -> RunView {
    home.runs_named(&RunName::Id(run_id(n))).await.unwrap().pop().unwrap()
}

fn names(run: &RunView) -> Vec<&str> {
    run.tags.iter().map(Tag::as_str).collect()
}

/// The numbers of the handles in a list.
async fn listed(home: &Home, query: RunQuery) -> Vec<u64> {
    let query = RunQuery { scopes: vec![Scope::Home], limit: 10, ..query };
    home.runs(&query).await.unwrap().items.iter().map(|run| run.handle.count).collect()
}

async fn ended(home: &Home, n: u64) {
    home.add(batch([Fact::from(submitted(n)), started(n, 1).into(), finished(n, Outcome::Done).into()])).await.unwrap();
}

pub fn tags_and_notes_do_not_change_the_run(world: &World) {
    let home = world.open();
    wait(async {
        // Together with the submission, in one batch.
        home.add(batch([Fact::from(submitted(0)), tagged(0, &["night", "行星/1"], &[])])).await.unwrap();
        ended(&home, 1).await;
        let before = run(&home, 1).await;
        assert_eq!((names(&before), &before.note, before.archived), (vec![], &None, false));
        home.add(batch([tagged(1, &["good", "paper-2", "bad"], &[]), noted(1, "first")])).await.unwrap();
        home.add(batch([tagged(1, &["better"], &["bad", "absent"]), noted(1, "second\nline")])).await.unwrap();
        let after = run(&home, 1).await;
        assert_eq!(names(&after), ["better", "good", "paper-2"]);
        let note = after.note.clone().unwrap();
        let content = (note.text.as_deref(), note.by, note.time);
        assert_eq!(content, (Some("second\nline"), ActorId::from_u128(77), time(0)));
        assert_eq!(RunView { tags: before.tags.clone(), note: None, ..after }, before, "nothing else has changed");
        home.add(batch([noted(1, "")])).await.unwrap();
        assert_eq!(run(&home, 1).await.note, None);

        let with = |tags: &[&str]| {
            let tags = tags.iter().map(|name| name.parse().unwrap()).collect();
            listed(&home, RunQuery { tags, ..RunQuery::default() })
        };
        assert_eq!(with(&[]).await, [1, 0]);
        assert_eq!(with(&["good"]).await, [1]);
        assert_eq!(with(&["good", "paper-2"]).await, [1]);
        assert_eq!(with(&["good", "night"]).await, [0; 0]);
        assert_eq!(with(&["行星/1"]).await, [0]);
        assert_eq!(with(&["GOOD"]).await, [0; 0]);
        let page = home.runs(&RunQuery { scopes: vec![Scope::Home], limit: 1, ..RunQuery::default() }).await.unwrap();
        assert_eq!(page.items[0].tags, run(&home, 1).await.tags);
    });
    assert_sound(&home);
    assert_views_follow_facts(&home);
    home.close().unwrap();
    let home = world.open();
    assert_eq!(names(&wait(run(&home, 0))), ["night", "行星/1"]);
    home.close().unwrap();
}

pub fn tags_are_listed_with_their_runs(world: &World) {
    let home = world.open();
    wait(async {
        for n in 0..3 {
            ended(&home, n).await;
            home.add(batch([tagged(n, &["all", &format!("t{n}")], &[])])).await.unwrap();
        }
        let mut own = submitted(3);
        own.purpose = Some(Purpose::Again { of: run_id(0), tolerances: Default::default(), surroundings: Vec::new() });
        own.project = "bio".parse().unwrap();
        home.add(batch([Fact::from(own), tagged(3, &["all", "own"], &[]), archived(2, true)])).await.unwrap();
        let page = async |scopes: Vec<Scope>, project: Option<&str>, cursor: Option<String>, limit: usize| {
            let project = project.map(|path| path.parse().unwrap());
            let filter = ListFilter { project, words: Vec::new(), cursor, limit };
            let page = home.tags(&ListQuery { scopes, filter }).await.unwrap();
            let items: Vec<_> = page.items.into_iter().map(|found| (found.tag.to_string(), found.runs)).collect();
            (items, page.next)
        };
        let owned = |tags: &[(&str, u64)]| tags.iter().map(|(tag, n)| ((*tag).to_owned(), *n)).collect::<Vec<_>>();
        let all = owned(&[("all", 2), ("own", 0), ("t0", 1), ("t1", 1), ("t2", 0)]);
        assert_eq!(page(vec![Scope::Home], None, None, 9).await, (all.clone(), None));
        let bio = Scope::Project("bio".parse().unwrap());
        assert_eq!(page(vec![bio], None, None, 9).await, (owned(&[("all", 0), ("own", 0)]), None));
        assert_eq!(page(vec![], None, None, 9).await, (vec![], None));
        let (astro, next) = page(vec![Scope::Home], Some("astro"), None, 9).await;
        assert_eq!((astro.len(), next), (4, None));
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let (items, next) = page(vec![Scope::Home], None, cursor, 2).await;
            seen.extend(items);
            cursor = next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, all);
        let filter = ListFilter { cursor: Some("a b".to_owned()), limit: 1, ..ListFilter::default() };
        assert!(home.tags(&ListQuery { scopes: vec![Scope::Home], filter }).await.is_err(), "no cursor of ours");
    });
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

pub fn archived_runs_are_not_listed_and_not_counted(world: &World) {
    let home = world.open();
    wait(async {
        for n in 0..3 {
            ended(&home, n).await;
        }
        home.add(batch([submitted(3)])).await.unwrap();
        let counts = async || home.run_counts(&[Scope::Home]).await.unwrap();
        let are = |waiting: u64, done: u64| {
            let counts = [(State::Waiting, waiting), (State::Done, done)];
            counts.into_iter().filter(|(_, count)| *count > 0).collect::<BTreeMap<_, _>>()
        };
        assert_eq!(counts().await, are(1, 3));
        home.add(batch([archived(0, true), archived(2, true)])).await.unwrap();
        home.add(batch([archived(2, true)])).await.unwrap();
        assert_eq!(counts().await, are(1, 1));
        let lists = async |archived| listed(&home, RunQuery { archived, ..RunQuery::default() }).await;
        assert_eq!(lists(Archived::Without).await, [3, 1]);
        assert_eq!(lists(Archived::With).await, [3, 2, 1, 0]);
        assert_eq!(lists(Archived::Only).await, [2, 0]);
        assert!(run(&home, 2).await.archived && !run(&home, 1).await.archived);
        // A query by name, by bytes or by handle still finds the run.
        assert_eq!(home.runs_named(&RunName::Handle(submitted(2).handle)).await.unwrap().len(), 1);
        home.add(batch([archived(2, false)])).await.unwrap();
        assert_eq!((counts().await, lists(Archived::Without).await), (are(1, 2), vec![3, 2, 1]));
        // A record from another program may archive an unfinished run: it counts again, in its current state, after that ends.
        home.add(batch([archived(3, true)])).await.unwrap();
        assert_eq!(counts().await, are(0, 2));
        home.add(batch([Fact::from(started(3, 1)), finished(3, Outcome::Done).into()])).await.unwrap();
        assert_eq!((counts().await, home.runs_named(&RunName::Last).await.unwrap()[0].id), (are(0, 2), run_id(3)));
        home.add(batch([archived(3, false)])).await.unwrap();
        assert_eq!(counts().await, are(0, 3));
        // All in one batch.
        home.add(batch([
            Fact::from(submitted(4)),
            started(4, 1).into(),
            finished(4, Outcome::Done).into(),
            archived(4, true),
        ]))
        .await
        .unwrap();
        assert_eq!((counts().await, run(&home, 4).await.archived), (are(0, 3), true));
    });
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

pub fn an_erased_note_is_shown_as_erased(world: &World) {
    let home = world.open();
    wait(async {
        ended(&home, 0).await;
        home.add(batch([archived(0, true), tagged(0, &["good"], &[])])).await.unwrap();
        let note = home.add(batch([noted(0, "ask Tycho about it")])).await.unwrap().facts[0].header.seq;
        let tags = home.add(batch([tagged(0, &["tycho"], &[])])).await.unwrap().facts[0].header.seq;
        let erased = |seq| PayloadErased::new(seq, "a name");
        Record::erase(&home, &[note, tags], batch([erased(note), erased(tags)])).await.unwrap();
        let after = run(&home, 0).await;
        assert_eq!(
            after.note.as_ref().map(|note| (note.text.as_deref(), note.by)),
            Some((None, ActorId::from_u128(77)))
        );
        assert_eq!((names(&after), after.archived), (vec!["good"], true));
        assert_eq!(home.run_counts(&[Scope::Home]).await.unwrap(), BTreeMap::new());
        home.add(batch([noted(0, "a new one")])).await.unwrap();
        assert_eq!(run(&home, 0).await.note.unwrap().text.as_deref(), Some("a new one"));
    });
    assert_sound(&home);
    assert_views_follow_facts(&home);
    home.close().unwrap();
}
