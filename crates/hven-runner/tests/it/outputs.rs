//! The outputs of tasks, and their way to the server.

use std::fs;

use hven_core::{
    object::{EMPTY_LISTING, FileKind, FileRef, Listing},
    run::Outcome,
};

use crate::{fake_server::Server, setup::Setup};

fn bytes_of(server: &Server, file: &FileRef) -> Vec<u8> {
    server.state().objects.get(&file.digest.to_string()).cloned().expect("the server has the output")
}

fn listing_of(server: &Server, file: &FileRef) -> Listing {
    serde_json::from_slice(&bytes_of(server, file)).expect("a listing")
}

#[test]
fn files_and_folders_are_kept() {
    let setup = Setup::new();
    let script = "mkdir -p out/deep; echo data > model.bin; echo 1 > out/a; echo 2 > out/deep/b; chmod +x out/a; \
                  ln -s /etc/passwd out/leak; ln -s ../model.bin out/inside; mkfifo out/pipe; : > empty";
    let attempt = setup.submit(&["sh", "-c", script], |start| {
        start.outputs = ["model.bin", "out/", "empty"].map(str::to_owned).to_vec();
    });
    let result = setup.end_of(attempt);
    assert_eq!(result.outcome, Outcome::Done);
    let [model, out, empty] = &result.outputs[..] else { panic!("{:?}", result.outputs) };
    assert_eq!((model.path.as_str(), model.size, model.kind), ("model.bin", 5, FileKind::File));
    assert_eq!(bytes_of(&setup.server, model), b"data\n");
    assert_eq!((empty.size, bytes_of(&setup.server, empty).len()), (0, 0));
    assert_eq!((out.path.as_str(), out.size, out.kind), ("out", 4, FileKind::Folder));
    let listing = listing_of(&setup.server, out);
    let files: Vec<_> = listing.files.iter().map(|f| (f.path.as_str(), f.size, f.executable)).collect();
    assert_eq!(files, [("a", 2, true), ("deep/b", 2, false)]);
    // Links stay links; their targets are not read.
    let links: Vec<_> = listing.links.iter().map(|link| (link.path.as_str(), link.target.as_str())).collect();
    assert_eq!(links, [("inside", "../model.bin"), ("leak", "/etc/passwd")]);
    let mut missing: Vec<_> = result.outputs_missing.iter().map(|m| format!("{}: {}", m.path, m.why)).collect();
    missing.sort();
    assert!(missing[0].starts_with("out/inside: it is a link to ") && missing[0].contains("outside of"), "{missing:?}");
    assert!(missing[1].starts_with("out/leak: it is a link to /etc/passwd, outside of "), "{missing:?}");
    assert_eq!(missing[2..], ["out/pipe: it is a pipe, not a file or folder"]);
}

#[test]
fn names_of_any_bytes_and_empty_folders_are_kept() {
    let setup = Setup::new();
    let script = r#"
        mkdir -p out/empty out/deep/er none
        printf 1 > "$(printf 'Gr\366\337e.txt')"
        printf 2 > "$(printf 'out/Gr\344\337e.txt')"
        printf 3 > "$(printf 'out/Gr\366\337e.txt')"
        printf 4 > "$(printf 'out/two\nlines')"
        printf 5 > 'out/-n'; printf 6 > 'out/ blank '; printf 7 > 'out/[a]*'; printf 8 > 'out/👩‍🔬'
        ln -s "$(printf 'Gr\366\337e.txt')" out/link"#;
    let latin = "Gr\u{eff6}\u{efdf}e.txt";
    let attempt = setup.submit(&["sh", "-c", script], |start| {
        start.outputs = [latin, "out", "none"].map(str::to_owned).to_vec();
    });
    let result = setup.end_of(attempt);
    assert_eq!((&result.outcome, &result.outputs_missing[..]), (&Outcome::Done, &[][..]));
    let [file, out, none] = &result.outputs[..] else { panic!("{:?}", result.outputs) };
    assert_eq!((file.path.as_str(), bytes_of(&setup.server, file)), (latin, b"1".to_vec()));
    assert_eq!((none.kind, bytes_of(&setup.server, none)), (FileKind::Folder, EMPTY_LISTING.to_vec()));
    let listing = listing_of(&setup.server, out);
    let files: Vec<&str> = listing.files.iter().map(|file| file.path.as_str()).collect();
    let other = "Gr\u{efe4}\u{efdf}e.txt";
    assert_eq!(files, [" blank ", "-n", other, latin, "[a]*", "two\nlines", "👩\u{200d}🔬"]);
    assert_eq!(listing.folders, ["deep/er", "empty"]);
    assert_eq!(listing.links.iter().map(|link| link.target.as_str()).collect::<Vec<_>>(), [latin]);
}

#[test]
fn a_missing_output_fails_a_successful_task() {
    let setup = Setup::new();
    let run = |script: &str| {
        let attempt = setup.submit(&["sh", "-c", script], |start| start.outputs = vec!["a".to_owned(), "b".to_owned()]);
        setup.end_of(attempt)
    };
    let result = run("echo x > a");
    assert_eq!(result.outcome, Outcome::OutputMissing { path: "b".to_owned() });
    assert_eq!((result.outputs.len(), result.outputs_missing.len()), (1, 1));
    let failed = run("exit 4");
    assert_eq!(failed.outcome, Outcome::Failed { exit: 4 });
    assert_eq!(failed.outputs.len(), 1, "the existing outputs of a failed task are kept");
}

#[test]
fn a_folder_of_100_000_files_is_kept() {
    let setup = Setup::new();
    let script =
        "import os\nos.mkdir('out')\nfor i in range(100000): open(f'out/{i % 100}-{i}', 'w').write(str(i % 500))";
    let attempt = setup.submit(&["python3", "-c", script], |start| start.outputs = vec!["out".to_owned()]);
    let result = setup.end_of(attempt);
    assert_eq!(result.outcome, Outcome::Done);
    let listing = listing_of(&setup.server, &result.outputs[0]);
    assert_eq!(listing.files.len(), 100_000);
    assert!(listing.files.is_sorted_by(|a, b| a.path < b.path));
    assert!(setup.server.state().requests < 5_000, "the server's objects are not sent again");
}

#[test]
fn an_interrupted_upload_is_resumed() {
    let setup = Setup::new();
    for bytes in [20_000_000, 3_000_000] {
        setup.server.state().break_upload_after = Some(2_000_000);
        let attempt = setup.submit(&["sh", "-c", &format!("head -c {bytes} /dev/urandom > big")], |start| {
            start.outputs = vec!["big".to_owned()];
        });
        let result = setup.end_of(attempt);
        assert_eq!(result.outcome, Outcome::Done);
        assert_eq!(bytes_of(&setup.server, &result.outputs[0]), fs::read(setup.work().join("big")).expect("a file"));
        assert!(setup.server.state().break_upload_after.is_none());
    }
}

#[test]
fn outputs_survive_a_server_that_is_away() {
    let mut setup = Setup::new();
    let attempt = setup.script("true");
    setup.end_of(attempt);
    let start = |setup: &Setup| {
        let script = "while [ ! -e go ]; do sleep 0.02; done; rm go; mkdir -p out; echo first > out/x; echo first > y";
        setup.submit(&["sh", "-c", script], |start| start.outputs = vec!["out".to_owned(), "y".to_owned()])
    };
    let attempt = start(&setup);
    setup.server.wait("the start", |state| (state.attempts.get(&attempt)?.started > 0).then_some(()));
    setup.close_server();
    fs::write(setup.work().join("go"), "").expect("a file");
    setup.wait_for_noted_end(attempt);
    // Another task or its user overwrites the outputs before the server is back, and the runner is killed.
    fs::write(setup.work().join("out/x"), "second").expect("a file");
    fs::remove_file(setup.work().join("y")).expect("removed");
    setup.kill_runner();
    setup.start_runner(&[]);
    setup.open_server();
    let result = setup.end_of(attempt);
    assert_eq!(result.outcome, Outcome::Done);
    let [out, y] = &result.outputs[..] else { panic!("{:?}", result.outputs) };
    assert_eq!(bytes_of(&setup.server, y), b"first\n");
    let inner = listing_of(&setup.server, out).files[0].digest.to_string();
    assert_eq!(setup.server.state().objects[&inner], b"first\n");
}
