//! Homes of earlier formats: `tests/homes/` keeps a small one of each, and every later Hven opens it with equal views.
//!
//! A new one is made with `HVEN_MAKE_HOME=format-2 cargo nextest run -p hven-record -E 'test(homes_of_each_format)'`.
//! `study-1` is the record of a whole study, `examples/kepler`, as the program of that time wrote it: found, reproduced,
//! published, retracted, repaired and published anew.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use hven_app::ports::{Catalogue, Claims, Lineages, Objects, Publications, Reproductions, Views, views::RunName};
use hven_core::{
    Fact, UserId,
    access::{Role, RoleGranted, Scope},
    claim::Verdict,
    fact::PayloadErased,
    project,
    reproduction::Level,
    run::{Outcome, ParamsLogged, State},
    soundness::Soundness,
    stream::Stream,
    user,
};
use hven_record::{Home, Settings};

use crate::{
    facts::{batch, file, finished, run_id, started, submitted},
    streams::{LOG, log_of, whole_log},
    world::{Add, assert_sound, assert_views_follow_facts, wait},
};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/homes")
}

/// One run with everything, one that waits, one that was erased; a part and a live segment.
fn make(name: &str) {
    let work = tempfile::tempdir().unwrap();
    let home = Home::create_or_open(&work.path().join("home"), Settings::default()).unwrap();
    wait(async {
        let tycho = UserId::from_u128(1);
        home.add(batch([user::Added { user: tycho, name: "Tycho".to_owned(), email: None }])).await.unwrap();
        home.add(batch([project::Added { path: "astro/exoplanets".parse().unwrap() }])).await.unwrap();
        home.add(batch([RoleGranted { project: Scope::Home, user: tycho, role: Role::Owner }])).await.unwrap();
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
        home.add(batch([ParamsLogged { run: run_id(0), params: [("lr".to_owned(), 0.1.into())].into() }]))
            .await
            .unwrap();
        home.seal_all(attempt).await;
        home.add_bytes(attempt, LOG, None, &log_of(50..60)).await.unwrap();
        home.add(batch([finished(0, Outcome::Done)])).await.unwrap();
        let erased = PayloadErased { seq: 7, because: "as a test".to_owned() };
        hven_app::ports::Record::erase(&home, &[7], batch([erased])).await.unwrap();
    });
    home.close().unwrap();
    // The journal is empty after a good end, and made anew.
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
            (run.state, run.params.len(), run.spec),
            (State::Done, 1, {
                let mut spec = submitted(0).spec;
                spec.inputs = vec![file("planets.csv", "data")];
                Some(spec)
            })
        );
        assert_eq!(home.runs_unfinished().await.unwrap().len(), 2);
        assert_eq!(home.runs_named(&RunName::Id(run_id(2))).await.unwrap()[0].spec, None);
        assert_eq!(whole_log(home, started(0, 1).attempt).await.len(), 60);
        assert!(hven_app::ports::Series::points(home, run_id(0), "loss").await.unwrap()[0].value.0.is_nan());
        // The same wish once more, with an id of its own; and another wish.
        let before = home.runs_named(&RunName::Id(run_id(1))).await.unwrap().remove(0);
        let again = hven_core::run::Submitted {
            project: before.project,
            name: before.name,
            spec: before.spec.unwrap(),
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

fn open(archive: &Path) {
    let work = tempfile::tempdir().unwrap();
    let mut tar = tar::Archive::new(zstd::Decoder::new(File::open(archive).unwrap()).unwrap());
    tar.set_preserve_ownerships(false);
    tar.unpack(work.path()).unwrap();
    let home = Home::open(&work.path().join("home"), Settings::default()).unwrap();
    assert_sound(&home);
    assert_views_follow_facts(&home);
    let is_study = archive.file_name().is_some_and(|name| name.to_string_lossy().starts_with("study"));
    if is_study {
        open_study(&home);
    } else {
        open_one(&home);
    }
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

#[test]
fn homes_of_each_format() {
    if let Ok(name) = std::env::var("HVEN_MAKE_HOME") {
        make(&name);
    }
    let mut homes: Vec<_> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    homes.retain(|path| path.extension().is_some_and(|extension| extension == "zst"));
    assert!(!homes.is_empty());
    for home in &homes {
        open(home);
    }
}
