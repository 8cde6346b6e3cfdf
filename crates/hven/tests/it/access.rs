//! Tokens, users and roles.

use std::{
    fs,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::Path,
    process::{Command, Stdio},
};

use hven_api::runs::SubmitRun;
use hven_client::{Address, Client, Error, Fixed, ServerFile};
use serde_json::Value;

use crate::session::{CommandOutput, Session, finish};

#[test]
fn people_and_roles() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    session.hven(&["user", "add", "Jun Li", "--email", "jun@example.org"]).ok();
    session.hven(&["member", "set", "jun@example.org", "viewer", "--project", "home"]).ok();
    let members = session.hven(&["member", "ls", "--project", "home", "--json"]).ok().json();
    let jun = members["items"].as_array().expect("a list").iter().find(|m| m["user"]["name"] == "Jun Li").cloned();
    assert_eq!(jun.expect("Jun is a member")["role"], "viewer");
    session.hven(&["member", "rm", "Jun Li", "--project", "home"]).ok();
    let result = session.hven(&["member", "set", "Tycho", "viewer"]);
    assert_eq!(result.status, Some(66));
    assert!(result.err.contains("hven user ls"), "{}", result.err);
    assert_eq!(session.hven(&["user", "ls", "--json"]).ok().json()["items"].as_array().map(Vec::len), Some(2));
}

#[test]
fn tokens_are_shown_once_and_can_be_revoked() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    let created = session.hven(&["token", "create", "nightly", "--days", "30", "--json"]).ok().json();
    let secret = created["secret"].as_str().expect("a secret");
    let alone = session.hven(&["token", "create", "alone"]).ok();
    assert_eq!(alone.out.lines().count(), 1, "the secret alone: {}", alone.out);
    assert!(alone.err.contains("it is shown only once"), "{}", alone.err);
    let listed = session.hven(&["token", "ls", "--json"]).ok();
    assert!(listed.out.contains("nightly") && !listed.out.contains(secret), "{}", listed.out);
    session.hven(&["token", "revoke", "nightly"]).ok();
    assert_eq!(session.hven(&["token", "revoke", "nightly"]).status, Some(66));
    let listed = session.hven(&["token", "ls"]).ok();
    assert!(listed.out.contains("revoked"), "{}", listed.out);
}

#[test]
fn login_gives_a_link() {
    let session = Session::new();
    let link = session.hven(&["login", "--next", "/runs", "--json"]).ok().json();
    assert_eq!(link["schema"], "hven.login_link/1");
    assert!(link["url"].as_str().expect("a url").starts_with("http://127.0.0.1:"));
}

/// A client with a token and without the home: it has no key to check the server's proof.
fn client_of(session: &Session, name: &str) -> Client {
    let created = session.hven(&["token", "create", "cli", "--user", name, "--json"]).ok().json();
    let token = created["secret"].as_str().expect("a secret").to_owned();
    let url = ServerFile::read(&session.home()).expect("a server runs").url;
    Client::new(Fixed(Address { url, token, prover: None }))
}

#[test]
fn commands_of_a_member_run_when_an_owner_of_the_home_allows_it() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    session.hven(&["user", "add", "jun"]).ok();
    session.hven(&["member", "set", "jun", "member", "--project", "astro"]).ok();
    let jun = client_of(&session, "jun");
    let run = SubmitRun {
        argv: ["sh", "-c", "echo ran > ran.txt"].map(str::to_owned).to_vec(),
        cwd: session.cwd().display().to_string(),
        project: Some("astro".to_owned()),
        environment: [("PATH".to_owned(), std::env::var("PATH").expect("tests have a PATH"))].into(),
        ..SubmitRun::default()
    };
    let refused = || {
        let Err(Error::Api(error)) = jun.submit(&run) else { panic!("it was accepted") };
        assert_eq!(error.status, 403, "{error:?}");
        let hint = error.hint.as_deref().unwrap_or_default();
        assert!(error.message.contains("your commands may not run here"), "{error:?}");
        assert!(hint.contains("--may-run-as-me"), "{error:?}");
    };
    refused();
    assert!(!session.cwd().join("ran.txt").exists());
    assert!(session.hven(&["member", "ls", "--project", "astro"]).ok().out.contains("recipes only"));
    // A role also applies to projects below its project, and is listed there with its own project.
    let below = session.hven(&["member", "ls", "--project", "astro/pend", "--json"]).ok().json();
    let places: Vec<&Value> = below["items"].as_array().expect("a list").iter().map(|item| &item["project"]).collect();
    assert_eq!(places, [&Value::Null, &"astro".into()], "{below}");
    let misspelt = session.hven(&["member", "set", "jun", "viewer", "--project", "hoem"]).ok();
    assert!(misspelt.err.contains("there is no project hoem yet") && misspelt.err.contains("`home`"), "{misspelt:?}");

    let allowed = session.hven(&["member", "set", "jun", "member", "--project", "astro", "--may-run-as-me"]).ok();
    assert!(allowed.out.contains("their commands may run as the Unix user of this server"), "{}", allowed.out);
    assert!(session.hven(&["member", "ls", "--project", "astro"]).ok().out.contains("commands, as the server's user"));
    assert!(session.hven(&["log"]).ok().out.contains("commands may run as the Unix user of the server"));
    let made = jun.submit(&run).expect("it is allowed");
    session.hven(&["attach", &made.run.handle]).ok();
    assert_eq!(session.read("ran.txt"), "ran\n");

    session.hven(&["member", "set", "jun", "member", "--project", "astro", "--may-not-run-as-me"]).ok();
    refused();
    let help = session.hven(&["member", "set", "--help"]).ok();
    assert!(help.out.contains("a user who may run commands can read and change everything"), "{}", help.out);
}

#[test]
fn a_home_without_its_key_is_not_used_and_the_missing_key_is_named() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    let home = session.root().join("keyless");
    fs::DirBuilder::new().mode(0o700).create(&home).expect("a folder");
    for file in ["FORMAT", "server.json", "token"] {
        fs::copy(session.home().join(file), home.join(file)).expect("copied");
        fs::set_permissions(home.join(file), fs::Permissions::from_mode(0o600)).expect("ours");
    }
    let result = session.hven(&["--home", home.to_str().expect("a path"), "ps"]);
    assert_ne!(result.status, Some(0), "{result:?}");
    assert!(result.err.contains("keyless/key could not be read"), "{}", result.err);
    // Removed, so that the end of the session does not try to end its server.
    fs::remove_dir_all(&home).expect("removed");
}

#[test]
fn a_token_expires_within_a_limited_time() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    for days in ["3000000", "36501", "0"] {
        let result = session.hven(&["token", "create", "y", "--days", days]);
        assert_eq!(result.status, Some(65), "{days}: {result:?}");
        assert!(result.err.contains("a token lives 1 to 36500 days"), "{}", result.err);
    }
    session.hven(&["token", "create", "y", "--days", "36500"]).ok();
    assert_eq!(session.hven(&["audit", "verify", "--json"]).ok().json()["sound"], true);
}

/// The user who owns the folder of the home ends the server without a token, and the next server has a new token.
#[track_caller]
fn regains_access(session: &Session) -> CommandOutput {
    let locked_out = session.hven(&["ps"]);
    assert_ne!(locked_out.status, Some(0), "{locked_out:?}");
    let down = session.hven(&["down"]).ok();
    assert!(down.out.contains("has ended"), "{}", down.out);
    session.hven(&["ps"]).ok();
    session.hven(&["member", "ls"]).ok();
    locked_out
}

#[test]
fn a_lost_token_does_not_lock_the_owner_out() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    session.hven(&["token", "revoke", "this machine"]).ok();
    let locked_out = regains_access(&session);
    assert_eq!(locked_out.status, Some(77));
    assert!(locked_out.err.contains("`hven down` ends the server without it"), "{}", locked_out.err);

    let issued = session.hven(&["log", "--kind", "token.issued", "--json"]).ok().json();
    let newest = issued["items"][0]["seq"].to_string();
    session.hven(&["redact", "--fact", &newest, "--because", "a test"]);
    assert_eq!(regains_access(&session).status, Some(77));

    fs::remove_file(session.home().join("token")).expect("it was there");
    regains_access(&session);
}

#[test]
fn an_owner_of_the_home_lists_and_revokes_the_tokens_of_others() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    for name in ["hedda", "jun"] {
        session.hven(&["user", "add", name]).ok();
        session.hven(&["member", "set", name, "member"]).ok();
    }
    let (hedda, jun) = (client_of(&session, "hedda"), client_of(&session, "jun"));
    let id_of = |client: &Client| client.me().expect("a good token").id;
    let listed = |of: &str| session.hven(&["token", "ls", "--of", of, "--json"]).ok().json()["items"].clone();
    assert_eq!((&listed("hedda")[0]["name"], listed("hedda").as_array().map(Vec::len)), (&"cli".into(), Some(1)));
    let Err(Error::Api(error)) = hedda.tokens_of(&id_of(&jun)) else { panic!("she sees tokens of others") };
    assert_eq!(error.status, 403, "{error:?}");
    assert_eq!(hedda.tokens_of(&id_of(&hedda)).expect("her own").items.len(), 1);

    let result = session.hven(&["token", "revoke", "cli"]);
    assert_eq!(result.status, Some(66), "a name is that of one's own token: {result:?}");
    assert!(result.err.contains("hven token ls --of USER"), "{}", result.err);
    session.hven(&["token", "revoke", "cli", "--of", "hedda"]).ok();
    let Err(Error::Api(error)) = hedda.me() else { panic!("it is revoked") };
    assert_eq!(error.status, 401, "{error:?}");
    jun.me().expect("his is another");

    let id = listed("jun")[0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(session.hven(&["token", "revoke", &id, "--of", "hedda"]).status, Some(66), "it is not hers");
    session.hven(&["token", "revoke", &id]).ok();
    assert!(listed("jun")[0]["revoked"].is_string(), "{}", listed("jun"));
    assert_eq!(session.hven(&["token", "revoke", &"0".repeat(32)]).status, Some(66));
}

#[test]
fn names_of_users_are_unique_and_contain_no_hidden_characters() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    session.hven(&["user", "add", "Hedda", "--email", "hedda@example.org"]).ok();
    let users = session.hven(&["user", "ls", "--json"]).ok().json()["items"].clone();
    let id = users[0]["id"].as_str().expect("an id");
    let check = |arguments: &[&str], status: i32, why: &str| {
        let result = session.hven(&[&["user", "add"], arguments].concat());
        assert_eq!(result.status, Some(status), "{arguments:?}: {result:?}");
        assert!(result.err.contains(why), "{arguments:?}: {}", result.err);
    };
    check(&["Hedda"], 75, "is that of the user");
    check(&["hedda "], 75, "small and capital letters are alike");
    check(&["Eve", "--email", "HEDDA@example.org"], 75, "the e-mail address");
    check(&["hedda@example.org"], 75, "is that of the user");
    check(&["he\u{202e}dda"], 65, "turns the direction of text");
    check(&["hed\u{200b}da"], 65, "a character that is not seen");
    check(&["Eve", "--email", "e\u{200b}ve@example.org"], 65, "a character that is not seen");
    check(&[id], 65, "looks like an id");
    check(&[&id.to_uppercase()], 65, "looks like an id");
    assert_eq!(session.hven(&["user", "ls", "--json"]).ok().json()["items"], users, "none of them was added");
    for named in ["hedda", "HEDDA", "Hedda@Example.org"] {
        session.hven(&["member", "set", named, "viewer"]).ok();
    }
}

/// Runs a line in a shell.
fn shell(session: &Session, line: &str) -> CommandOutput {
    let hven = session.command(&[]);
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).current_dir(session.cwd()).env_clear().stdin(Stdio::null());
    shell.envs(hven.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let bin = Path::new(hven.get_program()).parent().expect("it lies in a folder");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").expect("tests have a PATH"));
    shell.env("PATH", path).stdout(Stdio::piped()).stderr(Stdio::piped());
    finish(shell.spawn().expect("a shell"))
}

#[test]
fn suggested_commands_can_be_typed_as_printed() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    for name in ["Jun Li", "O'Hara", "行星", "-x"] {
        let mut command = session.command(&["user", "add", "--", name]);
        let added = finish(command.spawn().expect("the binary starts")).ok();
        let commands: Vec<&str> = added.out.split('`').filter(|part| part.starts_with("hven ")).collect();
        assert_eq!(commands.len(), 2, "{}", added.out);
        for command in commands {
            let result = shell(&session, command);
            assert_eq!(result.status, Some(0), "{command}: {result:?}");
        }
        let members = session.hven(&["member", "ls", "--json"]).ok().json();
        let items = members["items"].as_array().expect("a list");
        assert!(items.iter().any(|m| m["user"]["name"] == name && m["role"] == "member"), "{name}: {members}");
        assert_eq!(shell(&session, "hven token ls --all").ok().out.matches(name).count(), 1, "{name}");
    }
    let result = session.hven(&["member", "set", "jun", "viewer"]);
    assert_eq!(result.status, Some(66));
    assert!(result.err.contains("is 'Jun Li' meant?"), "{}", result.err);
}

#[test]
fn roles_and_tokens_are_listed_for_users_with_permission() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    for (name, project) in [("hedda", "astro"), ("jun", "bio")] {
        session.hven(&["user", "add", name]).ok();
        session.hven(&["member", "set", name, "viewer", "--project", project]).ok();
    }
    session.hven(&["member", "set", "hedda", "owner", "--project", "bio"]).ok();
    let listed = |members: &Value| -> Vec<(String, String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or("home").to_owned();
        let items = members["items"].as_array().expect("a list").iter();
        items.map(|m| (text(&m["project"]), text(&m["user"]["name"]), text(&m["role"]))).collect()
    };
    let all = listed(&session.hven(&["member", "ls", "--json"]).ok().json());
    let row = |place: &str, name: &str, role: &str| (place.to_owned(), name.to_owned(), role.to_owned());
    let in_bio = [row("bio", "hedda", "owner"), row("bio", "jun", "viewer")];
    let wanted = [&[row("home", "mira", "owner"), row("astro", "hedda", "viewer")][..], &in_bio].concat();
    assert_eq!(all, wanted);
    assert!(session.hven(&["user", "ls"]).ok().out.contains("viewer in astro, owner in bio"));
    let of_bio = session.hven(&["member", "ls", "--project", "bio", "--json"]).ok().json();
    assert_eq!(listed(&of_bio), [&wanted[..1], &in_bio].concat(), "with those whose role reaches there");

    let jun = client_of(&session, "jun");
    let seen = jun.members_everywhere().expect("he may look at one project");
    let seen = serde_json::to_value(seen).expect("JSON");
    assert_eq!(listed(&seen), in_bio);
    let Err(Error::Api(error)) = jun.tokens_of_all() else { panic!("he sees tokens of others") };
    assert_eq!(error.status, 403, "{error:?}");
    let tokens = session.hven(&["token", "ls", "--all"]).ok().out;
    for part in ["USER", "mira", "this machine", "jun", "cli"] {
        assert!(tokens.contains(part), "{part} in {tokens}");
    }
    for flag in ["--of", "--user"] {
        assert!(session.hven(&["token", "ls", flag, "jun"]).ok().out.contains("cli"));
    }
}

#[test]
fn a_removed_user_loses_access_and_stays_in_the_record() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    session.hven(&["user", "add", "jun", "--email", "jun@example.org"]).ok();
    session.hven(&["member", "set", "jun", "member"]).ok();
    session.hven(&["member", "set", "jun", "owner", "--project", "astro"]).ok();
    let jun = client_of(&session, "jun");
    jun.me().expect("a good token");

    let removed = session.hven(&["user", "rm", "JUN", "--json"]).ok().json();
    assert_eq!((&removed["schema"], &removed["name"]), (&"hven.user_removed/1".into(), &"jun".into()));
    let removed_counts = ["roles", "tokens", "sessions"].map(|what| removed[what].as_u64());
    assert_eq!(removed_counts, [Some(2), Some(1), Some(0)], "{removed}");
    let Err(Error::Api(error)) = jun.me() else { panic!("his token is revoked") };
    assert_eq!(error.status, 401, "{error:?}");
    assert!(!session.hven(&["member", "ls"]).ok().out.contains("jun"));
    let users = session.hven(&["user", "ls"]).ok().out;
    assert!(users.lines().any(|line| line.contains("jun") && line.contains("none")), "{users}");
    for kind in ["token.revoked", "role.revoked"] {
        let facts = session.hven(&["log", "--kind", kind, "--json"]).ok().json();
        assert_eq!(facts["items"][0]["actor"]["name"], "mira", "{facts}");
    }
    let again = session.hven(&["user", "rm", "jun"]).ok();
    assert!(again.out.contains("0 roles, 0 tokens and 0 sessions were taken"), "{}", again.out);
    let result = session.hven(&["user", "rm", "mira"]);
    assert_eq!(result.status, Some(75), "{result:?}");
    assert!(result.err.contains("stands for the Unix user who owns the files"), "{}", result.err);
    assert_eq!(session.hven(&["user", "rm", "tycho"]).status, Some(66));

    // The name belongs to him until it is erased with the printed command.
    assert_eq!(session.hven(&["user", "add", "jun"]).status, Some(75));
    let seq = removed["added_by_fact"].as_u64().expect("a number");
    assert!(again.out.contains(&format!("`hven redact --fact {seq} --because REASON`")), "{}", again.out);
    session.hven(&["redact", "--fact", &seq.to_string(), "--because", "he asked for it"]).ok();
    session.hven(&["user", "add", "jun", "--email", "jun@example.org"]).ok();
    assert!(session.hven(&["user", "ls"]).ok().out.contains("(erased)"));
}

#[test]
fn an_address_and_a_token_of_another_server_are_refused() {
    let session = Session::new();
    let with_token = |arguments: &[&str]| {
        let mut command = session.command(arguments);
        command.env("HVEN_URL", "http://127.0.0.1:1").env("HVEN_TOKEN", "hvu_of_another_user");
        finish(command.spawn().expect("the binary starts"))
    };
    let result = with_token(&["run", "--", "touch", "ran"]);
    assert_eq!(result.status, Some(125), "{result:?}");
    for part in ["HVEN_URL and HVEN_TOKEN would not be used", "`unset HVEN_URL HVEN_TOKEN`"] {
        assert!(result.err.contains(part), "{}", result.err);
    }
    assert!(!session.home().exists() && !session.cwd().join("ran").exists());
    session.hven(&["run", "--", "true"]).ok();
    for arguments in [&["ps"][..], &["token", "ls"], &["doctor"], &["config"], &["up", "-d"], &["down"]] {
        let result = with_token(arguments);
        assert_eq!(result.status, Some(64), "{arguments:?}: {result:?}");
    }
    // In a task the variables are set by the runner, and the command uses the home that runs the task.
    session.hven(&["run", "--", env!("CARGO_BIN_EXE_hven"), "ps"]).ok();
}

/// The unreadable facts, as the audit lists them.
fn unreadable(session: &Session) -> Vec<String> {
    let audit = session.hven(&["audit", "verify", "--json"]).json();
    let facts = audit["unreadable"].as_array().expect("a list");
    assert_eq!(audit["sound"], facts.is_empty(), "{audit}");
    facts.iter().map(|fact| fact["seq"].to_string()).collect()
}

#[test]
fn erasing_unreadable_facts_repairs_a_home() {
    let session = Session::new();
    let archive = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/homes/unreadable-1.tar.zst");
    let archive = fs::File::open(archive).expect("the home is there");
    let mut tar = tar::Archive::new(zstd::Decoder::new(archive).expect("zstd"));
    tar.set_preserve_ownerships(false);
    tar.unpack(session.root()).expect("unpacked");

    // They are reported with and without a server.
    let doctor = session.hven(&["doctor"]);
    assert_eq!(doctor.status, Some(1), "{doctor:?}");
    assert!(
        doctor.out.contains("3 payloads cannot be read") && doctor.out.contains("hven redact --fact"),
        "{doctor:?}"
    );
    session.hven(&["ps", "-a"]).ok();
    let audit = session.hven(&["audit", "verify"]);
    assert_eq!(audit.status, Some(1));
    assert!(audit.out.contains("(token.issued) cannot be read"), "{}", audit.out);
    let seqs = unreadable(&session);
    assert_eq!(seqs.len(), 3);
    let log = session.hven(&["log", "-n", "1000", "--oldest", "--json"]).ok().json();
    let shown = |seq: &String| {
        let items = log["items"].as_array().expect("a list");
        items.iter().find(|fact| fact["seq"].as_u64() == seq.parse().ok()).expect("it is listed").clone()
    };
    for seq in &seqs {
        let fact = shown(seq);
        assert!(fact["unreadable"].is_string() && fact["payload"] != Value::Null, "{fact}");
        assert!(fact["text"].as_str().expect("a text").contains("cannot be read"), "{fact}");
    }

    // A backup and an export of the home can be imported.
    let backup = session.root().join("home.backup");
    let backup = backup.to_str().expect("a path");
    session.hven(&["backup", backup]).ok();
    let restored = session.root().join("restored");
    session.hven(&["restore", backup, restored.to_str().expect("a path")]).ok();
    session.hven(&["export", "--all", "exported"]).ok();
    let imported = session.root().join("imported");
    session.hven(&["--home", imported.to_str().expect("a path"), "import", "export", "exported"]).ok();

    // The home still works, and passes all checks after the erasure.
    session.hven(&["run", "--", "true"]).ok();
    for seq in &seqs {
        session.hven(&["redact", "--fact", seq, "--because", "it cannot be read"]).ok();
    }
    assert!(unreadable(&session).is_empty());
    session.hven(&["audit", "verify"]).ok();
    session.hven(&["log"]).ok();
    session.hven(&["down"]).ok();
    let mut doctor = session.hven(&["doctor", "--rebuild"]);
    if doctor.status == Some(1) {
        // The views still contain values of these facts from the older program; they were rebuilt.
        assert!(doctor.out.contains("views were rebuilt"), "{doctor:?}");
        doctor = session.hven(&["doctor", "--rebuild"]);
    }
    doctor.ok();
}

#[test]
fn the_owner_of_the_files_keeps_access_and_acts_under_their_own_name() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    session.hven(&["user", "add", "hedda"]).ok();
    session.hven(&["member", "set", "hedda", "owner"]).ok();
    for words in [&["member", "rm", "mira"][..], &["member", "set", "mira", "viewer"], &["user", "rm", "mira"]] {
        let result = session.hven(words);
        assert_eq!(result.status, Some(75), "{words:?}: {result:?}");
        assert!(result.err.contains("stands for the Unix user who owns the files"), "{words:?}: {}", result.err);
    }
    // The token is lost, or replaced by the token of another user: the server makes a new one, which never belongs to
    // another user.
    let token = session.home().join("token");
    let heddas = session.hven(&["token", "create", "hers", "--user", "hedda", "--json"]).ok().json();
    fs::remove_file(&token).expect("it was there");
    for of_hedda in [false, true] {
        if of_hedda {
            fs::write(&token, heddas["secret"].as_str().expect("a secret")).expect("written");
        }
        session.hven(&["down"]).ok();
        session.hven(&["run", "--name", "mine", "--", "echo", &of_hedda.to_string()]).ok();
        let facts = session.hven(&["log", "--kind", "run.submitted", "--json"]).ok().json();
        assert!(
            facts["items"].as_array().is_some_and(|items| items.iter().all(|fact| fact["actor"]["name"] == "mira"))
        );
    }
}

#[test]
fn the_server_ends_whatever_the_token_of_the_home_permits() {
    let session = Session::new();
    session.hven(&["run", "--", "true"]).ok();
    session.hven(&["user", "add", "jun"]).ok();
    session.hven(&["member", "set", "jun", "viewer"]).ok();
    let juns = session.hven(&["token", "create", "his", "--user", "jun", "--json"]).ok().json();
    fs::write(session.home().join("token"), juns["secret"].as_str().expect("a secret")).expect("written");
    let result = session.hven(&["down"]).ok();
    assert!(result.out.contains("has ended"), "{result:?}");
    session.hven(&["user", "ls"]).ok();
}
