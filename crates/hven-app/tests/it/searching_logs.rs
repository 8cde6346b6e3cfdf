//! The search in the logs of all runs: what it finds, in which order, and how it goes on.

use std::time::Duration;

use hven_app::{
    AppError, AppResult, Caller, delete_runs,
    logs::{FoundInLogs, FoundLine, LogsQuery, PatternText, SearchBudget, search_all},
    ports::{Series, series::StreamPiece},
    submit::RunRequest,
};
use hven_core::{
    AttemptId, RunId, Time,
    access::Role,
    run::Outcome,
    stream::{Frame, Source, Stream},
};

use crate::{
    events::command,
    world::{KEPLER, World, ada, ben, project},
};

/// A run of a project that printed these lines and has ended.
async fn printed(world: &World, of: &str, lines: &[&str]) -> RunId {
    let run = world.submit(RunRequest { project: project(of), ..command("python3 a.py", Vec::new(), &[]) }).await;
    prints(world, run, lines).await;
    world.ends(run, Outcome::Done, Vec::new()).await;
    run
}

async fn prints(world: &World, run: RunId, lines: &[&str]) {
    let mut log = Vec::new();
    for line in lines {
        let bytes = format!("{line}\n");
        Frame { source: Source::Stdout, time: Time::from_micros(1), bytes: bytes.as_bytes() }.write(&mut log);
    }
    let attempt = AttemptId { run, number: 1 };
    let piece = StreamPiece { attempt, stream: Stream::Log, offset: None, bytes: log.into() };
    Series::append(&*world.home, vec![piece]).await.unwrap();
}

fn wanted(text: &str) -> LogsQuery<'_> {
    LogsQuery {
        pattern: PatternText::Text(text),
        project: None,
        condition: None,
        context: 0,
        matches_max: 100,
        cursor: None,
        budget: SearchBudget { time: Duration::from_mins(1), bytes: u64::MAX },
    }
}

async fn search(world: &World, caller: &Caller, wanted: LogsQuery<'_>) -> AppResult<FoundInLogs> {
    search_all(&world.app, caller, wanted).await
}

fn places(found: &FoundInLogs) -> Vec<(RunId, u64)> {
    found.found.iter().map(|line| (line.run, line.found.line)).collect()
}

#[tokio::test]
async fn the_newest_run_comes_first_and_only_visible_runs_are_searched() {
    let world = World::new().await;
    let old = printed(&world, KEPLER, &["start", "CUDA error: out of memory", "end"]).await;
    let secret = printed(&world, "secret", &["cuda ERROR here"]).await;
    let quiet = printed(&world, KEPLER, &["all is well"]).await;
    // A run that goes on is searched, too.
    let live = world.submit(command("python3 b.py", Vec::new(), &[])).await;
    prints(&world, live, &["Cuda Error", "again: cuda error"]).await;
    let found = search(&world, &ada(), wanted("cuda error")).await.unwrap();
    assert_eq!(places(&found), [(live, 1), (live, 2), (secret, 1), (old, 2)]);
    assert_eq!((found.runs_searched, found.runs_total, found.cannot_tell), (4, 4, 0));
    assert!(found.next.is_none() && found.bytes > 50, "{found:?}");
    assert_eq!(found.found[3].found.text, "CUDA error: out of memory");

    let viewer = ben(Role::Viewer, "astro");
    let seen = search(&world, &viewer, wanted("cuda error")).await.unwrap();
    assert_eq!(places(&seen), [(live, 1), (live, 2), (old, 2)]);
    assert_eq!(seen.runs_total, 3, "the number of other runs is not told");
    let in_secret = LogsQuery { project: Some(project("secret")), ..wanted("cuda error") };
    assert_eq!(places(&search(&world, &ada(), in_secret.clone()).await.unwrap()), [(secret, 1)]);
    assert_eq!(places(&search(&world, &viewer, in_secret).await.unwrap()), []);
    // A condition selects runs.
    let name = world.view(old).await.handle.to_string();
    let condition = format!("handle == '{name}'");
    let one = LogsQuery { condition: Some(&condition), ..wanted("cuda error") };
    let one = search(&world, &ada(), one).await.unwrap();
    assert_eq!((places(&one), one.runs_total), (vec![(old, 2)], 1));
    let misspelt = LogsQuery { condition: Some("stat == 'done'"), ..wanted("cuda error") };
    assert!(matches!(search(&world, &ada(), misspelt).await, Err(AppError::Invalid { .. })));
    assert_eq!(places(&search(&world, &ada(), wanted("nothing has this")).await.unwrap()), []);
    assert_eq!(places(&search(&world, &ada(), wanted("well")).await.unwrap()), [(quiet, 1)]);
}

#[tokio::test]
async fn a_search_goes_on_where_it_stopped_and_finds_each_match_once() {
    let world = World::new().await;
    let lines: Vec<String> = (0..40).map(|n| format!("line {n} {}", if n % 3 == 0 { "hit" } else { "miss" })).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let mut expect = Vec::new();
    for _ in 0..5 {
        let run = printed(&world, KEPLER, &lines).await;
        expect.splice(0..0, (0..40).filter(|n| n % 3 == 0).map(|n| (run, n + 1)));
    }
    let tight = SearchBudget { time: Duration::ZERO, bytes: 1 };
    let wide = SearchBudget { time: Duration::from_mins(1), bytes: u64::MAX };
    for (matches_max, budget) in [(1, wide), (7, wide), (1000, tight), (2, tight)] {
        let (mut cursor, mut all, mut calls) = (None::<String>, Vec::new(), 0);
        loop {
            let one =
                LogsQuery { matches_max: matches_max.min(500), cursor: cursor.as_deref(), budget, ..wanted("hit") };
            let found = search(&world, &ada(), one).await.unwrap();
            all.extend(places(&found));
            calls += 1;
            assert!(found.runs_searched <= 5 && found.runs_total == 5, "{found:?}");
            // Runs that are submitted meanwhile are not searched.
            if calls == 1 {
                printed(&world, "later", &["hit"]).await;
            }
            cursor = found.next;
            if cursor.is_none() {
                assert_eq!(found.runs_searched, 5);
                break;
            }
            assert!(calls < 200, "it does not end");
        }
        assert_eq!(all, expect, "{matches_max} {budget:?}");
        assert!(calls > 1 || matches_max > 100, "{matches_max}: {calls}");
        let later = listed_projects(&world).await;
        delete_runs::delete(&world.app, &ada(), &later, "only for this round", false).await.unwrap();
    }
}

/// The runs of the project `later`.
async fn listed_projects(world: &World) -> Vec<String> {
    let found = search(world, &ada(), LogsQuery { project: Some(project("later")), ..wanted("hit") }).await.unwrap();
    found.found.iter().map(|line: &FoundLine| line.run.to_string()).collect()
}

#[tokio::test]
async fn matches_have_the_lines_around_them() {
    let world = World::new().await;
    printed(&world, KEPLER, &["a", "b", "loss=NaN", "d", "e", "loss=inf"]).await;
    let pattern = PatternText::Expression { text: "LOSS=(nan|inf)", ignores_case: true };
    let found = search(&world, &ada(), LogsQuery { pattern, context: 2, ..wanted("") }).await.unwrap();
    let texts = |lines: &[hven_app::logs::ContextLine]| -> Vec<(Option<u64>, String)> {
        lines.iter().map(|line| (line.line, line.text.clone())).collect()
    };
    let [first, second] = &found.found[..] else { panic!("{found:?}") };
    let line = |number: u64, text: &str| (Some(number), text.to_owned());
    assert_eq!(texts(&first.found.before), [line(1, "a"), line(2, "b")]);
    assert_eq!(texts(&first.found.after), [line(4, "d"), line(5, "e")]);
    assert_eq!(texts(&second.found.before), [line(4, "d"), line(5, "e")]);
    assert_eq!(texts(&second.found.after), []);
}

#[tokio::test]
async fn unusable_searches_are_refused() {
    let world = World::new().await;
    let run = printed(&world, KEPLER, &["x", "x"]).await;
    let process = Caller::Attempt { id: AttemptId { run, number: 1 } };
    assert!(search(&world, &process, wanted("x")).await.is_err(), "a process searches no logs");
    let refused = async |query: LogsQuery<'_>| match search(&world, &ada(), query).await {
        Err(error) => error.to_string(),
        Ok(found) => panic!("{found:?}"),
    };
    let expression = |text| PatternText::Expression { text, ignores_case: false };
    assert!(refused(wanted("")).await.contains("words of one line"));
    assert!(refused(LogsQuery { pattern: expression("("), ..wanted("") }).await.contains("cannot be read"));
    assert!(refused(LogsQuery { pattern: expression("x*"), ..wanted("") }).await.contains("empty text"));
    assert!(refused(LogsQuery { matches_max: 501, ..wanted("x") }).await.contains("matches"));
    assert!(refused(LogsQuery { context: 11, ..wanted("x") }).await.contains("lines of context"));
    assert!(refused(LogsQuery { cursor: Some("abc"), ..wanted("x") }).await.contains("did not return it"));
    let found = search(&world, &ada(), LogsQuery { matches_max: 1, ..wanted("x") }).await.unwrap();
    let next = found.next.expect("there is more");
    let other = LogsQuery { cursor: Some(&next), ..wanted("y") };
    assert!(refused(other).await.contains("did not return it"), "a cursor belongs to its search");
}

#[tokio::test]
async fn a_deleted_run_is_not_searched() {
    let world = World::new().await;
    let (one, two) = (printed(&world, KEPLER, &["needle"]).await, printed(&world, KEPLER, &["needle"]).await);
    delete_runs::delete(&world.app, &ada(), &[one.to_string()], "x", false).await.unwrap();
    let found = search(&world, &ada(), wanted("needle")).await.unwrap();
    assert_eq!((places(&found), found.runs_total), (vec![(two, 1)], 1));
}
