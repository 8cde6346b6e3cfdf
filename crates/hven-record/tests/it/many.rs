//! A request for many things returns the same as requests for each of them, with a fixed number of statements.

use hven_app::ports::{
    Catalogue, Claims, Lineages, Publications, Series, Views,
    views::{FileUse, RunName, RunQuery},
};
use hven_core::{
    AttemptId, ClaimId, DatasetId, Digest, Fact, PublicationId, RunId, UserId,
    access::{Role, RoleGranted, Scope},
    additions::ParamsAdded,
    labels::{Noted, Tagged},
    object::FileKind,
    params::Origin,
    run::{Number, Outcome, ParamsLogged},
    set_aside::{Aside, MessageSetAside},
    soundness::NodeId,
    stream::{Point, Stream},
    user,
};
use hven_record::Home;
use serde_json::json;

use crate::{
    facts::{batch, file, finished, process_started, run_id, started, submitted, time},
    lineage::{claim_id, dataset_id, retracted, study},
    publications::{made, publication_id},
    world::{Add, World, wait},
};

const NOBODY: u128 = 5;

fn user_id(n: u64) -> UserId {
    UserId::from_u128(0x0194_0000_0000_7000_8000_0000_0000_0000 + u128::from(n))
}

/// A run with data in its row, in its facts, and in every other table.
fn facts_of_run(n: u64) -> Vec<Fact> {
    let run = run_id(n);
    let attempt = AttemptId { run, number: 1 };
    let params = |name: &str| [(name.to_owned(), json!(n))].into();
    vec![
        submitted(n).into(),
        started(n, 1).into(),
        process_started(n, 1).into(),
        ParamsLogged { run, of: Origin::Attempt(1), params: params("noted") }.into(),
        finished(n, Outcome::Done).into(),
        // The first versions recorded additions of users in this way.
        ParamsLogged { run, of: Origin::NotKnown, params: params("late") }.into(),
        ParamsAdded { run, params: params("later"), original: None }.into(),
        Tagged { run, added: ["good".parse().unwrap()].into(), removed: Default::default() }.into(),
        Noted { run, text: format!("note {n}") }.into(),
        MessageSetAside { attempt, message: Aside::new("a line".to_owned(), "is none".to_owned(), b"x") }.into(),
    ]
}

pub fn a_request_for_many_returns_each_of_them(world: &World) {
    let home = world.open();
    wait(async {
        home.add(batch(study())).await.unwrap();
        home.add(batch([made(0, 1, &[2]), made(1, 2, &[2]), retracted(run_id(0))])).await.unwrap();
        for n in 10..13 {
            home.add(batch(facts_of_run(n))).await.unwrap();
            let name = format!("Person {n}");
            let role =
                RoleGranted { project: Scope::Home, user: user_id(n), role: Role::Viewer, may_run_as_server: false };
            let facts: [Fact; 2] = [user::Added { user: user_id(n), name, email: None }.into(), role.into()];
            home.add(batch(facts)).await.unwrap();
        }
        runs_are(&home).await;
        files_are(&home).await;
        nouns_are(&home).await;
        lineages_are(&home).await;
        metrics_are(&home).await;
    });
}

async fn files_are(home: &Home) {
    let shared = file("in.csv", "shared");
    for n in 30..33 {
        let mut asked = submitted(n);
        asked.spec.inputs = vec![shared.clone(), file("own.csv", &format!("own {n}"))];
        let mut end = finished(n, Outcome::Done);
        end.result.outputs = vec![file("out.csv", &format!("out {n}")), file("same.csv", "made by each")];
        home.add(batch([Fact::from(asked), started(n, 1).into(), end.into()])).await.unwrap();
    }
    let digest = |content: &str| Digest::of(content.as_bytes());
    let made: Vec<Digest> = ["made by each", "out 31", "nobody's", "out 30"].map(digest).to_vec();
    let read: Vec<Digest> = ["own 32", "shared", "nobody's"].map(digest).to_vec();
    let before = home.statements();
    let (makers, users) = (home.makers(&made, 2).await.unwrap(), home.users_of(&read, 2).await.unwrap());
    assert_eq!(home.statements() - before, 2, "one for all that made them, and one for all that read them");
    let runs = |uses: &[FileUse], of: &str| -> Vec<RunId> {
        uses.iter().filter(|one| one.file.digest == digest(of)).map(|one| one.run).collect()
    };
    assert_eq!(runs(&makers, "made by each"), [32, 31].map(run_id), "the newest first");
    assert_eq!((runs(&makers, "out 30"), runs(&makers, "out 31")), (vec![run_id(30)], vec![run_id(31)]));
    assert_eq!((runs(&users, "shared"), runs(&users, "own 32")), ([30, 31].map(run_id).to_vec(), vec![run_id(32)]));
    assert_eq!((makers.len(), users.len()), (4, 3));
    assert_eq!(users.iter().find(|one| one.run == run_id(30)).unwrap().file, shared);

    let mut objects: Vec<(Digest, FileKind)> = made.iter().map(|digest| (*digest, FileKind::File)).collect();
    objects.push((digest("shared"), FileKind::Folder));
    let before = home.statements();
    let seen = home.used_within(&objects, &[Scope::Project("astro".parse().unwrap())]).await.unwrap();
    assert_eq!(home.statements() - before, 2, "one for files and one for folders");
    let expected = ["made by each", "out 31", "out 30"].map(|content| (digest(content), FileKind::File));
    assert_eq!(seen, expected.into(), "what is a file is no folder");
    let elsewhere = home.used_within(&objects, &[Scope::Project("bio".parse().unwrap())]).await.unwrap();
    assert!(elsewhere.is_empty());
}

async fn runs_are(home: &Home) {
    let ids: Vec<RunId> = [11, 2, 10, 0, 12].map(run_id).into_iter().chain([RunId::from_u128(NOBODY)]).collect();
    let many = home.runs_by_id(&ids).await.unwrap();
    assert_eq!(many.iter().map(|run| run.id).collect::<Vec<_>>(), [0, 2, 10, 11, 12].map(run_id));
    for run in &many {
        let one = home.runs_named(&RunName::Id(run.id)).await.unwrap();
        assert_eq!(one.as_slice(), std::slice::from_ref(run));
    }
    let last = many.last().unwrap();
    assert_eq!((last.added.len(), last.set_aside.len(), last.tags.len()), (2, 1, 1), "{last:?}");
    assert_eq!(last.note.as_ref().and_then(|note| note.text.as_deref()), Some("note 12"));
    let mut names = home.run_names(&ids).await.unwrap();
    names.sort_by_key(|run| run.id);
    let wanted: Vec<_> = many.iter().map(|run| (run.id, run.handle, run.project.clone())).collect();
    assert_eq!(names.into_iter().map(|run| (run.id, run.handle, run.project)).collect::<Vec<_>>(), wanted);

    let query = RunQuery { scopes: vec![Scope::Home], limit: 10, ..RunQuery::default() };
    let rows = home.runs(&query).await.unwrap().items;
    for row in rows {
        let run = home.runs_by_id(&[row.id]).await.unwrap().pop().unwrap();
        assert_eq!((row.params, row.tags, row.added), (run.params, run.tags, run.added));
        assert_eq!((row.added_total, row.set_aside), (run_added(&run.id), run.set_aside.len() as u64));
    }
}

/// The number of additions to a run of this test.
fn run_added(run: &RunId) -> u64 {
    if *run >= run_id(10) { 2 } else { 0 }
}

async fn nouns_are(home: &Home) {
    let users: Vec<UserId> = [12, 10, 99].map(user_id).to_vec();
    let many = home.users_by_id(&users).await.unwrap();
    assert_eq!(many.iter().map(|user| user.id).collect::<Vec<_>>(), [10, 12].map(user_id));
    assert_eq!(home.user(user_id(12)).await.unwrap().as_ref(), many.last());
    let roles = home.all_roles().await.unwrap();
    assert_eq!(roles.len(), 3);
    for (user, grant) in roles {
        assert_eq!(home.roles(user).await.unwrap(), [grant]);
    }

    let datasets = home.datasets_by_id(&[dataset_id(0), DatasetId::from_u128(NOBODY)]).await.unwrap();
    assert_eq!(datasets, [home.dataset(dataset_id(0)).await.unwrap().unwrap()]);
    let claims = home.claims_by_id(&[claim_id(0), ClaimId::from_u128(NOBODY)]).await.unwrap();
    assert_eq!(claims, [home.claim(claim_id(0)).await.unwrap().unwrap()]);
    assert!(claims[0].judgement.is_some());
    let ids = [publication_id(1), publication_id(0), PublicationId::from_u128(NOBODY)];
    let publications = home.publications_by_id(&ids).await.unwrap();
    assert_eq!(publications.iter().map(|one| one.newest).collect::<Vec<_>>(), [false, true]);

    // Only the requested step in its project is returned.
    let run = home.runs_by_id(&[run_id(10)]).await.unwrap().pop().unwrap();
    let name = "law".parse().unwrap();
    let again = hven_core::run::Submitted { name: Some("law".to_owned()), ..submitted(20) };
    let law: [Fact; 3] = [again.into(), started(20, 1).into(), finished(20, Outcome::Done).into()];
    home.add(batch(law)).await.unwrap();
    let elsewhere = "bio".parse().unwrap();
    let steps = [(run.project.clone(), name), (elsewhere, "law".parse().unwrap())];
    let done = home.steps_done(&steps).await.unwrap();
    assert_eq!(
        done.iter().map(|done| (done.run.id, &done.run.project)).collect::<Vec<_>>(),
        [(run_id(20), &run.project)]
    );
    assert_eq!(home.steps_done(&steps[..1]).await.unwrap(), done);
}

async fn lineages_are(home: &Home) {
    let nodes: Vec<NodeId> =
        vec![run_id(0).into(), claim_id(0).into(), run_id(12).into(), RunId::from_u128(NOBODY).into()];
    let causes = home.causes(&nodes).await.unwrap();
    for (node, cause) in nodes.iter().zip(&causes) {
        assert_eq!(home.cause(*node).await.unwrap(), *cause);
    }
    assert!(causes[1].len() > 1 && causes[2].is_empty() && causes[3].is_empty(), "{causes:?}");
    let retractions = home.retractions(&nodes).await.unwrap();
    assert_eq!(retractions, [home.retraction(run_id(0).into()).await.unwrap().unwrap()]);
    let soundness = home.soundness(&nodes).await.unwrap();
    for (node, one) in nodes.iter().zip(soundness) {
        assert_eq!(home.soundness(&[*node]).await.unwrap(), [one]);
    }
}

/// Attempts with points that are sealed, live, both, or neither.
async fn metrics_are(home: &Home) {
    let attempt = |n| AttemptId { run: run_id(n), number: 1 };
    let line = |step| {
        let point = Point { key: "loss".to_owned(), value: Number(0.5), step, time_us: time(step).micros() };
        serde_json::to_vec(&point).unwrap().into_iter().chain(*b"\n").collect::<Vec<u8>>()
    };
    for n in [10, 11] {
        home.add_bytes(attempt(n), Stream::Metrics, None, &line(1)).await.unwrap();
    }
    assert_eq!(home.seal_all(attempt(10)).await + home.seal_all(attempt(11)).await, 2);
    for n in [11, 12] {
        home.add_bytes(attempt(n), Stream::Metrics, None, &line(2)).await.unwrap();
        home.add_bytes(attempt(n), Stream::MetricsApi, None, &line(3)).await.unwrap();
    }
    let attempts = [10, 11, 12, 2].map(attempt);
    let many = home.summaries_of(&attempts).await.unwrap();
    assert_eq!(many.len(), 3);
    for attempt in attempts {
        let one = home.summaries(attempt).await.unwrap();
        assert_eq!(many.get(&attempt).cloned().unwrap_or_default(), one);
    }
    assert_eq!(many[&attempt(11)][0].points, 3);
    let before = home.statements();
    home.summaries_of(&attempts).await.unwrap();
    assert_eq!(home.statements() - before, 1);
}
