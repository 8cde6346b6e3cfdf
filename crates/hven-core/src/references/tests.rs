//! Tests of the references of facts and objects.

use super::*;
use crate::{
    fact::ObjectErased,
    object::{FileKind, FileRef},
    run::{AttemptResult, Code, Finished, Outcome, PartSealed, Spec, Submitted},
    stdin::{Stdin, StdinEnd, StdinRead},
};

fn digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

fn file(path: &str, kind: FileKind) -> FileRef {
    FileRef { path: path.to_owned(), digest: digest(path), size: 1, kind }
}

fn submitted(run: u128, inputs: Vec<FileRef>, code: Option<Code>) -> Fact {
    let spec = Spec { inputs, code, ..Spec::of_command(vec!["true".to_owned()], "/") };
    Submitted {
        run: RunId::from_u128(run),
        handle: Handle { count: 1 },
        project: "a".parse().expect("a path"),
        name: None,
        spec,
        launch: String::new(),
        cache_key: None,
        purpose: None,
        tolerances: Default::default(),
        absent: None,
        task: None,
    }
    .into()
}

/// The same, recorded by a server that checked: everything was in the store except these.
fn submitted_without(run: u128, inputs: Vec<FileRef>, code: Option<Code>, absent: &[&str]) -> Fact {
    let mut fact = submitted(run, inputs, code);
    if let Fact::RunSubmitted(submitted) = &mut fact {
        submitted.absent = Some(absent.iter().map(|text| digest(text)).collect());
    }
    fact
}

fn code_folder(listing: &str) -> Code {
    Code::Folder { listing: digest(listing), files: 2, bytes: 2 }
}

fn erased(text: &str) -> Fact {
    ObjectErased { digest: digest(text), because: "a name".to_owned() }.into()
}

fn finished(run: u128, attempt: Option<u32>, outputs: Vec<FileRef>) -> Fact {
    let result = AttemptResult { outputs, ..AttemptResult::without_process(Outcome::Done) };
    Finished { run: RunId::from_u128(run), attempt, result }.into()
}

fn listing(paths: &[&str]) -> Content {
    let listed =
        |path: &&str| ListedFile { path: (*path).to_owned(), digest: digest(path), size: 1, executable: false };
    let listing = Listing { files: paths.iter().map(listed).collect(), ..Listing::default() };
    read_content(Shape::Listing, &serde_json::to_vec(&listing).expect("JSON")).expect("it is one")
}

fn follow(facts: &[Fact]) -> Reachable {
    let mut references = References::default();
    for fact in facts {
        references.add_fact(fact);
    }
    references.follow(&mut |asked, _| match asked {
        asked if *asked == digest("out") => Ok(Some(listing(&["a", "b"]))),
        asked if *asked == digest("code") => Ok(Some(listing(&["fit.py"]))),
        asked if *asked == digest("the list of its code") => Ok(Some(listing(&["fitted"]))),
        asked if *asked == digest("torn") => Err("torn".to_owned()),
        _ => Ok(None),
    })
}

#[test]
fn files_of_folders_are_needed_as_their_folder_is() {
    let code = Code::Folder { listing: digest("code"), files: 1, bytes: 1 };
    let found = follow(&[
        submitted(1, vec![file("in", FileKind::File), file("out", FileKind::Folder)], Some(code)),
        finished(1, Some(1), vec![file("out", FileKind::Folder)]),
    ]);
    for needed in ["out", "a", "b"] {
        assert!(found.is_required(&digest(needed)), "{needed}");
    }
    for optional in ["in", "code", "fit.py"] {
        assert_eq!(found.objects[&digest(optional)].need, Need::Optional, "{optional}");
    }
    assert_eq!(found.name(&digest("b")).as_deref(), Some("out/b of run ZY5W"));
    assert_eq!(found.name(&digest("fit.py")).as_deref(), Some("fit.py of run ZY5W"));
    assert!(found.unread.is_empty());
}

/// Code is recognised by the fact that names it, not by its path: an output may have any path.
#[test]
fn an_output_is_needed_whatever_its_path() {
    let path = "the list of its code";
    let found = follow(&[submitted(1, Vec::new(), None), finished(1, Some(1), vec![file(path, FileKind::Folder)])]);
    assert!(found.is_required(&digest("fitted")));
    assert_eq!(found.name(&digest("fitted")).as_deref(), Some("the list of its code/fitted of run ZY5W"));
    // The same list as code and as an output is needed as an output, whichever fact comes first.
    let code = || Some(Code::Folder { listing: digest("out"), files: 2, bytes: 1 });
    for facts in [
        [submitted(1, Vec::new(), code()), finished(1, Some(1), vec![file("out", FileKind::Folder)])],
        [finished(1, Some(1), vec![file("out", FileKind::Folder)]), submitted(1, Vec::new(), code())],
    ] {
        let found = follow(&facts);
        assert!(found.is_required(&digest("a")));
        assert_eq!(found.name(&digest("a")).as_deref(), Some("out/a of run ZY5W"));
    }
    let both = follow(&[submitted(1, vec![file("out", FileKind::Folder)], code())]);
    assert_eq!(both.name(&digest("a")).as_deref(), Some("out/a of run ZY5W"));
}

#[test]
fn an_erased_object_names_nothing() {
    let facts = [finished(1, Some(1), vec![file("out", FileKind::Folder)]), erased("a")];
    let found = follow(&facts);
    assert_eq!(found.objects.keys().collect::<HashSet<_>>(), HashSet::from([&digest("out"), &digest("b")]));
    assert!(follow(&[facts[0].clone(), erased("out")]).objects.is_empty());
}

#[test]
fn objects_present_at_submission_must_stay() {
    let inputs = || vec![file("in", FileKind::File), file("gone", FileKind::File), file("out", FileKind::Folder)];
    let found = follow(&[submitted_without(1, inputs(), Some(code_folder("code")), &["gone", "b"])]);
    for needed in ["in", "out", "a", "code", "fit.py"] {
        assert!(found.is_required(&digest(needed)), "{needed}");
    }
    for optional in ["gone", "b"] {
        assert_eq!(found.objects[&digest(optional)].need, Need::Optional, "{optional}");
    }
    // An object that was absent once and came for another run is needed, also when it is lost before a third run.
    let came = [
        submitted_without(1, inputs(), None, &["gone", "b"]),
        submitted_without(2, inputs(), None, &[]),
        submitted_without(3, inputs(), None, &["gone", "b"]),
    ];
    for facts in [&came[..], &came[..2], &came[1..]] {
        let found = follow(facts);
        assert!(found.is_required(&digest("gone")) && found.is_required(&digest("b")));
    }
    // An absent list has no known files; neither has a run without this information.
    let found =
        follow(&[submitted_without(1, inputs(), None, &["out"]), submitted(2, inputs(), Some(code_folder("code")))]);
    assert!(!found.is_required(&digest("a")) && !found.is_required(&digest("fit.py")));
    let diff = Some(Code::Git {
        commit: "0".repeat(40),
        branch: None,
        prefix: String::new(),
        diff: Some(digest("diff")),
        untracked: vec![file("new.py", FileKind::File), file("large", FileKind::File)],
        inner: Vec::new(),
        digest: digest("all"),
    });
    let found = follow(&[submitted_without(1, Vec::new(), diff, &["large"])]);
    assert!(found.is_required(&digest("diff")) && found.is_required(&digest("new.py")));
    assert_eq!(found.objects[&digest("large")].need, Need::Optional);
}

#[test]
fn surroundings_must_stay() {
    let mut fact = submitted_without(1, Vec::new(), None, &[]);
    if let Fact::RunSubmitted(submitted) = &mut fact {
        submitted.spec.surroundings = Some(digest("surroundings"));
    }
    let found = follow(&[fact]);
    assert!(found.is_required(&digest("surroundings")));
    let named = "what was recorded of its surroundings of run ZY5W";
    assert_eq!(found.name(&digest("surroundings")).as_deref(), Some(named));
}

#[test]
fn an_erased_object_that_is_named_again_is_needed_again() {
    let out = |run| finished(run, Some(1), vec![file("out", FileKind::Folder), file("log", FileKind::File)]);
    let found = follow(&[out(1), erased("log"), erased("a")]);
    assert_eq!(found.objects.keys().collect::<HashSet<_>>(), HashSet::from([&digest("out"), &digest("b")]));
    let found = follow(&[out(1), erased("log"), erased("a"), out(2)]);
    for needed in ["out", "a", "b", "log"] {
        assert!(found.is_required(&digest(needed)), "{needed}");
    }
    assert!(follow(&[out(1), out(2), erased("out"), erased("log")]).objects.is_empty());
    // Named again, but not in the store again: known only by its digest.
    let again =
        submitted_without(2, vec![file("out", FileKind::Folder), file("log", FileKind::File)], None, &["a", "log"]);
    let found = follow(&[out(1), erased("log"), erased("a"), again]);
    for optional in ["a", "log"] {
        assert_eq!(found.objects[&digest(optional)].need, Need::Optional, "{optional}");
    }
    assert!(found.is_required(&digest("b")));
}

#[test]
fn unreadable_listings_are_reported() {
    let inputs = vec![file("torn", FileKind::Folder), file("never uploaded", FileKind::Folder)];
    let outputs = vec![file("lost", FileKind::Folder)];
    let found = follow(&[submitted(1, inputs, None), finished(1, Some(1), outputs)]);
    let unread = BTreeMap::from([(digest("torn"), Some("torn".to_owned())), (digest("lost"), None)]);
    assert_eq!(found.unread, unread);
}

#[test]
fn standard_input_is_needed_as_inputs_are() {
    let on_stdin = Stdin::File { file: file("list", FileKind::File), from: 7 };
    let mut read = submitted_without(1, Vec::new(), None, &[]);
    if let Fact::RunSubmitted(submitted) = &mut read {
        submitted.spec.stdin = Some(on_stdin);
    }
    let piped = |kept| {
        let mut end = finished(2, Some(1), Vec::new());
        if let Fact::RunFinished(finished) = &mut end {
            let digest = Some(digest("piped"));
            finished.result.stdin = Some(StdinRead { bytes: 5, end: StdinEnd::Whole, digest, kept });
        }
        end
    };
    let found = follow(&[read, piped(true)]);
    assert!(found.is_required(&digest("list")) && found.is_required(&digest("piped")));
    assert!(follow(&[piped(false)]).objects.is_empty());
}

#[test]
fn a_part_that_is_sealed_again_replaces_the_previous_one() {
    let part = |object| {
        Fact::from(PartSealed {
            attempt: AttemptId { run: RunId::from_u128(1), number: 1 },
            stream: "log".to_owned(),
            part: 0,
            from: 0,
            to: 1,
            rows: 1,
            object: digest(object),
            object_bytes: 1,
            summary: Vec::new(),
        })
    };
    let found = follow(&[part("old"), part("new")]);
    assert_eq!(found.objects.keys().collect::<Vec<_>>(), [&digest("new")]);
    // An imported publication may not contain all its objects.
    let withheld = follow(&[finished(2, None, vec![file("lost", FileKind::File)])]);
    assert!(withheld.is_required(&digest("lost")));
}
