//! The environment of a run is part of its identity: variables, secrets, programs, named files, module folders. The
//! session of the user is not.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use crate::session::{CommandOutput, Session, finish};

fn with(session: &Session, arguments: &[&str], variables: &[(&str, &str)]) -> CommandOutput {
    let mut command = session.command(arguments);
    command.envs(variables.iter().copied());
    finish(command.spawn().expect("the binary starts"))
}

fn commit_all(folder: &Path) {
    for words in [&["init", "-q", "-b", "main"][..], &["add", "."], &["commit", "-q", "-m", "first"]] {
        let settings = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];
        let output = Command::new("git").args(settings).args(words).current_dir(folder).output().expect("git runs");
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

const STUDY: &str = r#"
[run.clean]
command = "python3 -B clean.py raw.csv clean.csv"
inputs = ["raw.csv"]
outputs = ["clean.csv"]

[run.fit]
command = "python3 -B fit.py"
inputs = ["clean.csv"]
outputs = ["fit.txt"]

[run.plot]
command = "sh plot.sh"
inputs = ["fit.txt"]
outputs = ["plot.txt"]
"#;

#[test]
fn unchanged_steps_are_up_to_date_in_another_shell() {
    let session = Session::new();
    session.write("hven.toml", STUDY);
    session.write("clean.py", "import sys\nopen(sys.argv[2], 'w').write(open(sys.argv[1]).read().strip())\n");
    session.write("fit.py", "open('fit.txt', 'w').write(str(len(open('clean.csv').read())))\n");
    session.write("plot.sh", "cat fit.txt > plot.txt\n");
    session.write("raw.csv", "1,2\n");
    session.write(".gitignore", "clean.csv\nfit.txt\nplot.txt\n");
    commit_all(&session.cwd());
    let folder = session.cwd().display().to_string();
    // An editor prepends its own folder, and the other folders occur twice.
    let path = std::env::var("PATH").expect("tests have a PATH");
    let path = format!("/home/mira/.vscode-server/bin/remote-cli:{path}:{path}");
    let first = [
        ("TERM", "xterm-256color"),
        ("SHLVL", "1"),
        ("PWD", folder.as_str()),
        ("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22"),
    ];
    with(&session, &["run"], &first).ok();
    let second = [
        ("TERM", "screen"),
        ("TERM_PROGRAM", "vscode"),
        ("SHLVL", "3"),
        ("PWD", "/"),
        ("OLDPWD", folder.as_str()),
        ("_", "/usr/bin/hven"),
        ("SSH_TTY", "/dev/pts/7"),
        ("SSH_AUTH_SOCK", "/tmp/agent"),
        ("TMUX", "/tmp/tmux,1,0"),
        ("DISPLAY", ":1"),
        ("XDG_SESSION_ID", "42"),
        ("LS_COLORS", "di=1"),
        ("PS1", "$ "),
        ("TMPDIR", "/tmp/elsewhere"),
        ("TEMP", "/tmp/elsewhere"),
        ("SLURM_JOB_ID", "17"),
        ("VIRTUAL_ENV", "/nowhere/venv"),
        ("USERNAME", "mira"),
        ("XDG_DATA_DIRS", "/usr/share"),
        ("MAKEFLAGS", " -j4 --jobserver-auth=fifo:/tmp/GMfifo17"),
        ("MAKELEVEL", "1"),
        ("GITHUB_RUN_ID", "17"),
        ("PATH", path.as_str()),
    ];
    let again = with(&session, &["run"], &second).ok();
    assert_eq!(again.out.matches("up to date").count(), 3, "{}", again.out);
    assert_eq!(session.hven(&["run"]).ok().out.matches("up to date").count(), 3, "nor without any of them");

    // An intermediate file is restored, and the plan expects this.
    for edited in [None, Some("edited by hand\n")] {
        fs::remove_file(session.cwd().join("clean.csv")).expect("it is there");
        if let Some(text) = edited {
            session.write("clean.csv", text);
        }
        let plan = session.hven(&["run", "--plan"]).ok();
        assert_eq!(plan.out.matches("up to date").count(), 3, "{edited:?}: {plan:?}");
        assert_eq!(session.cwd().join("clean.csv").exists(), edited.is_some(), "a plan does nothing");
        assert_eq!(session.hven(&["run"]).ok().out.matches("up to date").count(), 3, "{edited:?}");
        assert_eq!(session.read("clean.csv"), "1,2");
    }

    session.write("fit.py", "open('fit.txt', 'w').write('other')\n");
    let plan = session.hven(&["run", "--plan"]).ok();
    assert!(plan.out.contains("the code changed: fit.py"), "{}", plan.out);
    session.write("fit.py", "open('fit.txt', 'w').write(str(len(open('clean.csv').read())))\n");
    let plan = with(&session, &["run", "--plan"], &[("OMP_NUM_THREADS", "3")]).ok();
    let because = "the environment variable OMP_NUM_THREADS is set now";
    assert!(plan.out.contains(because), "{}", plan.out);
    let result = with(&session, &["run"], &[("OMP_NUM_THREADS", "3")]).ok();
    for step in ["clean", "fit", "plot"] {
        assert!(result.err.contains(&format!("run.{step}: run again, because {because}")), "{}", result.err);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_file_that_receives_the_output_is_no_code() {
    let session = Session::new();
    session.write("in.txt", "1");
    for _ in 0..2 {
        let log = fs::File::options().create(true).append(true).open(session.cwd().join("run.log")).expect("opened");
        let mut command = session.command(&["run", "-i", "in.txt", "-o", "out.txt", "--", "cp", "in.txt", "out.txt"]);
        command.stdout(log.try_clone().expect("the same file")).stderr(log);
        assert!(command.status().expect("the binary starts").success(), "{}", session.read("run.log"));
    }
    assert!(session.read("run.log").contains("up to date"), "{}", session.read("run.log"));
}

/// A program in its own folder, a module folder, and a file outside of the study.
struct RunEnvironment {
    session: Session,
    variables: Vec<(String, String)>,
}

const WORK: &[&str] =
    &["run", "-i", "in.txt", "-o", "out.txt", "--secret", "KEY", "--", "tool", "in.txt", "../shared/settings.txt"];

impl RunEnvironment {
    fn new() -> Self {
        let session = Session::new();
        session.write("in.txt", "1");
        session.write("../shared/settings.txt", "a");
        session.write("../lib/module.py", "x = 1");
        let path = std::env::var("PATH").expect("tests have a PATH");
        let place = |folder: &str| session.root().join(folder).display().to_string();
        let variables = [
            ("PATH", format!("{}:{path}", place("bin"))),
            ("PYTHONPATH", place("lib")),
            ("SEED", "1".to_owned()),
            ("KEY", "the first secret".to_owned()),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value)).to_vec();
        let environment = Self { session, variables };
        environment.program("cat \"$1\" > out.txt");
        environment
    }

    fn program(&self, script: &str) {
        self.session.write("../bin/tool", &format!("#!/bin/sh\n{script}\n"));
        let path = self.session.cwd().join("../bin/tool");
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("set");
    }

    fn set(&mut self, name: &str, value: &str) {
        self.variables.retain(|(other, _)| other != name);
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    fn run(&self) -> CommandOutput {
        let variables: Vec<_> = self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        with(&self.session, WORK, &variables).ok()
    }

    /// After a change the run is repeated with this reason, and is then up to date.
    #[track_caller]
    fn check(&self, because: &str) {
        let result = self.run();
        assert!(!result.err.contains("did the same"), "{because}: {}", result.err);
        assert!(
            result.err.contains("run again, because ") && result.err.contains(because),
            "{because}: {}",
            result.err
        );
        assert!(self.run().err.contains("did the same"), "{because}: nothing changed");
    }
}

#[test]
fn changes_of_the_environment_make_other_work_and_are_named() {
    let mut environment = RunEnvironment::new();
    assert!(!environment.run().err.contains("run again"), "it was never run");
    assert!(environment.run().err.contains("did the same"));
    environment.set("SEED", "2");
    environment.check("the environment variable SEED changed");
    environment.set("TZ", "Europe/Copenhagen");
    environment.check("the environment variable TZ changed from UTC to Europe/Copenhagen");
    environment.set("LANG", "de_DE.UTF-8");
    environment.check("the environment variable LANG changed from C.UTF-8 to de_DE.UTF-8");
    environment.set("KEY", "another secret");
    environment.check("the secret KEY has another value");
    environment.program("cat \"$1\" \"$1\" > out.txt");
    environment.check("the program tool changed");
    environment.session.write("../shared/settings.txt", "b");
    environment.check("shared/settings.txt, which the command or a variable names, changed");
    environment.session.write("../lib/module.py", "x = 2");
    environment.check("of PYTHONPATH changed");
    let explained = environment.session.hven(&["explain", "last"]).ok().out;
    assert!(
        explained.contains("It is not the same as run") && explained.contains("of PYTHONPATH changed"),
        "{explained}"
    );
    environment.set("TERM", "dumb");
    assert!(environment.run().err.contains("did the same"), "the terminal does not count");
    let shown = environment.session.hven(&["show", "last", "--json"]).ok().json();
    let digest = shown["spec"]["surroundings"].as_str().expect("they are recorded").to_owned();
    environment.session.hven(&["audit", "verify"]).ok();
    let object = environment.session.home().join("objects").join(&digest[..2]).join(&digest[2..]);
    let kept = fs::read_to_string(object).expect("they are kept");
    assert!(kept.contains("\"SEED\"") && !kept.contains("another secret"), "{kept}");
}

#[test]
fn a_module_folder_that_cannot_be_read_is_reported_and_nothing_is_up_to_date() {
    let mut environment = RunEnvironment::new();
    environment.set("HVEN_CODE_FILES_MAX", "3");
    (0..5).for_each(|n| environment.session.write(&format!("../lib/{n}.py"), ""));
    for _ in 0..2 {
        let result = environment.run();
        assert!(result.err.contains("lib, and it has more than 3 files"), "{}", result.err);
        assert!(!result.err.contains("did the same"), "{}", result.err);
    }
}

/// The listed reasons when a reproduction of the run differs; `None` when it does not.
fn differs_because(script: &str, variables: &[(&str, &str)], more: &[&str]) -> Option<String> {
    let session = Session::new();
    session.write("fit.py", script);
    session.write("in.txt", "1");
    let command = ["-i", "in.txt", "-o", "out.json", "--", "python3", "fit.py"];
    with(&session, &[&["run"], more, &command].concat(), variables).ok();
    let verdict = with(&session, &["reproduce", "last", "--json"], variables).json();
    let item = &verdict["items"][0];
    (item["level"] == "differs").then(|| item["surroundings"].to_string())
}

#[test]
fn a_differing_reproduction_names_possible_reasons() {
    let seed = "import json, os\njson.dump({'seed': os.environ.get('SEED')}, open('out.json', 'w'))\n";
    let because = differs_because(seed, &[("SEED", "seventeen")], &[]).expect("it differs");
    for part in ["variables that were set then and are not now", "SEED", "`hven run --env-record NAME` records one"] {
        assert!(because.contains(part), "{because}");
    }
    assert!(!because.contains("seventeen"), "its value is not shown: {because}");
    assert_eq!(differs_because(seed, &[("SEED", "seventeen")], &["--env-record", "SEED"]), None, "it is the same");
    let clock = "import datetime, json\nnow = datetime.datetime.now(datetime.timezone.utc).isoformat()\n\
                 json.dump({'made': now}, open('out.json', 'w'))\n";
    let because = differs_because(clock, &[], &[]).expect("it differs");
    assert!(because.contains("clock: out.json, /made holds the date of its own run"), "{because}");
}

/// A session with two files for `cp`.
fn copying() -> Session {
    let session = Session::new();
    for file in ["in.txt", "more.txt"] {
        session.write(file, file);
    }
    session
}

#[test]
fn given_parameters_count() {
    let session = copying();
    let run = |params: &[&str]| {
        let params = params.iter().flat_map(|param| ["--param", *param]);
        let words = ["run", "-i", "in.txt", "-o", "out.txt"].into_iter().chain(params);
        let words: Vec<&str> = words.chain(["--", "cp", "in.txt", "out.txt"]).collect();
        session.hven(&words).ok().err
    };
    run(&["lr=0.1"]);
    let same = run(&["lr=0.1"]);
    assert!(same.contains("did the same: same command, parameters, inputs"), "{same}");
    let other = run(&["lr=0.2"]);
    assert!(other.contains("run again, because the parameter lr changed from 0.1 to 0.2"), "{other}");
    let explained = session.hven(&["explain", "last"]).ok().out;
    assert!(explained.contains(": the parameter lr changed from 0.1 to 0.2"), "{explained}");
    let shown = session.hven(&["show", "last", "--json"]).ok().json();
    assert_eq!(shown["params"]["lr"], 0.2);
    assert!(run(&["lr=0.1"]).contains("did the same"), "an older run has them");
    let none = run(&[]);
    assert!(none.contains("run again, because the parameter lr is not given any more"), "{none}");

    let step = |lr: &str| {
        let step = "[run.fit]\ncommand = \"cp in.txt fit.txt\"\ninputs = [\"in.txt\"]\noutputs = [\"fit.txt\"]\n";
        session.write("hven.toml", &format!("{step}params = {{ lr = {lr} }}\n"));
        session.hven(&["run"]).ok()
    };
    step("0.1");
    assert!(step("0.1").out.contains("up to date"));
    let other = step("0.2");
    assert!(other.err.contains("run.fit: run again, because the parameter lr changed from 0.1 to 0.2"), "{other:?}");
}

#[test]
fn a_run_that_cannot_be_reused_is_reported_with_the_reason() {
    let session = copying();
    let failed = session.hven(&["run", "-i", "in.txt", "-o", "out.txt", "--", "false"]);
    assert_eq!(failed.status, Some(1), "{failed:?}");
    let explained = session.hven(&["explain", "last"]).ok().out;
    assert!(explained.contains("It did not succeed, so it answers for no other run"), "{explained}");
    assert!(!explained.contains("is up to date"), "{explained}");

    let run = |inputs: [&str; 2], outputs: [&str; 2]| {
        let files = ["run", "-i", inputs[0], "-i", inputs[1], "-o", outputs[0], "-o", outputs[1], "--"];
        let work = ["sh", "-c", "cp in.txt a.out; cp more.txt b.out"];
        let words: Vec<&str> = files.into_iter().chain(work).collect();
        session.hven(&words).ok().err
    };
    run(["in.txt", "more.txt"], ["a.out", "b.out"]);
    let explained = session.hven(&["explain", "last"]).ok().out;
    assert!(explained.contains("is up to date and is not run again"), "{explained}");
    let inputs = run(["more.txt", "in.txt"], ["a.out", "b.out"]);
    assert!(inputs.contains("run again, because the order of the inputs changed"), "{inputs}");
    let outputs = run(["more.txt", "in.txt"], ["b.out", "a.out"]);
    assert!(outputs.contains("run again, because the order of the outputs changed"), "{outputs}");

    session.hven(&["retract", &session.last(), "--because", "the telescope was not calibrated", "--yes"]).ok();
    let explained = session.hven(&["explain", "last"]).ok().out;
    assert!(explained.contains("It answers for no other run") && explained.contains("not calibrated"), "{explained}");
    assert!(!explained.contains("is up to date"), "{explained}");
}

#[test]
fn a_run_of_another_folder_is_named_with_its_folder() {
    let session = Session::new();
    let run = |folder: &str, script: &str| {
        session.write(&format!("{folder}/in.txt"), "1");
        session.write(&format!("{folder}/fit.sh"), script);
        session.hven_in(folder, &["run", "-i", "in.txt", "-o", "out.txt", "--", "sh", "fit.sh"]).ok().err
    };
    run("s1", "cp in.txt out.txt");
    let same = run("s2", "cp in.txt out.txt");
    assert!(same.contains("/s1 did the same"), "{same}");
    assert!(!run("s1", "cp in.txt out.txt").contains("/s1 did the same"), "it is its own folder");
    let other = run("s2", "cat in.txt > out.txt");
    assert!(other.contains("because it differs from run") && other.contains("/s1: the code changed"), "{other}");
    let explained = session.hven(&["explain", "last"]).ok().out;
    assert!(explained.contains("/s1: the code changed"), "{explained}");
    run("s1", "cat < in.txt > out.txt");
    let own = run("s2", "cat -u in.txt > out.txt");
    assert!(own.contains("run again, because the code changed: fit.sh"), "{own}");
}
