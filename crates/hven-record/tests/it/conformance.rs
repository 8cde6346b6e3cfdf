//! The behaviour of every home, with each database, on a disk and in memory.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};
use hven_app::ports::{
    Launches, Objects, Record, StoreError, Views,
    launch::Launch,
    objects::{Arrival, Presence},
    record::FactQuery,
    views::{RunName, RunOrder, RunQuery, SimilarRun},
};
use hven_core::{
    ActorId, Digest, Fact, TokenId, UserId,
    access::{Grant, Role, RoleGranted, RoleRevoked, Scope, TokenIssued, TokenRevoked},
    additions::{Added, MetricsAdded, Original, ParamsAdded},
    capture::Note,
    fact::{Batch, PayloadErased},
    object::{FileKind, FileRef, ListedFile, Listing},
    params::{Origin, Params},
    project,
    resources::{ResourceUnit, Resources},
    run::{
        AttemptEnded, CancelRequested, Number, Outcome, ParamsLogged, Recipe, RunFolder, Software, SoftwareCaptured,
        State,
    },
    runner,
    seen::RecordedFiles,
    set_aside::{Aside, MessageSetAside},
    stream::Point,
    user,
};

use crate::{
    arrays::*,
    backups::*,
    deleted::*,
    erased::*,
    export::an_export_is_a_home,
    facts::{batch, file, finished, process_started, result, run_id, runner_id, started, submitted, time},
    folders::*,
    labels::*,
    lineage::*,
    lost::*,
    machine_use::*,
    many::*,
    publications::*,
    quantities::*,
    streams::*,
    world::{Add, World, assert_sound, assert_views_follow_facts, wait},
};

pub type Case = (&'static str, fn(&World));

macro_rules! cases {
    ($($name:ident)*) => {
        pub const CASES: &[Case] = &[$((stringify!($name), $name)),*];
        mod on_sqlite {
            $(#[test]
            fn $name() {
                super::$name(&crate::world::World::sqlite());
            })*
        }
        mod in_memory {
            $(#[test]
            fn $name() {
                super::$name(&crate::world::World::in_memory());
            })*
        }
    };
}

cases! {
    a_request_for_many_returns_each_of_them
    a_run_is_recorded_and_shown
    a_run_waits_until_it_has_a_process
    a_run_in_a_fresh_folder_uses_its_inputs
    the_same_key_is_one_batch
    runs_are_listed_in_pages
    users_and_their_roles_are_shown
    lineage_and_cache_are_found
    a_similar_run_is_found
    an_erased_payload_leaves_a_tombstone
    additions_after_the_end_are_separate_from_the_run
    metrics_are_the_same_live_and_sealed
    only_the_last_attempt_counts
    parameters_have_their_types_and_are_erased
    a_part_that_is_sealed_again_changes_the_values
    tags_of_other_programs_follow_their_documents
    many_names_in_one_run_are_found
    tags_and_notes_do_not_change_the_run
    tags_are_listed_with_their_runs
    tasks_of_an_array_are_counted_by_their_states
    tasks_of_an_array_are_cancelled_and_run_again
    an_array_is_held_and_released
    a_gathered_table_rests_on_the_tasks
    tasks_that_found_other_files_are_counted
    results_are_gathered_on_request
    archived_runs_are_not_listed_and_not_counted
    a_deleted_run_leaves_lists_and_keeps_its_place
    objects_of_a_deleted_run_become_garbage
    attempts_with_logs_are_found_live_and_sealed
    attempts_are_counted_in_minutes
    lost_and_repeated_attempts_are_counted
    an_attempt_counts_once
    an_erased_submission_has_no_resources
    an_erased_note_is_shown_as_erased
    objects_are_kept_by_digest
    an_object_without_references_is_garbage
    launches_are_private
    a_backup_is_a_home
    files_of_folders_are_verified
    a_backup_contains_all_intact_objects
    a_backup_contains_a_stream_that_is_sealed_meanwhile
    a_backup_fails_when_its_bytes_change
    an_object_that_is_named_while_a_collection_waits_stays
    files_of_a_damaged_listing_are_kept
    erased_bytes_are_removed_even_if_a_listing_is_damaged
    an_erased_listing_that_is_uploaded_again_is_not_reported
    a_requested_object_is_not_collected
    a_lost_object_is_reported
    an_erased_object_that_is_uploaded_again_is_checked
    a_damaged_object_is_replaced
    a_damaged_object_that_cannot_be_quarantined_is_not_trusted
    an_export_is_a_home
    a_stream_returns_its_bytes
    points_keep_their_exact_values
    a_stream_is_erased
    an_unreadable_segment_is_reported_as_damaged
    late_points_open_a_new_part
    attempts_have_points_of_their_own
    pieces_in_one_call_follow_each_other
    a_node_that_rests_on_a_retracted_node_is_suspect
    a_part_of_another_split_than_the_hold_out_counts_as_held_out
    a_run_that_reads_the_file_rests_on_the_dataset_imported_from_it
    a_claim_rests_only_on_its_newest_judgement
    an_asserted_independence_removes_an_edge
    datasets_with_the_same_bytes_rest_on_each_other
    a_repeated_run_rests_on_the_first
    no_node_rests_on_a_reproduction
    tries_of_a_question_are_counted
    a_walk_stops_at_its_limits
    versions_of_many_names_are_loaded_at_once
    some_generated_lineages_are_searched_correctly
    a_lineage_stays_when_all_payloads_are_erased
    an_erased_judgement_is_not_replaced_by_an_earlier_one
    publications_are_listed_by_version
    a_publication_rests_on_the_evidence_at_its_time
    an_imported_publication_names_its_origin
}

fn home_query() -> RunQuery {
    RunQuery { scopes: vec![Scope::Home], limit: 10, ..RunQuery::default() }
}

fn a_run_is_recorded_and_shown(world: &World) {
    let home = world.open();
    wait(async {
        let mut recorded = Record::subscribe(&home);
        let first = home.add(batch([submitted(0)])).await.unwrap();
        assert_eq!((first.facts.len(), first.facts[0].header.seq, first.earlier), (1, 2, false));
        assert_eq!(recorded.recv().await.unwrap().header.seq, 2);
        let run = home.runs_named(&RunName::Id(run_id(0))).await.unwrap().pop().unwrap();
        assert_eq!((run.state, run.attempts, run.spec()), (State::Waiting, 0, Some(&submitted(0).spec)));
        assert_eq!(home.runs_unfinished().await.unwrap().len(), 1);
        home.add(batch([started(0, 1)])).await.unwrap();
        let again = AttemptEnded {
            attempt: started(0, 1).attempt,
            result: result(Outcome::Killed { signal: 9 }),
            retry_because: "it may be luck".to_owned(),
        };
        home.add(batch([Fact::from(again), started(0, 2).into(), CancelRequested { run: run_id(0) }.into()]))
            .await
            .unwrap();
        assert_eq!(home.runs_named(&RunName::Last).await.unwrap()[0].state, State::Stopping);
        let params =
            |of: Origin, text: &str| ParamsLogged { run: run_id(0), of, params: serde_json::from_str(text).unwrap() };
        let given = params(Origin::Given, r#"{"lr":0.1,"seed":3}"#);
        let not_known = params(Origin::NotKnown, r#"{"name":"a"}"#);
        let first = params(Origin::Attempt(1), r#"{"lr":9.0,"depth":4,"name":"b"}"#);
        home.add(batch([given, not_known, first, params(Origin::Attempt(2), r#"{"lr":0.2}"#)])).await.unwrap();
        let software = Software { interpreter: Some("python".to_owned()), ..Software::default() };
        home.add(batch([SoftwareCaptured { run: run_id(0), software: software.clone() }])).await.unwrap();
        let mut end = finished(0, Outcome::Failed { exit: 3 });
        end.attempt = Some(2);
        home.add(batch([end.clone()])).await.unwrap();

        let run = home.runs_named(&RunName::Handle(submitted(0).handle)).await.unwrap().pop().unwrap();
        assert_eq!((run.state, run.attempts, run.result), (State::Failed, 2, Some(end.result)));
        // The parameters of the first attempt count only for that attempt.
        let json = |params: &hven_core::params::Params| serde_json::to_string(params).unwrap();
        assert_eq!(json(&run.params), r#"{"lr":0.2,"name":"a","seed":3}"#);
        assert_eq!(run.params_before.keys().collect::<Vec<_>>(), [&1]);
        assert_eq!(json(&run.params_before[&1]), r#"{"depth":4,"lr":9.0,"name":"b"}"#);
        assert_eq!(run.software, Some(software));
        let attempts = home.attempts(run_id(0)).await.unwrap();
        assert_eq!(attempts.len(), 2);
        assert_eq!(attempts[0].retry_because.as_deref(), Some("it may be luck"));
        let page = home.runs(&home_query()).await.unwrap();
        assert_eq!(page.items[0].outcome.as_deref(), Some("failed with exit status 3"));
        assert_eq!(page.items[0].params, run.params);
        let counts = home.run_counts(&[Scope::Home]).await.unwrap();
        assert_eq!(counts.into_iter().collect::<Vec<_>>(), [(State::Failed, 1)]);
        assert_eq!(home.runs_submitted().await.unwrap(), 1);
        assert!(home.runs_unfinished().await.unwrap().is_empty());
        let query = FactQuery { kind: Some("run.started".to_owned()), limit: 100, ..FactQuery::default() };
        assert_eq!(home.facts(query).await.unwrap().len(), 2);
        let query =
            FactQuery { subject: Some(run_id(0).as_u128()), newest_first: true, limit: 1, ..FactQuery::default() };
        assert_eq!(home.facts(query).await.unwrap()[0].header.kind, "run.finished");
    });
    assert_sound(&home);
    assert_views_follow_facts(&home);
    home.close().unwrap();
    let head = home.head();
    assert!(matches!(wait(home.add(batch([started(0, 3)]))), Err(StoreError::Closed)));
    let home = world.open();
    assert_eq!(home.head(), head);
    assert_views_follow_facts(&home);
    home.rebuild_views(Box::new(|_| ())).unwrap();
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

fn a_run_in_a_fresh_folder_uses_its_inputs(world: &World) {
    let home = world.open();
    let mut run = submitted(0);
    run.spec.argv.clear();
    run.spec.cwd.clear();
    run.spec.place = RunFolder::Fresh;
    run.spec.recipe = Some(Recipe { name: "law".into(), version: 1, arguments: serde_json::json!({"b": 1, "a": 2}) });
    run.spec.inputs = vec![file("planets.csv", "name,period\n")];
    wait(async {
        home.add(batch([run.clone()])).await.unwrap();
        home.add(batch([submitted(1)])).await.unwrap();
        let shown = home.runs_named(&RunName::Id(run_id(0))).await.unwrap().pop().unwrap();
        assert_eq!(shown.spec(), Some(&run.spec));
        let page = home.runs(&home_query()).await.unwrap();
        let commands: Vec<_> = page.items.iter().map(|row| row.command.as_str()).collect();
        assert_eq!(commands, ["python3 fit.py --seed 1", "recipe law"]);
        let users = home.users_of(&[run.spec.inputs[0].digest], 10).await.unwrap();
        assert_eq!(users.iter().map(|used| used.run).collect::<Vec<_>>(), [run_id(0)]);
        // The record of a command in its caller's folder has no `place`.
        let query = FactQuery { subject: Some(run_id(1).as_u128()), limit: 1, ..FactQuery::default() };
        let payload = home.facts(query).await.unwrap().remove(0).payload.unwrap();
        let text = String::from_utf8(payload.bytes.clone()).unwrap();
        assert!(!text.contains("place") && !text.contains("recipe"), "{text}");
    });
    assert_sound(&home);
    assert_views_follow_facts(&home);
    home.rebuild_views(Box::new(|_| ())).unwrap();
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

fn the_same_key_is_one_batch(world: &World) {
    let home = world.open();
    wait(async {
        // These values are new in every call, and only the first call adds the project.
        let again = |n: u64| hven_core::run::Submitted {
            run: run_id(n),
            handle: submitted(n).handle,
            launch: format!("{n:032x}"),
            ..submitted(0)
        };
        let keyed = |n| batch([Fact::from(again(n)), started(n, 1).into()]).with_key(Some("k1".to_owned()));
        let (a, b, c) = tokio::join!(home.add(keyed(0)), home.add(keyed(1)), home.add(keyed(2)));
        let all = [a.unwrap(), b.unwrap(), c.unwrap()];
        assert_eq!(all.iter().filter(|appended| !appended.earlier).count(), 1);
        let ids = |appended: &hven_app::ports::record::Appended| -> Vec<_> {
            appended.facts.iter().map(|fact| (fact.header.id, fact.header.subject)).collect()
        };
        assert!(all.iter().all(|appended| ids(appended) == ids(&all[0]) && appended.facts.len() == 2));
        // The next facts belong to another batch.
        home.add(batch([started(9, 1)])).await.unwrap();
        let later = home.add(keyed(7)).await.unwrap();
        assert!(later.earlier);
        assert_eq!(ids(&later), ids(&all[0]));
        let other = batch([CancelRequested { run: run_id(0) }]).with_key(Some("k1".to_owned()));
        assert!(matches!(home.add(other).await, Err(StoreError::KeyReused { .. })));
        // Other requests: another name, another command, one more run.
        let mut renamed = again(10);
        renamed.name = Some("another".to_owned());
        let mut retold = again(11);
        retold.spec.argv.push("--fast".to_owned());
        for other in [batch([renamed]), batch([retold]), batch([again(12), again(13)])] {
            let refused = home.add(other.with_key(Some("k1".to_owned()))).await;
            assert!(matches!(refused, Err(StoreError::KeyReused { .. })), "{refused:?}");
        }
        let (one, other) = (batch([again(14)]), batch([again(15), again(16)]));
        let (one, other) = (one.with_key(Some("k2".to_owned())), other.with_key(Some("k2".to_owned())));
        let (one, other) = tokio::join!(home.add(one), home.add(other));
        assert!(one.is_ok() != other.is_ok(), "also concurrently");
        let added = hven_core::project::Added { path: submitted(0).project };
        let first = batch([Fact::from(added), again(17).into()]).with_key(Some("k3".to_owned()));
        assert!(!home.add(first).await.unwrap().earlier);
        let repeated = home.add(batch([again(18)]).with_key(Some("k3".to_owned()))).await;
        assert!(repeated.unwrap().earlier, "the project is no longer new");
        let mut another_actor = keyed(8);
        another_actor.actor = ActorId::from_u128(78);
        assert!(!home.add(another_actor).await.unwrap().earlier);
    });
    home.close().unwrap();
    let home = world.open();
    let again = hven_core::run::Submitted { run: run_id(5), ..submitted(0) };
    assert!(wait(home.add(batch([again]).with_key(Some("k1".to_owned())))).unwrap().earlier);
    let other = batch([submitted(5)]).with_key(Some("k1".to_owned()));
    assert!(matches!(wait(home.add(other)), Err(StoreError::KeyReused { .. })));
    home.close().unwrap();
}

fn a_run_waits_until_it_has_a_process(world: &World) {
    let home = world.open();
    wait(async {
        let stands = async |n| {
            let run = home.runs_named(&RunName::Id(run_id(n))).await.unwrap().pop().unwrap();
            (run.state, run.attempts, run.started)
        };
        home.add(batch([Fact::from(submitted(0)), started(0, 1).into()])).await.unwrap();
        assert_eq!(stands(0).await, (State::Waiting, 1, None), "its runner has it");
        home.add(batch([process_started(0, 1)])).await.unwrap();
        assert_eq!(stands(0).await, (State::Running, 1, Some(time(1))));
        assert_eq!(home.run_counts(&[Scope::Home]).await.unwrap(), BTreeMap::from([(State::Running, 1)]));
        let again = AttemptEnded {
            attempt: started(0, 1).attempt,
            result: result(Outcome::Killed { signal: 9 }),
            retry_because: "it may be luck".to_owned(),
        };
        home.add(batch([again])).await.unwrap();
        assert_eq!(stands(0).await, (State::Waiting, 1, None));
        home.add(batch([started(0, 2)])).await.unwrap();
        assert_eq!(stands(0).await, (State::Waiting, 2, None));
        home.add(batch([Fact::from(process_started(0, 2)), CancelRequested { run: run_id(0) }.into()])).await.unwrap();
        assert_eq!(stands(0).await, (State::Stopping, 2, Some(time(1))));
        // If a process ended at once, and in older records, only the end contains the time of the start.
        let short = [Fact::from(submitted(1)), started(1, 1).into(), finished(1, Outcome::Done).into()];
        home.add(batch(short)).await.unwrap();
        assert_eq!(stands(1).await, (State::Done, 1, Some(time(1))));
        home.add(batch([process_started(1, 1)])).await.unwrap();
        assert_eq!(stands(1).await.0, State::Done, "the process was reported late");
    });
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

fn runs_are_listed_in_pages(world: &World) {
    let home = world.open();
    wait(async {
        for n in 0..25 {
            let mut run = submitted(n);
            run.project = if n % 5 == 0 { "bio/fish".parse().unwrap() } else { "bio".parse().unwrap() };
            if n == 7 {
                run.name = Some("Größe 100%_x".to_owned());
            }
            home.add(batch([run])).await.unwrap();
            if n % 2 == 0 {
                let mut end = finished(n, Outcome::Done);
                end.result.wall_s = (n as f64 * 7.0) % 11.0;
                home.add(batch([Fact::from(started(n, 1)), end.into()])).await.unwrap();
            }
        }
        for (order, first) in [(RunOrder::NewestFirst, 24), (RunOrder::OldestFirst, 0), (RunOrder::LongestFirst, 14)] {
            let mut query = RunQuery { order, limit: 4, ..home_query() };
            let mut seen = Vec::new();
            loop {
                let page = home.runs(&query).await.unwrap();
                seen.extend(page.items.iter().map(|run| run.handle.count));
                if page.next.is_none() {
                    break;
                }
                query.cursor = page.next;
            }
            assert_eq!((seen.len(), seen[0]), (25, first), "{order:?}");
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), 25, "{order:?}");
        }
        let count = async |query: RunQuery| home.runs(&RunQuery { limit: 100, ..query }).await.unwrap().items.len();
        assert_eq!(count(RunQuery { project: Some("bio/fish".parse().unwrap()), ..home_query() }).await, 5);
        assert_eq!(count(RunQuery { project: Some("bio".parse().unwrap()), ..home_query() }).await, 25);
        assert_eq!(count(RunQuery { scopes: vec![], ..home_query() }).await, 0);
        let fish = vec![Scope::Project("bio/fish".parse().unwrap())];
        assert_eq!(count(RunQuery { scopes: fish.clone(), ..home_query() }).await, 5);
        assert_eq!(home.run_counts(&fish).await.unwrap().values().sum::<u64>(), 5);
        assert_eq!(count(RunQuery { states: vec![State::Done], ..home_query() }).await, 13);
        assert_eq!(count(RunQuery { states: vec![State::Waiting, State::Running], ..home_query() }).await, 12);
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        assert_eq!(count(RunQuery { words: words(&["GRÖSSE"]), ..home_query() }).await, 0);
        assert_eq!(count(RunQuery { words: words(&["größe"]), ..home_query() }).await, 1);
        assert_eq!(count(RunQuery { words: words(&["100%_X"]), ..home_query() }).await, 1);
        assert_eq!(count(RunQuery { words: words(&["fit.py", "fish"]), ..home_query() }).await, 5);
        let id = run_id(3).to_string();
        // All ids of this test start with the same digits: an ambiguous prefix returns some of the runs.
        assert_eq!(home.runs_named(&RunName::Prefix(id[..16].to_owned())).await.unwrap().len(), 3);
        assert_eq!(home.runs_named(&RunName::Prefix(id.clone())).await.unwrap()[0].id, run_id(3));
        let bad = RunQuery { cursor: Some("?".to_owned()), ..home_query() };
        assert!(matches!(home.runs(&bad).await, Err(StoreError::Malformed(_))));
    });
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

fn users_and_their_roles_are_shown(world: &World) {
    let home = world.open();
    let (tycho, sophie) = (UserId::from_u128(1), UserId::from_u128(2));
    let token = TokenId::from_u128(3);
    let project: hven_core::project::ProjectPath = "astro".parse().unwrap();
    wait(async {
        let added = |user, name: &str| user::Added { user, name: name.to_owned(), email: None };
        home.add(batch([added(tycho, "Tycho"), added(sophie, "Sophie")])).await.unwrap();
        home.add(batch([project::Added { path: project.clone() }])).await.unwrap();
        let grant = |user, project, role| RoleGranted { project, user, role, may_run_as_server: role == Role::Member };
        let in_project = Scope::Project(project.clone());
        home.add(batch([grant(tycho, Scope::Home, Role::Owner), grant(sophie, in_project.clone(), Role::Viewer)]))
            .await
            .unwrap();
        home.add(batch([grant(sophie, in_project.clone(), Role::Member)])).await.unwrap();
        let has = |scope, role| Grant { scope, role, may_run_as_server: role == Role::Member };
        assert_eq!(home.roles(sophie).await.unwrap(), [has(in_project.clone(), Role::Member)]);
        assert_eq!(home.members(&Scope::Home).await.unwrap(), [(tycho, has(Scope::Home, Role::Owner))]);
        home.add(batch([RoleRevoked { project: in_project.clone(), user: sophie }])).await.unwrap();
        assert_eq!(home.members(&in_project).await.unwrap(), []);
        let issued = TokenIssued {
            token,
            user: tycho,
            name: "laptop".to_owned(),
            digest: Digest::of(b"secret"),
            expires: Some(time(60)),
        };
        home.add(batch([issued])).await.unwrap();
        home.add(batch([TokenRevoked { token }])).await.unwrap();
        let found = home.token_by_digest(Digest::of(b"secret")).await.unwrap().unwrap();
        assert_eq!((found.id, found.user, found.revoked.is_some()), (token, tycho, true));
        assert_eq!(home.tokens(tycho).await.unwrap(), [found]);
        assert_eq!(home.token_by_digest(Digest::of(b"other")).await.unwrap(), None);
        let enrolled = runner::Enrolled {
            runner: runner_id(1),
            pool: "here".to_owned(),
            host: "hven".to_owned(),
            capacity: Resources::default(),
            version: "0.1.0".to_owned(),
            units: [("gpu".to_owned(), vec![ResourceUnit { name: "0".to_owned(), model: Some("H200".to_owned()) }])]
                .into(),
        };
        let units = enrolled.units.clone();
        home.add(batch([enrolled])).await.unwrap();
        assert_eq!(home.runners().await.unwrap()[0].units, units);
        assert_eq!(home.runners_there().await.unwrap(), [runner_id(1)]);
        home.add(batch([runner::Gone { runner: runner_id(1), evidence: "its process ended".to_owned() }]))
            .await
            .unwrap();
        assert!(home.runners().await.unwrap()[0].gone.is_some());
        assert_eq!(home.runners_there().await.unwrap(), []);
        assert_eq!(home.projects().await.unwrap()[0].path, project);
        assert!(home.has_project(&project).await.unwrap());
        assert!(!home.has_project(&"elsewhere".parse().unwrap()).await.unwrap());
        assert_eq!(home.users().await.unwrap().len(), 2);
        assert_eq!(home.user(tycho).await.unwrap().unwrap().name.as_deref(), Some("Tycho"));
    });
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

fn lineage_and_cache_are_found(world: &World) {
    let home = world.open();
    let key = Digest::of(b"key");
    wait(async {
        for n in 0..3 {
            let mut run = submitted(n);
            run.spec.inputs = vec![file("planets.csv", "data")];
            run.cache_key = Some(key);
            let mut end = finished(n, if n == 2 { Outcome::Failed { exit: 1 } } else { Outcome::Done });
            end.result.outputs = vec![file("fit.json", &format!("result {n}"))];
            home.add(batch([Fact::from(run), started(n, 1).into(), end.into()])).await.unwrap();
        }
        let used = home.users_of(&[Digest::of(b"data")], 10).await.unwrap();
        assert_eq!(used.iter().map(|one| one.run).collect::<Vec<_>>(), [run_id(0), run_id(1), run_id(2)]);
        let made = home.makers(&[Digest::of(b"result 1")], 10).await.unwrap();
        assert_eq!((made.len(), made[0].run, made[0].file.path.as_str()), (1, run_id(1), "fit.json"));
        let asked = [b"data".as_slice(), b"result 1", b"nobody's"].map(|bytes| (Digest::of(bytes), FileKind::File));
        for (place, found) in [("astro", 2), ("astro/exoplanets", 2), ("astro/exo", 0), ("bio", 0)] {
            let scopes = [Scope::Project("bio/x".parse().unwrap()), Scope::Project(place.parse().unwrap())];
            assert_eq!(
                home.used_within(&asked, &scopes).await.unwrap(),
                asked[..found].iter().copied().collect(),
                "{place}"
            );
        }
        assert_eq!(home.used_within(&asked, &[Scope::Home]).await.unwrap().len(), 2);
        assert_eq!(home.used_within(&asked, &[]).await.unwrap().len(), 0);
        let as_folders = asked.map(|(digest, _)| (digest, FileKind::Folder));
        assert_eq!(home.used_within(&as_folders, &[Scope::Home]).await.unwrap().len(), 0);
        assert_eq!(home.run_cached(key, None).await.unwrap().unwrap().id, run_id(1));
        assert_eq!(home.run_cached(Digest::of(b"other"), None).await.unwrap(), None);
        // A run that found other files than the recorded ones did other work.
        let mut run = submitted(3);
        run.cache_key = Some(key);
        let mut end = finished(3, Outcome::Done);
        end.result.changed = vec![Note::InputChanged { path: "planets.csv".to_owned() }];
        home.add(batch([Fact::from(run), started(3, 1).into(), end.into()])).await.unwrap();
        assert_eq!(home.run_cached(key, None).await.unwrap().unwrap().id, run_id(1));
        // The parameters of the request count, and the parameters that the run logged do not.
        for (n, of, lr) in [(4, Origin::Given, 0.1), (5, Origin::NotKnown, 0.2), (6, Origin::Attempt(1), 0.3)] {
            let mut run = submitted(n);
            run.cache_key = Some(key);
            let params = Params::from([("lr".to_owned(), serde_json::json!(lr))]);
            let logged = ParamsLogged { run: run_id(n), of, params };
            let end = finished(n, Outcome::Done);
            home.add(batch([Fact::from(run), started(n, 1).into(), logged.into(), end.into()])).await.unwrap();
        }
        let found = |params: &[(&str, f64)]| {
            let given: Params = params.iter().map(|(name, lr)| ((*name).to_owned(), serde_json::json!(lr))).collect();
            let home = &home;
            async move { home.run_cached(key, Some(&given)).await.unwrap().map(|run| run.id) }
        };
        assert_eq!(found(&[("lr", 0.1)]).await, Some(run_id(4)));
        assert_eq!(found(&[("lr", 0.2)]).await, Some(run_id(5)), "it may have been given");
        assert_eq!(found(&[("lr", 0.3)]).await, None, "the run noted it");
        assert_eq!(found(&[("lr", 0.1), ("depth", 3.0)]).await, None);
        assert_eq!(found(&[]).await, Some(run_id(6)), "none was given");
        let given = home.params_given(run_id(4)).await.unwrap();
        assert_eq!((given.known.len(), given.maybe.len()), (1, 0));
    });
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

fn a_similar_run_is_found(world: &World) {
    let home = world.open();
    wait(async {
        // The view truncates long commands, but commands with different ends are still different.
        let long = |end: &str| vec!["sh".to_owned(), "-c".to_owned(), format!("{}{end}", "x".repeat(300))];
        let commands = [long("a"), long("b"), vec!["true".to_owned()], long("a")];
        for (n, argv) in (0..).zip(&commands) {
            let mut run = submitted(n);
            run.name = (n == 2).then(|| "fit".to_owned());
            run.spec.argv.clone_from(argv);
            home.add(batch([run])).await.unwrap();
        }
        let last = home.runs_named(&RunName::Id(run_id(3))).await.unwrap().pop().unwrap();
        let cwd = last.spec().unwrap().cwd.clone();
        let like = |name: Option<&str>, words: &[String], before| {
            let (project, name) = ("astro/exoplanets".parse().unwrap(), name.map(str::to_owned));
            let like = SimilarRun { project, name, words: words.to_vec(), cwd: cwd.clone(), before };
            let home = &home;
            async move { home.run_like(&like).await.unwrap().map(|run| run.id) }
        };
        assert_eq!(like(None, &commands[0], u64::MAX).await, Some(run_id(3)));
        assert_eq!(like(None, &commands[0], last.submitted_seq).await, Some(run_id(0)), "the one before");
        assert_eq!(like(None, &commands[1], u64::MAX).await, Some(run_id(1)));
        assert_eq!(like(Some("fit"), &commands[0], u64::MAX).await, Some(run_id(2)), "by its name");
        assert_eq!(like(Some("other"), &commands[0], u64::MAX).await, None);
        assert_eq!(like(None, &["false".to_owned()], u64::MAX).await, None);
        let mut run = submitted(4);
        (run.spec.argv, run.spec.cwd) = (commands[0].clone(), "/elsewhere".to_owned());
        home.add(batch([run])).await.unwrap();
        assert_eq!(like(None, &commands[0], u64::MAX).await, Some(run_id(3)), "of the same folder");
        let before = last.submitted_seq;
        let like = SimilarRun {
            project: last.project,
            name: None,
            words: commands[0].clone(),
            cwd: "/third".to_owned(),
            before,
        };
        let newest = SimilarRun { before: u64::MAX, ..like.clone() };
        assert_eq!(home.run_like(&newest).await.unwrap().map(|run| run.id), Some(run_id(4)), "none is of the folder");
        assert_eq!(home.run_like(&like).await.unwrap().map(|run| run.id), Some(run_id(0)));
    });
    home.close().unwrap();
}

fn an_erased_payload_leaves_a_tombstone(world: &World) {
    let home = world.open();
    let secret = "hunter2-in-the-command";
    wait(async {
        let mut run = submitted(0);
        run.spec.argv.push(secret.to_owned());
        run.spec.inputs = vec![file("in.csv", "data")];
        let seq = home.add(batch([run])).await.unwrap().facts[0].header.seq;
        home.add(batch([Fact::from(started(0, 1)), finished(0, Outcome::Done).into()])).await.unwrap();
        let tycho = user::Added { user: UserId::from_u128(1), name: secret.to_owned(), email: None };
        let user_seq = home.add(batch([tycho])).await.unwrap().facts[0].header.seq;
        let because = "it slipped in".to_owned();
        let erased = |seq| PayloadErased::new(seq, because.clone());
        let recorded = batch([erased(seq), erased(user_seq)]).with_key(Some("redact".to_owned()));
        home.erase(&[seq, user_seq], recorded.clone()).await.unwrap();
        assert!(home.erase(&[seq, user_seq], recorded).await.unwrap().earlier);
        let run = home.runs_named(&RunName::Id(run_id(0))).await.unwrap().pop().unwrap();
        assert_eq!((run.spec(), &run.name, run.state), (None, &None, State::Done));
        assert_eq!(home.user(UserId::from_u128(1)).await.unwrap().unwrap().name, None);
        assert_eq!(home.users_of(&[Digest::of(b"data")], 10).await.unwrap(), []);
        let envelopes = home.facts(FactQuery { limit: 100, ..FactQuery::default() }).await.unwrap();
        assert!(envelopes[seq as usize - 1].payload.is_none());
        assert_eq!(home.verify(false).await.unwrap().erased, 2);
    });
    assert_sound(&home);
    assert_views_follow_facts(&home);
    let mut tar = Vec::new();
    home.backup(&mut tar).unwrap();
    home.close().unwrap();
    // The text is in no file of the home, including the unused space of SQLite and the journal.
    assert!(!contains(&tar, secret.as_bytes()));
    for file in files_below(&world.path()) {
        assert!(!contains(&std::fs::read(&file).unwrap(), secret.as_bytes()), "{}", file.display());
    }
}

fn contains(text: &[u8], needle: &[u8]) -> bool {
    text.windows(needle.len()).any(|window| window == needle)
}

pub fn files_below(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files
}

fn bytes_in(chunks: &[&'static [u8]]) -> hven_app::ports::objects::ByteStream {
    stream::iter(chunks.iter().map(|chunk| Ok(bytes::Bytes::from_static(chunk))).collect::<Vec<_>>()).boxed()
}

fn objects_are_kept_by_digest(world: &World) {
    let home = world.open();
    wait(async {
        let digest = home.put("Stjerneborg".into()).await.unwrap();
        assert_eq!(home.presence(digest).await.unwrap(), Presence::Whole { size: 11 });
        assert_eq!(home.put("Stjerneborg".into()).await.unwrap(), digest);
        let (size, bytes) = Objects::open(&home, digest, 7).await.unwrap().unwrap();
        let read: Vec<_> = bytes.collect().await;
        assert_eq!((size, read.len(), read[0].as_ref().unwrap().as_ref()), (11, 1, &b"borg"[..]));
        assert_eq!(Objects::head(&home, digest, 4).await.unwrap().unwrap(), "Stje");
        assert!(Objects::open(&home, Digest::of(b"?"), 0).await.unwrap().is_none());

        // An upload in two connections.
        let wanted = Digest::of(b"one two three");
        let first = home
            .receive(wanted, Arrival { last: false, ..Arrival::rest(0) }, bytes_in(&[b"one ", b"two"]))
            .await
            .unwrap();
        assert_eq!(first, Presence::Partial { received: 7 });
        assert_eq!(home.presence(wanted).await.unwrap(), Presence::Partial { received: 7 });
        let second = home.receive(wanted, Arrival::rest(7), bytes_in(&[b" three"])).await.unwrap();
        assert_eq!(second, Presence::Whole { size: 13 });
        // Bytes that do not match the promised digest.
        let promised = Digest::of(b"promised");
        let wrong = home.receive(promised, Arrival::rest(0), bytes_in(&[b"other"])).await;
        assert!(matches!(wrong, Err(StoreError::WrongDigest(5))));
        assert_eq!(home.presence(promised).await.unwrap(), Presence::Absent);
        // A connection that breaks.
        let broken = stream::iter([Ok("pro".into()), Err(std::io::ErrorKind::ConnectionReset.into())]).boxed();
        assert!(home.receive(promised, Arrival::rest(0), broken).await.is_err());
        assert_eq!(home.presence(promised).await.unwrap(), Presence::Partial { received: 3 });
        assert!(home.receive(promised, Arrival::rest(5), bytes_in(&[b"ed"])).await.is_err());
        home.receive(promised, Arrival::rest(3), bytes_in(&[b"mised"])).await.unwrap();
    });
    home.close().unwrap();
}

fn an_object_without_references_is_garbage(world: &World) {
    let home = world.open();
    wait(async {
        let member = home.put("in a folder".into()).await.unwrap();
        let listing = Listing {
            files: vec![ListedFile { path: "a".to_owned(), digest: member, size: 11, executable: false }],
            ..Listing::default()
        };
        let listing = home.put(serde_json::to_vec(&listing).unwrap().into()).await.unwrap();
        let named = home.put("named".into()).await.unwrap();
        let young = home.put("young".into()).await.unwrap();
        let nothing = home.put("nothing".into()).await.unwrap();
        let mut run = submitted(0);
        run.spec.inputs = vec![
            file("x", "named"),
            FileRef { path: "folder".to_owned(), digest: listing, size: 11, kind: FileKind::Folder },
        ];
        home.add(batch([run])).await.unwrap();
        let two_days_ago = std::time::SystemTime::now() - std::time::Duration::from_hours(48);
        for digest in [member, listing, named, nothing] {
            let name = digest.to_string();
            let path = world.path().join("objects").join(&name[..2]).join(&name[2..]);
            std::fs::File::open(path).unwrap().set_modified(two_days_ago).unwrap();
        }
        let garbage = home.garbage(time(1 << 40)).await.unwrap();
        assert_eq!((garbage.digests, garbage.bytes), (vec![nothing], 7));
        assert!(home.garbage(time(0)).await.unwrap().digests.is_empty());
        home.remove(&[nothing, named]).await.unwrap();
        assert_eq!(home.presence(nothing).await.unwrap(), Presence::Absent);
        for digest in [member, listing, named, young] {
            assert!(matches!(home.presence(digest).await.unwrap(), Presence::Whole { .. }));
        }
    });
    home.close().unwrap();
}

fn launches_are_private(world: &World) {
    use std::os::unix::fs::PermissionsExt;
    let home = world.open();
    wait(async {
        let launch = Launch {
            environment: BTreeMap::from([("HOME".to_owned(), "/root".to_owned())]),
            secrets: BTreeMap::from([("TOKEN".to_owned(), "xyzzy".to_owned())]),
            seen: Some(RecordedFiles { code: Some(Digest::of(b"list")), ..RecordedFiles::default() }),
        };
        let name = home.keep(launch.clone()).await.unwrap();
        assert_eq!(home.keep(launch.clone()).await.unwrap(), name);
        assert_eq!(home.get(&name).await.unwrap(), Some(launch));
        assert_eq!(home.get("../../FORMAT").await.unwrap(), None);
        for file in files_below(&world.path().join("private")) {
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o077, 0, "{}", file.display());
        }
        let young = std::time::Duration::from_secs(30);
        // It stays for a short time, because its run may be recorded soon; then it is removed.
        home.retain(&[], young).await.unwrap();
        assert!(home.get(&name).await.unwrap().is_some());
        let path = world.path().join("private").join(format!("{name}.json"));
        let long_ago = std::time::SystemTime::now() - std::time::Duration::from_hours(1);
        std::fs::File::open(&path).unwrap().set_modified(long_ago).unwrap();
        home.retain(std::slice::from_ref(&name), young).await.unwrap();
        assert!(home.get(&name).await.unwrap().is_some());
        home.retain(&[], young).await.unwrap();
        assert!(home.get(&name).await.unwrap().is_none());
    });
    home.close().unwrap();
}

fn a_backup_is_a_home(world: &World) {
    let home = world.open();
    let attempt = started(1, 1).attempt;
    let (listing, _) = fill(&home);
    let log = wait(async {
        home.keep(Launch { secrets: BTreeMap::from([("S".to_owned(), "xyzzy".to_owned())]), ..Launch::default() })
            .await
            .unwrap();
        home.put("an object".into()).await.unwrap();
        home.add(batch([Fact::from(submitted(1)), started(1, 1).into()])).await.unwrap();
        home.add_bytes(attempt, LOG, None, &log_of(0..500)).await.unwrap();
        home.seal_all(attempt).await;
        home.add_bytes(attempt, LOG, None, &log_of(500..900)).await.unwrap();
        whole_log(&home, attempt).await
    });
    let mut tar = Vec::new();
    let written = home.backup(&mut tar).unwrap();
    assert_eq!((written.head, written.segments, written.objects), (home.head(), 1, 7));
    assert!(!contains(&tar, b"xyzzy"));
    // The backup does not contain later facts.
    wait(home.add(batch([finished(1, Outcome::Done)]))).unwrap();

    let other = world.sibling("restored");
    let restored = hven_record::restore(tar.as_slice(), &other, world.other_settings()).unwrap();
    assert_eq!((restored.head(), restored.id()), (written.head, home.id()));
    assert_sound(&restored);
    assert_views_follow_facts(&restored);
    wait(async {
        // Include files that only a listing of a folder names.
        for digest in [listing, Digest::of(b"1,2\n"), Digest::of(b"3,4\n"), Digest::of(b"print(1)")] {
            assert_eq!(restored.presence(digest).await.unwrap(), home.presence(digest).await.unwrap());
            assert!(Objects::open(&restored, digest, 0).await.unwrap().is_some());
        }
        assert_eq!(whole_log(&restored, attempt).await, log);
        restored.add_bytes(attempt, LOG, None, &log_of(900..901)).await.unwrap();
        restored.add(batch([finished(1, Outcome::Done)])).await.unwrap();
    });
    restored.close().unwrap();
    assert!(hven_record::restore(tar.as_slice(), &other, world.other_settings()).is_err());
    tar[3 * 512 + 40] ^= 1;
    let mut third = world.other_settings();
    if let hven_record::Database::Postgres { schema, .. } = &mut third.database {
        schema.push_str("_third");
    }
    let damaged = hven_record::restore(tar.as_slice(), &world.sibling("third"), third);
    assert!(damaged.is_err(), "a flipped bit in the facts is noticed");
    home.close().unwrap();
}

fn additions_after_the_end_are_separate_from_the_run(world: &World) {
    let home = world.open();
    let (ann, ben) = (ActorId::from_u128(0xa), ActorId::from_u128(0xb));
    let point = |value: f64, step| Point { key: "acc".to_owned(), value: Number(value), step, time_us: step };
    let params = |n: u64, value: i64| ParamsLogged {
        run: run_id(n),
        of: Origin::NotKnown,
        params: [("lr".to_owned(), value.into())].into(),
    };
    let by = |actor, fact: Fact| Batch::new(time(9), actor, vec![fact]);
    wait(async {
        home.add(batch([user::Added { user: UserId::from_u128(0xa), name: "Ann".to_owned(), email: None }]))
            .await
            .unwrap();
        home.add(Batch::new(time(1), ben, vec![submitted(0).into(), params(0, 1).into()])).await.unwrap();
        home.add(batch([Fact::from(started(0, 1)), finished(0, Outcome::Done).into()])).await.unwrap();
        // Earlier versions recorded additions in this way: from a user, and late from the run itself.
        home.add(by(ben, params(0, 2).into())).await.unwrap();
        home.add(by(
            run_id(0).into(),
            ParamsLogged { run: run_id(0), of: Origin::Attempt(1), params: [("late".to_owned(), 3.into())].into() }
                .into(),
        ))
        .await
        .unwrap();
        let points = vec![point(0.5, 1), point(0.9, 2)];
        home.add(by(ann, MetricsAdded { run: run_id(0), points, original: None }.into())).await.unwrap();
        let original = Some(Original { by: Some("Ada".to_owned()), at: time(3) });
        let params_added = |params| ParamsAdded { run: run_id(0), params, original };
        home.add(by(ann, params_added([("seed".to_owned(), 7.into())].into()).into())).await.unwrap();
        let message = Aside::new("line 3 of $HVEN_METRICS", "it is nested deeper than 32 levels", b"[[[");
        home.add(by(run_id(0).into(), MessageSetAside { attempt: started(0, 1).attempt, message }.into()))
            .await
            .unwrap();
        let run = home.runs_named(&RunName::Id(run_id(0))).await.unwrap().remove(0);
        assert_eq!(serde_json::json!(run.params), serde_json::json!({"lr": 1, "late": 3}));
        let added: Vec<_> =
            run.added.iter().map(|view| (view.addition.name.as_str(), view.by_name.as_deref())).collect();
        assert_eq!(added, [("lr", None), ("acc", Some("Ann")), ("seed", Some("Ann"))]);
        assert!(matches!(&run.added[1].addition.value, Added::Metric(line) if (line.points, line.last.0) == (2, 0.9)));
        assert_eq!(home.added_points(run_id(0), "acc").await.unwrap()[0].points.len(), 2);
        assert_eq!((run.set_aside.len(), run.set_aside[0].attempt), (1, 1));
        let query = RunQuery { scopes: vec![Scope::Home], limit: 9, ..RunQuery::default() };
        let row = home.runs(&query).await.unwrap().items.remove(0);
        assert_eq!((row.params, row.added, row.set_aside, row.metrics), (run.params, run.added.clone(), 1, Vec::new()));
        assert_eq!((row.added_total, home.additions_sum(run_id(0)).await.unwrap().values), (3, 2));
        assert_eq!((run.added[2].made_by(), run.added[2].made()), (Some("Ada"), time(3)));
        assert_eq!((run.added[1].made_by(), run.added[1].made()), (Some("Ann"), time(9)));
        // A list shows only the newest additions.
        for value in 0..8 {
            let params = [(format!("p{value}"), value.into())].into();
            home.add(by(ann, ParamsAdded { run: run_id(0), params, original: None }.into())).await.unwrap();
        }
        let row = home.runs(&query).await.unwrap().items.remove(0);
        let shown: Vec<_> = row.added.iter().map(|view| view.addition.name.as_str()).collect();
        assert_eq!((shown, row.added_total), (vec!["p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7"], 11));
        let run = home.runs_named(&RunName::Id(run_id(0))).await.unwrap().remove(0);
        assert_eq!(run.added.len(), 11);
        // After an erasure, the views contain nothing of the additions.
        let seqs: Vec<u64> = run.added.iter().map(|view| view.addition.seq).collect();
        let erased = seqs.iter().map(|seq| PayloadErased::new(*seq, "a secret"));
        home.erase(&seqs, batch(erased)).await.unwrap();
        let run = home.runs_named(&RunName::Id(run_id(0))).await.unwrap().remove(0);
        assert_eq!((run.added.len(), serde_json::json!(run.params)), (0, serde_json::json!({"lr": 1, "late": 3})));
    });
    assert_views_follow_facts(&home);
    home.close().unwrap();
    assert_views_follow_facts(&world.open());
}
