//! Text of other users in a terminal: every command runs in a home in which names, logs, statements, paths and reasons
//! are full of control characters and invisible characters. No output may contain them.

use std::{collections::BTreeSet, fs};

use crate::session::{CommandOutput, Session, finish};

/// A colour, a window title, clearing the screen in 7 and 8 bits, a bell, moving back, reversing the direction of text,
/// and characters without width.
const EVIL: &str = "ev\x1b[31mil\x1b]0;title\x07\x1b[2J\u{9b}2J\x08\r\u{202e}\u{2066}\u{200b}\u{feff}pay\u{200d}pal";

/// The part of it that a name may contain: control characters are refused in names.
const NAME: &str = "ev\u{202e}il\u{2066}\u{200b}\u{feff}pay\u{200d}pal";

/// The part of it that a reason, a statement or a description may contain: line ends of all kinds, and tabs.
const TEXT: &str = "ev\u{202e}il\rgood\u{2066}\u{200b}\t\u{feff}pay\u{200d}pal";

/// Whether a character must not reach a terminal.
fn is_dangerous(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[track_caller]
fn check(arguments: &[&str], result: &CommandOutput) {
    for (stream, text) in [("out", &result.out), ("err", &result.err)] {
        let found: BTreeSet<String> =
            text.chars().filter(|c| is_dangerous(*c)).map(|c| c.escape_default().collect()).collect();
        assert!(found.is_empty(), "{arguments:?} let {found:?} through on standard {stream}: {text:?}");
    }
}

/// A home full of such text.
fn hostile() -> Session {
    let session = Session::new();
    // No user can be added under such a name now, but homes of older versions may have them, and the owner's name comes
    // from the system.
    finish(session.command(&["up", "--detach"]).env("USER", NAME).spawn().expect("it starts")).ok();
    let table = format!("x,\"{NAME}\"\n1,2\n3,4\n5,6\n");
    session.write("table.csv", &table);
    session.write(EVIL, "input");
    let metrics = serde_json::json!({ NAME: 1.0, "loss": 0.5, "param": { "p": EVIL, NAME: EVIL } });
    // A metrics line with a forbidden name is set aside, and a part of it is shown.
    let refused = serde_json::json!({ EVIL: 1.0, "param": { EVIL: EVIL } });
    session.write("metrics.json", &format!("{metrics}\n{refused}\n{{\"loss\": 0.25}}\n"));
    let script = format!(
        "printf '%s\\n' \"$1\"; printf '%s\\n' \"$1\" >&2; cat metrics.json >> \"$HVEN_METRICS\"; mkdir -p out; echo 1 > \"out/$1\"; \
         ln -sf /etc/passwd 'out/l{EVIL}'; echo 2 > result.csv"
    );
    session.write("task.sh", &script);
    let run = ["run", "--name", NAME, "-i", EVIL, "-o", "out", "result.csv", "--param", &format!("p={EVIL}")];
    let run = [&run[..], &["--", "sh", "task.sh", EVIL]].concat();
    // The live output of the caller's own run is shown unchanged.
    assert!(session.hven(&run).ok().out.contains(EVIL));
    let refused = session.hven(&["run", "--name", EVIL, "--", "true"]);
    assert!(refused.status == Some(125) && refused.err.contains("has a control character"), "{refused:?}");
    session.hven(&["run", "--name", NAME, "--", "sh", "-c", "exit 3", EVIL]);
    session.hven(&["run", "-d", "--hold", "--name", NAME, "--", "true", EVIL]).ok();
    session.hven(&["data", "add", "table.csv", "--description", TEXT, "--license", "CC0-1.0"]).ok();
    assert_eq!(session.hven(&["user", "add", NAME]).status, Some(65), "it hides something");
    session.hven(&["user", "add", "zoe"]).ok();
    session.hven(&["token", "create", NAME]).ok();
    session.hven(&["claim", "state", "c1", TEXT, "--test", "loss < 1", "--evidence", "last"]).ok();
    session
}

/// The calls of each command. A command without an entry fails the test.
const CALLS: &[(&str, &[&[&str]])] = &[
    (
        "run",
        &[
            &["--despite-suspicion", TEXT, "--input", EVIL, "-d", "--", "true", EVIL],
            &["--name", EVIL, "--despite-suspicion", EVIL, "--input", EVIL, "-d", "--", "true", EVIL],
            &["--cpus", EVIL, "--", "true"],
            &["--step", EVIL],
            &["--secret", EVIL, "--", "true"],
        ],
    ),
    (
        "map",
        &[
            &["--over", "i=1..2", "-d", "--", "true", "{i}", EVIL],
            &["--over", EVIL, "true {i}"],
            &["--over", "i=\x1b[31m,2", "--plan", "echo {i}"],
            &["--over-rows", EVIL, "true"],
            &["--over", "i=1,2", "--stop-when", EVIL, "true {i}"],
            &["--over", "i=1,2", EVIL],
        ],
    ),
    ("retry", &[&[EVIL], &["array/1"], &["array/1:9"]]),
    ("gather", &[&[EVIL], &["array/1"], &["array/9", "--name", EVIL], &["array/9", "--unit", EVIL]]),
    (
        "compare",
        &[
            &["RUN"],
            &["RUN", "OTHER", "--all"],
            &["RUN", EVIL],
            &["RUN", "OTHER", "--metric", EVIL],
            &["RUN", "OTHER", "--metric", "loss"],
        ],
    ),
    ("recipe", &[&[EVIL]]),
    ("recipe list", &[&[]]),
    ("recipe show", &[&[EVIL]]),
    ("recipe run", &[&[EVIL, EVIL]]),
    ("recipe run law", &[&["--target", EVIL, EVIL], &["--target", "x", "--seed", EVIL, "x"]]),
    ("attach", &[&["RUN"], &[EVIL]]),
    (
        "ps",
        &[
            &["-a"],
            &["--project", EVIL],
            &["--state", EVIL],
            &["--tag", EVIL],
            &["--where", EVIL],
            &["--where", "loss < 1", "--sort", "loss", "--columns", "loss,params.p,command"],
            &["--sort", EVIL],
            &["-a", "--columns", EVIL],
            &["-a", "--csv"],
            &["--view", EVIL],
        ],
    ),
    ("view", &[&[EVIL]]),
    ("view ls", &[&[], &["--project", EVIL]]),
    (
        "view save",
        &[
            &[EVIL],
            &["v", "--where", EVIL],
            &["v", "--in", EVIL],
            &["v", "--columns", EVIL],
            &["w", "--columns", "loss", EVIL],
        ],
    ),
    ("view show", &[&[EVIL], &["v"], &["w"]]),
    ("view rename", &[&[EVIL, EVIL], &["v", EVIL], &["v", "x", "--project", EVIL]]),
    ("view rm", &[&[EVIL], &["v"]]),
    (
        "logs",
        &[
            &["RUN"],
            &["RUN", "--stderr"],
            &["-f", "RUN"],
            &["RUN", "--search", "ev"],
            &[EVIL],
            &["--search", "ev", "-C", "2"],
            &["--search", EVIL],
            &["--search", EVIL, "--regex"],
            &["--search", "ev", "--where", EVIL],
            &["--search", "ev", "--cursor", EVIL],
        ],
    ),
    ("delete", &[&[EVIL, "--dry-run"], &["RUN", "--dry-run"], &[EVIL, "--because", EVIL]]),
    ("cancel", &[&[EVIL], &["--name", EVIL, "--yes"], &["--project", EVIL], &["--since", EVIL]]),
    (
        "rerun",
        &[
            &["-d", "RUN"],
            &["--dry-run", "RUN"],
            &["--dry-run", "--state", "done,failed"],
            &["--name", EVIL, "--dry-run"],
            &["--project", EVIL, "--dry-run"],
            &[EVIL],
        ],
    ),
    (
        "get",
        &[
            &["RUN", "-o", "got"],
            &["RUN", "--inputs", "-o", "read"],
            &["RUN", "-o", EVIL],
            &["RUN", EVIL],
            &["RUN", "--inputs", EVIL, "-o", "-"],
            &[EVIL],
        ],
    ),
    ("reproduce", &[&["RUN"], &[EVIL]]),
    ("show", &[&["RUN"], &["last"], &[EVIL]]),
    ("hold", &[&["RUN"], &[EVIL]]),
    ("release", &[&["RUN"], &[EVIL]]),
    ("priority", &[&["-5", "RUN"], &[EVIL, "RUN"], &["5", EVIL]]),
    ("machine", &[&[], &["--last", "1h"], &["--last", EVIL]]),
    ("usage", &[&[], &["--by", "user"], &["--project", EVIL], &["--last", EVIL]]),
    ("tag", &[&["RUN", "--add", EVIL], &["RUN", "--add", "good"], &["RUN"], &[EVIL]]),
    ("note", &[&["RUN", EVIL], &["RUN", TEXT], &["RUN"], &["RUN", "--clear"], &["RUN", TEXT], &[EVIL]]),
    ("archive", &[&["RUN"], &[EVIL]]),
    ("unarchive", &[&["RUN"], &[EVIL]]),
    ("why", &[&["RUN"], &["claim/c1"], &["table@1"], &[EVIL]]),
    (
        "graph",
        &[
            &["RUN"],
            &["RUN", "--format", "dot"],
            &["RUN", "--format", "svg"],
            &["RUN", "--format", "prov"],
            &["RUN", "--format", "json"],
            &["--all"],
            &[EVIL],
        ],
    ),
    ("explain", &[&["RUN"], &["last"], &[EVIL]]),
    ("init", &[&["--project", EVIL], &["--force"]]),
    (
        "data add",
        &[&[EVIL], &["table.csv", "--unit", EVIL], &["table.csv", "--name", EVIL], &["table.csv", "--check", EVIL]],
    ),
    ("data ls", &[&[]]),
    ("data look", &[&["table.csv"], &["table.csv", "--unit", EVIL], &["table.csv", "--encoding", EVIL], &[EVIL]]),
    ("data show", &[&["table"], &[EVIL]]),
    ("data export", &[&["table", "-o", EVIL], &[EVIL]]),
    ("data split", &[&["table", EVIL], &[EVIL]]),
    ("law find", &[&["table", "--target", EVIL], &[EVIL, "--target", "x"]]),
    ("law show", &[&["RUN"], &[EVIL]]),
    ("law choose", &[&["RUN", "1", "--because", EVIL], &["RUN", "1", "--because", TEXT], &[EVIL]]),
    (
        "claim state",
        &[
            &["c2", EVIL, "--test", EVIL],
            &["c2", TEXT, "--test", TEXT],
            &["c1", TEXT, "--test", "loss < 2", "--evidence", "RUN"],
            &[EVIL],
        ],
    ),
    ("claim judge", &[&["c1"], &[EVIL]]),
    ("claim ls", &[&[]]),
    ("claim show", &[&["c1"], &[EVIL]]),
    ("retract", &[&["RUN"], &["RUN", "--yes", "--because", EVIL], &["RUN", "--yes", "--because", TEXT], &[EVIL]]),
    (
        "assert",
        &[
            &["claim/c1", "--independent-of", "RUN", "--because", EVIL],
            &["claim/c1", "--independent-of", "RUN", "--because", TEXT],
            &[EVIL, "--independent-of", EVIL, "--because", EVIL],
        ],
    ),
    ("repair", &[&["RUN", "--plan"], &[EVIL]]),
    (
        "publish",
        &[
            &["claim/c1", "--plan", "--title", EVIL, "--author", EVIL],
            &["claim/c1", "--plan", "--title", TEXT, "--author", NAME, "--despite-suspicion", TEXT],
            &["claim/c1", "--license", EVIL],
            &[EVIL],
        ],
    ),
    ("publication ls", &[&[]]),
    ("publication show", &[&[EVIL]]),
    ("publication get", &[&[EVIL]]),
    ("verify", &[&[EVIL], &["out"]]),
    ("import crate", &[&[EVIL]]),
    ("import export", &[&[EVIL]]),
    (
        "import mlflow",
        &[&[EVIL], &["out"], &["http://127.0.0.1:1", "--experiment", EVIL], &["table.csv", "--project", EVIL]],
    ),
    ("import tensorboard", &[&[EVIL], &["out"]]),
    ("log", &[&[], &["-n", "500"], &["--kind", EVIL]]),
    ("log metric", &[&["--run", "RUN", EVIL], &["--run", "RUN", "ev\u{202e}il=1"], &["--run", EVIL, "a=1"]]),
    ("log param", &[&["--run", "RUN", "a=\x1b[31m\u{202e}"], &["--run", "RUN", EVIL]]),
    ("audit verify", &[&[]]),
    ("doctor", &[&[]]),
    ("backup", &[&[EVIL], &["no/such/\x1b[31m/folder"]]),
    ("restore", &[&[EVIL, "new"]]),
    ("export", &[&["--all", "exported-\x1b[31m"]]),
    ("redact", &[&["--fact", EVIL, "--because", EVIL], &["--object", EVIL, "--because", TEXT]]),
    ("gc", &[&["--dry-run"], &[EVIL]]),
    ("config", &[&["--origin"]]),
    ("up", &[&["-d"], &["--port", EVIL]]),
    ("down", &[&[EVIL]]),
    ("login", &[&[EVIL]]),
    ("token ls", &[&[], &["--all"], &["--of", NAME], &["--of", EVIL]]),
    ("token create", &[&[EVIL], &[NAME], &["t2", "--user", EVIL]]),
    ("token revoke", &[&[EVIL], &[NAME], &[EVIL, "--of", NAME], &[NAME, "--of", EVIL]]),
    ("member ls", &[&[], &["--project", EVIL]]),
    ("member set", &[&[EVIL, "viewer"], &[NAME, "viewer"], &[NAME, "owner"], &["zoe", EVIL]]),
    ("member rm", &[&[EVIL]]),
    ("user ls", &[&[]]),
    ("user add", &[&[EVIL], &[NAME]]),
    ("user rm", &[&[EVIL], &[NAME], &["zoe"]]),
    ("completion", &[&[EVIL]]),
    ("bench record", &[&[EVIL]]),
    ("bench tasks", &[&[EVIL]]),
    ("bench map", &[&[EVIL]]),
    ("bench engine", &[&["--nodes", EVIL, "--tasks", EVIL]]),
    ("bench predict", &[&["--tasks", EVIL]]),
    ("bench track", &[&[EVIL]]),
    ("bench log", &[&[EVIL]]),
    ("bench runs", &[&[EVIL]]),
    ("bench import", &[&[EVIL]]),
    ("bench law", &[&[EVIL]]),
    ("bench lineage", &[&[EVIL]]),
    ("bench export", &[&[EVIL]]),
    ("bench start", &[&[EVIL]]),
];

/// All commands in the help, such as `data add` for a subcommand.
fn commands(session: &Session, path: &[&str], found: &mut Vec<String>) {
    let help = session.hven(&[path, &["--help"]].concat()).ok().out;
    let Some((before, listed)) = help.split_once("Commands:\n") else {
        found.push(path.join(" "));
        return;
    };
    // `hven log` is a command and also has subcommands.
    if before.contains(&format!("hven {} [OPTIONS]\n", path.join(" "))) && !path.is_empty() {
        found.push(path.join(" "));
    }
    let names =
        listed.lines().take_while(|line| line.starts_with("  ")).filter_map(|line| line.split_whitespace().next());
    for name in names {
        commands(session, &[path, &[name]].concat(), found);
    }
}

#[test]
fn no_command_prints_control_characters_from_other_users() {
    let session = hostile();
    let page = session.hven(&["ps", "-a", "--sort", "oldest", "--json"]).ok().json();
    let handle = |place: usize| page["items"][place]["handle"].as_str().expect("a run").to_owned();
    let (run, other) = (handle(0), handle(1));
    let named = |word: &'static str| match word {
        "RUN" => run.clone(),
        "OTHER" => other.clone(),
        word => word.to_owned(),
    };
    let mut all = Vec::new();
    commands(&session, &[], &mut all);
    assert!(all.len() > 50, "{all:?}");
    for command in &all {
        let (_, calls) = CALLS
            .iter()
            .find(|(name, _)| name == command)
            .unwrap_or_else(|| panic!("`hven {command}` is not tried with hostile text: add it to CALLS"));
        for call in *calls {
            let named: Vec<String> = call.iter().map(|word| named(word)).collect();
            let words: Vec<&str> = command.split(' ').chain(named.iter().map(String::as_str)).collect();
            check(&words, &session.hven(&words));
            if !matches!(words[0], "run" | "backup" | "completion") && !words.starts_with(&["up", "-d"]) {
                let words = [&["--json"], &words[..]].concat();
                check(&words, &session.hven(&words));
            }
        }
    }
    let shown = session.hven(&["show", &run]).ok().out;
    for part in [r"ev\u{1b}[31mil", r"ev\u{202e}il"] {
        assert!(shown.contains(part), "it is shown, escaped: {part} in {shown}");
    }
    let raw = session.command(&["logs", &run, "--raw"]).output().expect("it starts");
    assert!(String::from_utf8_lossy(&raw.stdout).contains("\x1b]0;title\x07"), "--raw has every byte");
    // The output for completion in a shell.
    let mut command = session.command(&["--", "hven", "show", ""]);
    command.env("COMPLETE", "zsh").env("_CLAP_COMPLETE_INDEX", "2").env("_CLAP_IFS", "\n");
    check(&["completion of a run"], &finish(command.spawn().expect("it starts")));
}

#[test]
fn a_server_in_the_foreground_escapes_its_messages() {
    let session = Session::new();
    let folder = session.root().join("home-\x1b[31m\u{202e}");
    fs::write(&folder, "no folder").expect("written");
    let mut command = session.command(&["up", "--port", "0"]);
    check(&["up"], &finish(command.env("HVEN_HOME", folder).spawn().expect("it starts")));
}
