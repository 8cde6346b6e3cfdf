//! The stores of several versions of MLflow have the same content, whatever they look like inside.

use hven_imports::{
    ArtifactBytes, Faults,
    mlflow::{Database, FileStore, PARENT, Status, Store},
};

use crate::samples::{lines, points, runs, unpacked};

const T0: i64 = 1_700_000_000_000;

/// The things that a version of MLflow has.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Since {
    Runs,
    Inputs,
    Models,
}

fn check(store: &dyn Store, name: &str, has: Since) {
    let has_models = has >= Since::Models;
    let mut faults = Faults::default();
    let experiments = store.experiments(&mut faults).expect("experiments");
    let mut names: Vec<(&str, bool)> = experiments.iter().map(|each| (each.name.as_str(), each.is_deleted)).collect();
    names.sort_unstable();
    assert_eq!(names, [("Default", false), ("gone", true), ("tune/nights 🚀", false)], "{name}");
    let tune = experiments.iter().find(|each| each.name.starts_with("tune")).expect("it is there");
    assert_eq!(tune.tags.get("mlflow.note.content").map(String::as_str), Some("all nights"), "{name}");

    let all = runs(store, &mut faults);
    let by_name = |name: &str| all.iter().find(|run| run.name.as_deref() == Some(name)).expect("it is there");
    let expected_names = ["child", "dead", "first/run 🚀", "going on", "killed", "lost"];
    let mut expected: Vec<&str> = expected_names.to_vec();
    if has_models {
        expected.push("with a model");
    }
    assert_eq!(all.iter().filter_map(|run| run.name.as_deref()).collect::<Vec<_>>(), expected, "{name}");
    for (run, status, ended, is_deleted) in [
        ("first/run 🚀", Status::Finished, Some(T0 + 60_000), false),
        ("child", Status::Failed, Some(T0 + 3000), false),
        ("killed", Status::Killed, Some(T0 + 6000), false),
        ("going on", Status::Running, None, false),
        ("dead", Status::Finished, Some(T0 + 9500), true),
    ] {
        let run = by_name(run);
        assert_eq!((run.status, run.ended, run.is_deleted), (status, ended, is_deleted), "{name} {run:?}");
        assert_eq!(run.id.len(), 32, "{name}");
    }
    let first = by_name("first/run 🚀");
    assert_eq!(first.started, Some(T0), "{name}");
    assert_eq!(by_name("child").parent.as_deref(), Some(first.id.as_str()), "{name}");

    let details = store.details(first, &mut faults).expect("details");
    let params: Vec<(&str, &str)> = details.params.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(params, [("epochs", "3"), ("flag", "True"), ("lr", "0.010"), ("name", "é 🚀")], "{name}");
    assert_eq!(details.tags.get("a/b").map(String::as_str), Some("é\n2"), "{name}");
    assert!(!details.tags.contains_key(PARENT), "{name}");
    assert_eq!(details.datasets.len(), usize::from(has >= Since::Inputs), "{name}");
    for input in &details.datasets {
        assert_eq!(
            (&input["dataset"]["name"], &input["tags"][0]["value"]),
            (&"planets".into(), &"training".into()),
            "{name}"
        );
    }

    let (all_points, _) = points(store, first, &mut faults);
    let of = |key: &str| all_points.iter().filter(|point| point.key == key).collect::<Vec<_>>();
    let loss: Vec<String> = of("loss").iter().map(|point| format!("{}:{}", point.step, point.value.0)).collect();
    assert_eq!(loss, ["0:0.5", "1:0.25", "2:NaN", "3:inf", "4:-inf", &format!("5:{}", 1e-300), "6:3"], "{name}");
    assert_eq!(of("loss")[1].time_us, (T0 + 1000) * 1000, "{name}");
    assert_eq!(of("val/acc").iter().map(|point| point.step).collect::<Vec<_>>(), [10, 9, 8, 7, 6], "{name}");
    assert_eq!(of("same step").len(), 3, "{name}");

    let files = store.artifacts(first, &mut faults).expect("files");
    assert_eq!(
        files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(),
        ["out/deep/report é.txt", "out/empty.bin"],
        "{name}"
    );
    let ArtifactBytes::File(path) = &files[0].bytes else { panic!("{name}: {:?}", files[0]) };
    assert_eq!(std::fs::read_to_string(path).expect("read"), "hello\n", "{name}");
    assert!(store.artifacts(by_name("killed"), &mut faults).expect("files").is_empty(), "{name}");

    let models = store.registered_models(&mut faults).expect("registered models");
    assert_eq!((models.len(), models[0].name.as_str()), (1, "planet model"), "{name}");
    assert_eq!(
        models[0].versions.iter().map(|version| version.number).collect::<Vec<_>>(),
        [1, 3],
        "{name}: 2 was deleted"
    );
    let alias = (has >= Since::Inputs).then_some(&3);
    assert_eq!(models[0].aliases.get("champion"), alias, "{name}");
    assert_eq!(models[0].versions[1].run.as_ref(), Some(&first.id), "{name}");
    if has_models {
        let models = store.logged_models(tune, &mut faults).expect("logged models");
        assert_eq!(
            (models.len(), models[0].name.as_str(), models[0].status.as_str()),
            (1, "tree", "LOGGED_MODEL_READY"),
            "{name}"
        );
        assert_eq!(models[0].run.as_ref(), Some(&by_name("with a model").id), "{name}");
        let files = store.model_artifacts(&models[0], "m/", &mut faults).expect("files");
        assert_eq!(files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["m/report é.txt"], "{name}");
        let details = store.details(by_name("with a model"), &mut faults).expect("details");
        assert_eq!(details.model_outputs[0]["model_id"], models[0].id.as_str(), "{name}");
    }
    store.not_imported(&mut faults).expect("counted");
    assert_eq!(lines(&faults), Vec::<String>::new(), "{name}");
}

#[test]
fn databases_of_several_versions_are_read() {
    for (version, has) in
        [("1.30.1", Since::Runs), ("2.22.0", Since::Inputs), ("3.15.0", Since::Models), ("3.17.2", Since::Models)]
    {
        let folder = unpacked(&format!("mlflow-{version}-database"));
        let store = Database::open(&folder.path().join("mlflow.db"), None).expect("a database");
        check(&store, version, has);
    }
}

#[test]
fn folders_of_several_versions_are_read() {
    for (version, has) in [("2.22.0", Since::Inputs), ("3.17.2", Since::Models)] {
        let folder = unpacked(&format!("mlflow-{version}-folder"));
        check(&FileStore::open(folder.path(), None).expect("a folder"), version, has);
        check(&FileStore::open(&folder.path().join("mlruns"), None).expect("a folder"), version, has);
    }
}
