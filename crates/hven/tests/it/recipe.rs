//! Recipes on the command line: their descriptions, runs with flags from their schemas, and refused arguments.

use crate::session::{Session, snapshot};

const PLANETS: &str = include_str!("../../../../examples/kepler/planets.csv");

fn with_planets() -> Session {
    let session = Session::new();
    session.write("planets.csv", PLANETS);
    session.hven(&["data", "add", "planets.csv", "--unit", "period=yr", "--unit", "semi_major_axis=AU"]).ok();
    session
}

#[test]
fn recipes_are_listed_and_shown() {
    let session = Session::new();
    let list = session.hven(&["recipe", "list"]).ok();
    for part in ["hven recipe run law", "hven data add", "hven data split", "hven reproduce"] {
        assert!(list.out.contains(part), "{part}: {}", list.out);
    }
    let law = session.hven(&["recipe", "show", "law"]).ok();
    for part in ["target", "must be said", "hold_out", "whole from 0", "rows.csv", "one of add, multiply"] {
        assert!(law.out.contains(part), "{part}: {}", law.out);
    }
    let law = session.hven(&["recipe", "show", "law", "--json"]).ok().json();
    assert_eq!((&law["schema"], &law["result_kind"]), (&"hven.recipe/1".into(), &"law".into()), "{law}");
    snapshot!(session, session.hven(&["recipe", "show", "lwa"]), @r#"
    status 66
    ---- err
    error: there is no recipe "lwa"
    hint: `hven recipe list` lists the recipes
    "#);
}

#[test]
fn a_recipe_run_equals_the_run_of_its_own_command() {
    let session = with_planets();
    let search = ["--evaluations", "20000", "--bootstrap", "20", "--seed", "3"];
    let flags =
        [&["recipe", "run", "law", "planets", "--target", "period", "--columns", "semi_major_axis"], &search[..]];
    let found = session.hven(&flags.concat()).ok();
    assert!(found.out.contains("period = "), "{}", found.out);
    let run = session.hven(&["show", "last", "--json"]).ok().json();
    assert_eq!((&run["name"], &run["result_kind"]), (&"law".into(), &"law".into()), "{run}");
    let arguments = r#"{"bootstrap":20,"evaluations":20000,"inputs":["semi_major_axis"],"seed":3,"target":"period"}"#;
    assert_eq!(run["spec"]["recipe"]["arguments"].to_string(), arguments);
    // The recorded arguments are equal, so the run is up to date.
    let own = ["law", "find", "planets", "--target", "period", "--input", "semi_major_axis", "--seed", "3"];
    let set = ["--set", "evaluations=20000", "--set", "bootstrap=20", "--detach", "--json"];
    let again = session.hven(&[&own[..], &set].concat()).ok().json();
    assert_eq!(again["up_to_date"], true, "{again}");
}

#[test]
fn wrong_arguments_are_refused_before_a_run_is_recorded() {
    let session = with_planets();
    let runs = || session.hven(&["ps", "-a", "--all-kinds", "--json"]).ok().json()["items"].as_array().map(Vec::len);
    let before = runs();
    let check = |words: &[&str], result: &str| {
        let content = session.hven(words);
        assert_ne!(content.status, Some(0), "{words:?}: {}", content.out);
        assert!(content.err.contains(result), "{words:?}: {result}: {}", content.err);
    };
    let run = |more: &'static [&'static str]| [&["recipe", "run", "law", "planets"], more].concat();
    check(&run(&[]), "--target <COLUMN>");
    check(&run(&["--target", ""]), "an empty text is not the name of a column");
    check(&run(&["--target", "period", "--seed", "-1"]), "\"-1\" is not a whole number from 0");
    check(&run(&["--target", "period", "--seed", "NaN"]), "\"NaN\" is not a whole number from 0");
    check(&run(&["--target", "period", "--time-limit", "1e400"]), "is not a duration");
    check(&run(&["--target", "period", "--operators", "ex"]), "a similar value exists: 'exp'");
    check(&run(&["--target", "period", "--colums", "x"]), "a similar argument exists: '--columns'");
    check(
        &run(&["--target", "period", "--columns", "x", "--columns", "x"]),
        "--columns has the entry \"x\" twice: each stands in it once",
    );
    check(&["recipe", "run", "lwa", "planets"], "lwa");
    check(&["recipe", "run", "import", "planets"], "import");
    // The server reports the same for arguments from other sources.
    let set = |pair: &'static str| ["law", "find", "planets", "--target", "period", "--set", pair];
    check(&set("sede=1"), "the argument `sede` of the recipe law is not known: is `seed` meant?");
    check(&set("bootstrap=-1"), "the argument `bootstrap` of the recipe law is -1: a whole number from 0 is wanted");
    let step = |own: &str| {
        session.write("hven.toml", &format!("[run.law]\nrecipe = \"law\"\ninput = \"planets\"\n{own}\n"));
        session.hven(&["run", "--plan"])
    };
    snapshot!(session, step("target = \"period\"\nsede = 1\nbootstrap = -1"), @"
    status 125
    ---- err
    error: the manifest cannot be used
    hven.toml:5:8: [run.law] has no key `sede`
    5 | sede = 1
      ^
    help: is `seed` meant?

    hven.toml:6:13: `bootstrap` is -1: a whole number from 0 is wanted
    6 | bootstrap = -1
      ^^
    help: How many times rows are resampled for the intervals
    ");
    assert_eq!((runs(), before), (Some(1), Some(1)), "the import alone");
}

#[test]
fn unusual_column_names_are_accepted() {
    let session = Session::new();
    let rows: Vec<String> = (1..=8).map(|k| format!("{k},{}", 2 * k)).collect();
    session.write("odd.csv", &format!("--x,周期\n{}\n", rows.join("\n")));
    session.hven(&["data", "add", "odd.csv"]).ok();
    let words = ["recipe", "run", "law", "odd", "--target", "周期", "--columns", "--x", "--bootstrap", "20"];
    let found = session.hven(&words).ok();
    assert!(found.out.contains("周期 = 2"), "{}", found.out);
}

#[test]
fn the_shell_completes_the_arguments_of_a_recipe() {
    let session = Session::new();
    let complete = |words: &[&str]| {
        let mut command = session.command(&[]);
        command.env("COMPLETE", "fish").arg("--").args(words);
        String::from_utf8(command.output().expect("it answers").stdout).expect("text")
    };
    assert!(complete(&["hven", "recipe", "run", ""]).contains("law"));
    let flags = complete(&["hven", "recipe", "run", "law", "planets", "--t"]);
    assert!(flags.contains("--target") && flags.contains("--time-limit"), "{flags}");
    assert!(complete(&["hven", "recipe", "run", "law", "planets", "--operators", "ta"]).contains("tanh"));
}
