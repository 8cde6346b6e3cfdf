//! Arrays that are held, and arrays that start after a run or another array.

use hven_client::ServerFile;

use crate::{
    arrays::{array, count},
    kills::kill_9,
    session::{Session, wait_until},
};

/// A task that writes its number as soon as it may.
const WHEN_ALLOWED: &str = "until [ -e may-end ]; do sleep 0.02; done\necho $1 >> done.txt\n";

fn lines(session: &Session) -> usize {
    std::fs::read_to_string(session.cwd().join("done.txt")).map_or(0, |text| text.lines().count())
}

fn kill_server(session: &Session) {
    kill_9(ServerFile::read(&session.home()).expect("a server runs").pid);
}

#[test]
fn a_held_array_starts_when_it_is_released() {
    let session = Session::new();
    session.write("work.sh", "echo $1 >> done.txt\n");
    let submitted = session.hven(&["map", "-d", "--hold", "sh work.sh {i}", "--over", "i=1..30"]).ok();
    let held = "array/1 is held: `hven release array/1` lets its tasks start.";
    assert!(submitted.out.contains(held), "{submitted:?}");
    let explained = session.hven(&["explain", "array/1:7"]).ok().out;
    assert!(explained.contains(held) && !explained.contains("starts"), "{explained}");
    // Also after the server was killed.
    kill_server(&session);
    let shown = session.hven(&["show", "array/1"]).ok().out;
    assert!(shown.contains("array/1  held") && shown.contains("30 tasks: 30 queued"), "{shown}");
    assert!(session.hven(&["ps"]).ok().out.contains("array/1  held"));
    // A second release is not recorded.
    session.hven(&["hold", "array/1"]).ok();
    let released = session.hven(&["release", "array/1"]).ok();
    assert!(released.out.contains("array/1  released: 30 tasks"), "{released:?}");
    session.hven(&["release", "array/1"]);
    let ended = session.hven(&["attach", "array/1"]).ok();
    assert!(ended.out.contains("30 tasks: 30 done") && lines(&session) == 30, "{ended:?}");
    let log = session.hven(&["log", "--limit", "500"]).ok().out;
    assert_eq!((log.matches("array 1 was held").count(), log.matches("array 1 was released").count()), (1, 1), "{log}");
    let refused = session.hven(&["hold", "array/1"]);
    assert!(refused.status == Some(75) && refused.err.contains("array/1 has ended already"), "{refused:?}");
    let refused = session.hven(&["priority", "-5", "array/1"]);
    assert!(refused.err.contains("the priority of array/1 is given when it is submitted"), "{refused:?}");
}

#[test]
fn tasks_that_have_not_started_are_held_with_their_array() {
    const TASKS: u64 = 1200;
    let session = Session::new();
    session.write("work.sh", WHEN_ALLOWED);
    session.hven(&["map", "-d", "sh work.sh {i}", "--over", &format!("i=1..{TASKS}")]).ok();
    wait_until("tasks run, and others have a run", || {
        count(&session, "array/1", "running") > 0 && count(&session, "array/1", "waiting") > 100
    });
    // One is held by itself as well.
    session.hven(&["hold", "array/1:90"]).ok();
    session.hven(&["hold", "array/1"]).ok();
    let explained = session.hven(&["explain", "array/1:80"]).ok().out;
    assert!(explained.contains("array/1 is held: `hven release array/1`"), "{explained}");
    let refused = session.hven(&["release", "array/1:80"]);
    assert!(refused.err.contains("is a task of array/1, which is held: `hven release array/1`"), "{refused:?}");
    kill_server(&session);
    session.write("may-end", "");
    // Those that the runner had go on, and no others.
    wait_until("nothing runs any more", || count(&session, "array/1", "running") == 0);
    let done = count(&session, "array/1", "done");
    assert!(done > 0 && done < 60, "{done} tasks ended");
    assert_eq!(array(&session, "array/1")["held"], true);
    session.hven(&["release", "array/1"]).ok();
    wait_until("the others end", || count(&session, "array/1", "done") == TASKS - 1);
    let waits = session.hven(&["explain", "array/1:90"]).ok().out;
    assert!(waits.contains("It is held"), "{waits}");
    session.hven(&["release", "array/1:90"]).ok();
    session.hven(&["attach", "array/1"]).ok();
    assert_eq!(lines(&session), TASKS as usize);
    session.hven(&["down"]).ok();
    assert_eq!(session.hven(&["doctor", "--rebuild", "--json"]).ok().json()["healthy"], true);
}

#[test]
fn an_array_starts_after_a_run_and_an_array() {
    let session = Session::new();
    session.write("work.sh", WHEN_ALLOWED);
    session.write("next.sh", "wc -l < done.txt >> seen.txt\n");
    session.write(
        "hven.toml",
        "[map.next]\ncommand = \"sh next.sh {i}\"\nover = { i = \"1..4\" }\nafter = [\"array/1\", \"last\"]\n",
    );
    session.hven(&["map", "-d", "sh work.sh {i}", "--over", "i=1..6"]).ok();
    session.hven(&["run", "-d", "--", "sh", "work.sh", "run"]).ok();
    let run = session.last();
    let submitted = session.hven(&["map", "-d", "next"]).ok();
    let waits_for_run = format!("It waits until run {run} has succeeded.");
    assert!(submitted.out.contains(&waits_for_run), "{submitted:?}");
    let explained = session.hven(&["explain", "array/2:3"]).ok().out;
    assert!(explained.contains(&waits_for_run), "{explained}");
    let shown = session.hven(&["show", "array/2"]).ok().out;
    let after = ["after".to_owned(), format!("{run},"), "array/1".to_owned()];
    assert!(shown.lines().any(|line| line.split_whitespace().eq(&after)) && shown.contains("4 queued"), "{shown}");
    // A third one waits for the second, held until then.
    session.hven(&["map", "-d", "--hold", "--after", "array/2", "sh next.sh {i}", "--over", "i=1..2"]).ok();
    kill_server(&session);
    session.write("may-end", "");
    session.hven(&["attach", "array/2"]).ok();
    // Each saw what came before as a whole.
    assert_eq!(session.read("seen.txt"), "7\n".repeat(4));
    assert!(session.hven(&["explain", "array/3:1"]).ok().out.contains("array/3 is held"));
    session.hven(&["release", "array/3"]).ok();
    session.hven(&["attach", "array/3"]).ok();
    // Runs and arrays that have succeeded already delay nothing.
    session.hven(&["map", "--after", "array/3", "--after", &run, "sh next.sh {i}", "--over", "i=1..2"]).ok();
    session.hven(&["down"]).ok();
    assert_eq!(session.hven(&["doctor", "--rebuild", "--json"]).ok().json()["healthy"], true);
}

#[test]
fn an_array_does_not_start_after_something_that_failed() {
    let session = Session::new();
    session.write("work.sh", WHEN_ALLOWED);
    session.write("fail.sh", "until [ -e may-end ]; do sleep 0.02; done\nexit $(($1 == 2))\n");
    session.hven(&["map", "-d", "sh fail.sh {i}", "--over", "i=1..3"]).ok();
    session.hven(&["map", "-d", "--after", "array/1", "sh work.sh {i}", "--over", "i=1..3"]).ok();
    session.hven(&["map", "-d", "--after", "array/2", "sh work.sh {i}", "--over", "i=1..3"]).ok();
    session.hven(&["run", "-d", "--", "sh", "fail.sh", "2"]).ok();
    let run = session.last();
    session.hven(&["map", "-d", "--after", &run, "sh work.sh {i}", "--over", "i=1..3"]).ok();
    session.write("may-end", "");
    for (name, before) in
        [("array/2", "array/1".to_owned()), ("array/3", "array/2".to_owned()), ("array/4", format!("run {run}"))]
    {
        let ended = session.hven(&["attach", name]);
        assert_eq!(ended.status, Some(1), "{ended:?}");
        let because = format!("{before}, after which it was to start, did not succeed");
        assert!(ended.out.contains(&because) && ended.out.contains("3 tasks: 3 cancelled"), "{ended:?}");
    }
    assert_eq!(lines(&session), 0);
    // Now that this is known, it is refused; so is what does not exist yet. So arrays never wait for each other in a circle.
    let check = |before: &str, part: &str| {
        let refused = session.hven(&["map", "--after", before, "sh work.sh {i}", "--over", "i=1..3"]);
        assert!(refused.status != Some(0) && refused.err.contains(part), "{part}: {refused:?}");
    };
    check("array/1", "array/1 did not succeed, so an array that waits for its success would never start");
    check(&run, "did not succeed, so a run that waits for its success would never start");
    check("array/5", "array/5");
    check("array/1:99", "array/1:99");
    // Once the first is mended, the others can go on.
    let still = session.hven(&["retry", "array/2", "--cancelled"]);
    assert!(still.status == Some(1) && still.out.contains("3 cancelled"), "{still:?}");
    session.write("fail.sh", "true\n");
    session.hven(&["retry", "array/1"]).ok();
    session.hven(&["retry", "array/2", "--cancelled"]).ok();
    assert_eq!(lines(&session), 3);
}
