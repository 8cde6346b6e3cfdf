//! Homes of earlier formats: `tests/homes/` contains a small home of each format, and every later version must open it with
//! equal views.
//!
//! To create a new one, run `HVEN_MAKE_HOME=format-2 cargo nextest run -p hven-record -E 'test(homes_of_each_format)'`.
//! `versions-1` contains facts of one kind in two versions: a program that knew only the first wrote the first of them.
//! `unreadable-1` and `unreadable-journal-1` contain facts that the program that wrote them could not read itself: tokens
//! that live three million days, and arguments of a recipe that are nested too deeply. In the second, the last of them are
//! only in the journal, as after a kill; that program could no longer open it.
//! `erased-2` contains the facts of `erased.rs`; the payload of every third is erased, and its trace is kept.
//! `study-1` is the record of a whole study, `examples/kepler`, written by the program of that time: it contains results,
//! reproductions, publications, retractions and repairs.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use hven_app::ports::{
    Catalogue, Claims, Lineages, Objects, Publications, Record, Reproductions, Views, record::FactQuery, views::RunName,
};
use hven_core::{
    Fact, UserId,
    access::{Grant, Role, RoleGranted, Scope},
    claim::Verdict,
    envelope::Envelope,
    fact::PayloadErased,
    params::Origin,
    project,
    reproduction::Level,
    run::{Outcome, ParamsLogged, State},
    soundness::Soundness,
    stream::Stream,
    user,
};
use hven_record::{Home, Settings, export, import, restore};

use crate::{
    erased,
    facts::{batch, file, finished, run_id, started, submitted},
    streams::{LOG, log_of, whole_log},
    world::{Add, assert_sound, assert_sound_but_for_objects, assert_views_follow_facts, wait},
};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/homes")
}

/// Creates a home with a complete run, a waiting run, an erased run, a part and a live segment.
fn make_one(home: &Home) {
    wait(async {
        let tycho = UserId::from_u128(1);
        home.add(batch([user::Added { user: tycho, name: "Tycho".to_owned(), email: None }])).await.unwrap();
        home.add(batch([project::Added { path: "astro/exoplanets".parse().unwrap() }])).await.unwrap();
        home.add(batch([RoleGranted {
            project: Scope::Home,
            user: tycho,
            role: Role::Owner,
            may_run_as_server: false,
        }]))
        .await
        .unwrap();
        home.put("data".into()).await.unwrap();
        for n in 0..3 {
            let mut run = submitted(n);
            run.spec.inputs = vec![file("planets.csv", "data")];
            home.add(batch([run]).with_key(Some(format!("submit {n}")))).await.unwrap();
        }
        let attempt = started(0, 1).attempt;
        home.add(batch([started(0, 1)])).await.unwrap();
        let point = b"{\"k\":\"loss\",\"v\":\"NaN\",\"s\":1,\"t\":1}\n";
        home.add_bytes(attempt, Stream::Metrics, Some(0), point).await.unwrap();
        home.add_bytes(attempt, LOG, Some(0), &log_of(0..50)).await.unwrap();
        let params = [("lr".to_owned(), 0.1.into())].into();
        home.add(batch([ParamsLogged { run: run_id(0), of: Origin::Attempt(1), params }])).await.unwrap();
        home.seal_all(attempt).await;
        home.add_bytes(attempt, LOG, None, &log_of(50..60)).await.unwrap();
        home.add(batch([finished(0, Outcome::Done)])).await.unwrap();
        let erased = PayloadErased::new(7, "as a test");
        Record::erase(home, &[7], batch([erased])).await.unwrap();
    });
}

fn make(name: &str) {
    let work = tempfile::tempdir().unwrap();
    let home = Home::create_or_open(&work.path().join("home"), Settings::default()).unwrap();
    if name.starts_with("erased") {
        erased::make(&home);
    } else {
        make_one(&home);
    }
    home.close().unwrap();
    // The journal is empty after a clean shutdown; recreate it.
    fs::remove_dir_all(work.path().join("home/journal")).unwrap();
    fs::create_dir(work.path().join("home/journal")).unwrap();
    fs::create_dir_all(folder()).unwrap();
    let target = File::create(folder().join(format!("{name}.tar.zst"))).unwrap();
    let mut tar = tar::Builder::new(zstd::Encoder::new(target, 19).unwrap());
    tar.append_dir_all("home", work.path().join("home")).unwrap();
    tar.into_inner().unwrap().finish().unwrap();
}

fn open_one(home: &Home) {
    wait(async {
        let run = home.runs_named(&RunName::Id(run_id(0))).await.unwrap().pop().unwrap();
        assert_eq!(
            (run.state, run.params.len(), run.spec().cloned()),
            (State::Done, 1, {
                let mut spec = submitted(0).spec;
                spec.inputs = vec![file("planets.csv", "data")];
                Some(spec)
            })
        );
        assert_eq!(home.runs_unfinished().await.unwrap().len(), 2);
        assert_eq!(home.runs_named(&RunName::Id(run_id(2))).await.unwrap()[0].spec(), None);
        assert_eq!(whole_log(home, started(0, 1).attempt).await.len(), 60);
        assert!(
            hven_app::ports::Series::points(home, started(0, 1).attempt, "loss").await.unwrap()[0].value.0.is_nan()
        );
        // The same request again, with an id of its own; and another request.
        let before = home.runs_named(&RunName::Id(run_id(1))).await.unwrap().remove(0);
        let again = hven_core::run::Submitted {
            project: before.project.clone(),
            name: before.name.clone(),
            spec: before.spec().unwrap().clone(),
            ..submitted(9)
        };
        assert!(home.add(batch([again]).with_key(Some("submit 1".to_owned()))).await.unwrap().earlier);
        let other = home.add(batch([submitted(9)]).with_key(Some("submit 1".to_owned()))).await;
        assert!(matches!(other, Err(hven_app::ports::StoreError::KeyReused { .. })));
        home.add(batch([Fact::from(started(1, 1))])).await.unwrap();
    });
}

fn open_study(home: &Home) {
    wait(async {
        let claim = home.claims_named(&"kepler3".parse().unwrap()).await.unwrap().pop().unwrap();
        let judged = claim.judgement.unwrap().judged;
        assert_eq!((judged.verdict, judged.evidence.len()), (Verdict::Holds, 1));
        let planets = home.datasets_named(&"planets".parse().unwrap(), Some(1)).await.unwrap().pop().unwrap();
        let project = "astro/kepler".parse().unwrap();
        let published = home.publication_versions(&project, &"kepler3".parse().unwrap()).await.unwrap();
        let [second, first] = published.as_slice() else { panic!("{published:?} are two") };
        let nodes = [
            judged.claim.into(),
            planets.version.dataset.into(),
            first.made.publication.into(),
            second.made.publication.into(),
        ];
        let expect = [Soundness::Sound, Soundness::Retracted, Soundness::Suspect, Soundness::Sound];
        assert_eq!(home.soundness(&nodes).await.unwrap(), expect);
        assert_eq!(home.reproductions(first.made.evidence[0], 1).await.unwrap()[0].reproduced.level, Level::SameBytes);
    });
}

/// A fact of the first version is read as the newest version; its version and bytes stay as they were written.
fn open_versions(home: &Home) {
    let query = FactQuery { kind: Some("role.granted".to_owned()), limit: 10, ..FactQuery::default() };
    let granted = wait(Record::facts(home, query)).unwrap();
    let versions: Vec<u16> = granted.iter().map(|envelope| envelope.header.version).collect();
    assert_eq!(versions, [1, 1, 1, 2]);
    let says_so = |envelope: &Envelope| {
        let payload = String::from_utf8(envelope.payload.as_ref().unwrap().bytes.clone()).unwrap();
        payload.contains("may_run_as_server")
    };
    assert_eq!(granted.iter().map(says_so).collect::<Vec<_>>(), [false, false, false, true]);
    wait(async {
        let users = home.users().await.unwrap();
        let mut grants = Vec::new();
        for user in &users {
            for Grant { scope, role, may_run_as_server } in home.roles(user.id).await.unwrap() {
                grants.push((user.name.clone().unwrap(), scope, role, may_run_as_server));
            }
        }
        let astro = Scope::Project("astro".parse().unwrap());
        let expect = [
            ("mira", Scope::Home, Role::Owner, false),
            ("Jun", astro, Role::Owner, false),
            ("Sofia", Scope::Home, Role::Member, true),
        ];
        assert_eq!(grants, expect.map(|(name, scope, role, may)| (name.to_owned(), scope, role, may)));
    });
}

fn unpack(archive: &Path) -> (tempfile::TempDir, PathBuf) {
    let work = tempfile::tempdir().unwrap();
    let mut tar = tar::Archive::new(zstd::Decoder::new(File::open(archive).unwrap()).unwrap());
    tar.set_preserve_ownerships(false);
    tar.unpack(work.path()).unwrap();
    let home = work.path().join("home");
    (work, home)
}

fn check_content(archive: &Path, home: &Home) {
    match archive.file_name().unwrap().to_string_lossy().split('-').next().unwrap() {
        "study" => open_study(home),
        "versions" => open_versions(home),
        "erased" => erased::check(home),
        _ => open_one(home),
    }
}

fn open(archive: &Path) {
    let (work, path) = unpack(archive);
    let home = Home::open(&path, Settings::default()).unwrap();
    // The facts of `erased-2` name objects that the test does not store.
    let has_objects = !archive.file_name().unwrap().to_string_lossy().starts_with("erased");
    let assert_sound = if has_objects { assert_sound } else { assert_sound_but_for_objects };
    assert_sound(&home);
    assert_views_follow_facts(&home);
    // After an export and import, and after a restore from a backup, it is the same home.
    let mut backup = Vec::new();
    home.backup(&mut backup).unwrap();
    let folder = work.path().join("exported");
    export(backup.as_slice(), &folder, &mut |_| ()).unwrap();
    let other = work.path().join("imported");
    import(&folder, &other, &Settings::default(), &mut |_| ()).unwrap();
    let imported = Home::open(&other, Settings::default()).unwrap();
    let restored = restore(backup.as_slice(), &work.path().join("restored"), Settings::default()).unwrap();
    for again in [&imported, &restored] {
        assert_eq!(again.head(), home.head());
        assert_sound(again);
        assert_views_follow_facts(again);
        check_content(archive, again);
    }
    imported.close().unwrap();
    restored.close().unwrap();
    check_content(archive, &home);
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

#[test]
fn homes_of_each_format() {
    if let Ok(name) = std::env::var("HVEN_MAKE_HOME") {
        make(&name);
    }
    let is_unreadable = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with("unreadable");
    let mut homes: Vec<_> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    homes.retain(|path| path.extension().is_some_and(|extension| extension == "zst") && !is_unreadable(path));
    assert!(!homes.is_empty());
    for home in &homes {
        open(home);
    }
}

/// The kinds and the numbers of the unreadable facts.
fn unreadable(home: &Home) -> (Vec<String>, Vec<u64>) {
    let found = wait(home.verify(false)).unwrap();
    assert_eq!(found.broken, None);
    assert_eq!((found.facts, found.head), (home.head().seq, home.head().hash));
    assert_eq!(
        (found.is_sound(), found.unreadable_total),
        (found.unreadable.is_empty(), found.unreadable.len() as u64)
    );
    let kinds = found.unreadable.iter().map(|one| one.kind.clone()).collect();
    (kinds, found.unreadable.iter().map(|one| one.seq).collect())
}

fn open_unreadable(name: &str, kinds: &[&str], last_user: &str) {
    let (work, path) = unpack(&folder().join(name));
    let home = Home::open(&path, Settings::default()).unwrap();
    let (found, seqs) = unreadable(&home);
    assert_eq!(found, kinds);
    // The program that wrote the facts had applied them to the views; a rebuild cannot read them and skips them.
    home.rebuild_views(Box::new(|_| ())).unwrap();
    assert_views_follow_facts(&home);
    wait(async {
        let users = home.users().await.unwrap();
        assert_eq!(users.last().unwrap().name.as_deref(), Some(last_user));
        let tokens = home.tokens(users[0].id).await.unwrap();
        let names: Vec<&str> = tokens.iter().map(|token| token.name.as_str()).collect();
        assert_eq!(names, ["this machine", "good"], "a token that cannot be read opens nothing");
        assert_eq!(home.runs_unfinished().await.unwrap().len(), 0);
        // The home stays usable.
        let added = user::Added { user: UserId::from_u128(7), name: "Later".to_owned(), email: None };
        home.add(batch([added])).await.unwrap();
    });
    let mut backup = Vec::new();
    home.backup(&mut backup).unwrap();
    let exported = work.path().join("exported");
    export(backup.as_slice(), &exported, &mut |_| ()).unwrap();
    let imported = work.path().join("imported");
    import(&exported, &imported, &Settings::default(), &mut |_| ()).unwrap();
    let imported = Home::open(&imported, Settings::default()).unwrap();
    let restored = restore(backup.as_slice(), &work.path().join("restored"), Settings::default()).unwrap();
    for again in [&imported, &restored] {
        assert_eq!((again.head(), unreadable(again)), (home.head(), (found.clone(), seqs.clone())));
        assert_views_follow_facts(again);
    }
    imported.close().unwrap();
    restored.close().unwrap();
    // After the erasure of the unreadable facts, the home has no problems.
    for seq in seqs {
        let erased = PayloadErased::new(seq, "it cannot be read");
        wait(Record::erase(&home, &[seq], batch([erased]))).unwrap();
    }
    assert_eq!(unreadable(&home), (Vec::new(), Vec::new()));
    assert_views_follow_facts(&home);
    home.close().unwrap();
    let home = Home::open(&path, Settings::default()).unwrap();
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

#[test]
fn a_home_with_unreadable_facts_opens_and_reports_them() {
    open_unreadable("unreadable-1.tar.zst", &["token.issued", "run.submitted", "token.issued"], "Jun");
}

#[test]
fn a_home_with_unreadable_facts_in_its_journal_opens_and_reports_them() {
    let kinds = ["token.issued", "run.submitted", "token.issued", "token.issued"];
    open_unreadable("unreadable-journal-1.tar.zst", &kinds, "Late");
}
