//! `hven ps --where`, `--sort`, `--columns`, `--csv`, and `hven compare`.

use crate::session::{Session, finish};

/// Runs that note `lr` and measure as much as their loss; the last one measures nothing.
fn runs(session: &Session) -> Vec<String> {
    let mut handles = Vec::new();
    for lr in ["0.1", "0.01", "0.001"] {
        let (params, metrics) =
            (format!(r#"{{"params":{{"lr":"{lr}","epochs":5}}}}"#), format!(r#"{{"loss":{lr},"val/acc":"NaN"}}"#));
        let line = format!("printf '%s\\n' '{params}' '{metrics}' >> \"$HVEN_METRICS\"");
        session.hven(&["run", "--name", "fit", "--", "sh", "-c", &line]).ok();
        handles.push(session.last());
    }
    session.hven(&["run", "--", "true"]).ok();
    handles.push(session.last());
    handles
}

/// The completions for the last word.
fn completed(session: &Session, words: &[&str]) -> String {
    let mut command = session.command(&[&["--", "hven"][..], words].concat());
    command.env("COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", words.len().to_string()).env("_CLAP_IFS", "\n");
    finish(command.spawn().expect("it starts")).ok().out
}

#[test]
fn runs_are_selected_sorted_and_compared_by_their_values() {
    let session = Session::new();
    let runs = runs(&session);
    let handles = |arguments: &[&str]| -> Vec<String> {
        let page = session.hven(&[&["ps", "--json"][..], arguments].concat()).ok().json();
        page["items"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|run| run["handle"].as_str().expect("one").to_owned())
            .collect()
    };
    assert_eq!(handles(&["--where", "loss < 0.05", "--sort", "loss"]), [runs[2].clone(), runs[1].clone()]);
    assert_eq!(handles(&["--sort=-lr"]), [runs[0].clone(), runs[1].clone(), runs[2].clone(), runs[3].clone()]);
    assert_eq!(handles(&["--sort", "-lr", "-n", "1"]), [runs[0].clone()]);
    assert_eq!(handles(&["--where", "`val/acc` is missing", "--name", "fit"]).len(), 3);

    let shown = session.hven(&["ps", "--where", "lr > 0.005", "--sort", "lr", "--columns", "loss,`val/acc`,lr"]).ok();
    let rows: Vec<Vec<&str>> = shown.out.lines().map(|line| line.split_whitespace().collect()).collect();
    assert!(rows[0].ends_with(&["loss", "val/acc", "lr"]), "{shown:?}");
    assert!(rows[1].ends_with(&["0.01", "NaN", "0.01"]) && rows[2].ends_with(&["0.1", "NaN", "0.1"]), "{shown:?}");
    assert!(shown.err.contains("for 1 run it cannot be told"), "{shown:?}");

    let csv = session.hven(&["ps", "-a", "--csv", "--sort", "loss"]).ok().out;
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "run,id,project,name,state,submitted,started,ended,wall_s,loss,val/acc,epochs,lr");
    assert_eq!(lines.len(), 5, "{csv}");
    assert!(lines[1].starts_with(&runs[2]) && lines[1].ends_with(",0.001,NaN,5,0.001"), "{csv}");
    assert!(lines[4].ends_with(",,,,"), "{csv}");
    let both = session.hven(&["ps", "--csv", "--json"]);
    assert_eq!((both.status, both.err.contains("two forms")), (Some(64), true), "{both:?}");

    let wrong = session.hven(&["ps", "--where", "los < 1"]);
    assert!(wrong.status != Some(0) && wrong.err.contains("  ^^^\nhelp: is `loss` meant?"), "{wrong:?}");

    let compared = session.hven(&["compare", &runs[0], &runs[1]]).ok().out;
    let line =
        |name: &str| compared.lines().find(|line| line.starts_with(name)).map(|line| line.split_whitespace().collect());
    assert_eq!(line("lr "), Some(vec!["lr", "0.1", "0.01"]), "{compared}");
    assert_eq!(line("loss "), Some(vec!["loss", "0.1", "0.01"]), "{compared}");
    assert_eq!(line("epochs "), None, "{compared}");
    assert!(compared.contains("the command changed"), "{compared}");
    let all = session.hven(&["compare", &runs[0], &runs[1], "--all"]).ok().out;
    assert!(all.lines().any(|line| line.starts_with("epochs ")), "{all}");
    let json = session.hven(&["compare", &runs[0], &runs[3], "--json"]).ok().json();
    assert_eq!(
        (&json["schema"], &json["params"]["rows"][0]["missing"]),
        (&"hven.compared-runs/1".into(), &serde_json::json!([1]))
    );
    let few = session.hven(&["compare", &runs[0], &runs[1], &runs[2], "--metric", "loss"]).ok().out;
    assert!(few.contains("nothing to compare: 3 runs with this metric"), "{few}");
    // Nothing is said of software that no run recorded, and one run has no differences.
    assert!(all.contains("not recorded, so not compared: ") && all.contains("software"), "{all}");
    let same = all.lines().find(|line| line.starts_with("the same in all")).expect("the command changed alone");
    assert!(same.contains("environment") && !same.contains("software"), "{all}");
    let one = session.hven(&["compare", &runs[0]]);
    assert!(one.status == Some(64) && one.err.contains("at least two runs"), "{one:?}");
    let twice = session.hven(&["compare", &runs[3], "last"]);
    assert!(twice.status == Some(64) && twice.err.contains("mean the same run"), "{twice:?}");
    let names = completed(&session, &["ps", "--columns", "lr,lo"]);
    assert!(names.lines().any(|line| line == "lr,loss"), "{names}");
}
