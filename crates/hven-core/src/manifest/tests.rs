//! Tests of whole manifests: their content, all possible problems, and the order of their steps.

use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;
use crate::recipe::{Argument, Draft, Kind, RecipeList, Schema, TARGET};

const KEPLER: &str = r#"
[project]
name = "astro/kepler"
license = "CC-BY-4.0"

[defaults]
cpus = 2
memory = "2GiB"
env_record = ["SEED", "MODE"]

[data.planets]
source = "./planets.csv"
units  = { semi_major_axis = "AU", period = "yr" }
types  = { name = "text" }
checks = ["unique(name)", "period > 0"]
license = "CC0-1.0"

[data.planets.split]
train = 0.75
test  = 0.25
method = "stratified"
by = "kind"
seed = 7

[run.law]
recipe = "law"
input  = "planets.train"
target = "period"
seed = 1
operators = ["+", "*", "^"]
resources = { cpus = 2, memory = "4GiB", time = "2h" }
tolerance = 1e-6

[run.plot]
command = "python3 plot.py --width {width} {planets} 'a b'"
inputs  = ["planets", "plot.py", "style/"]
outputs = ["out/plot.svg"]
params  = { width = 12, title = "Kepler" }
code    = ["*.py"]
retries = 1
within = { "out/plot.svg" = 0.01, loss = 1 }

[claim.kepler3]
statement = "The square of a planet's period is proportional to the cube of its distance."
evidence  = "run.law"
test      = "abs(exponent - 1.5) < 0.01"
"#;

#[test]
fn a_split_holds_out_test_another_part_or_none() {
    let parsed = |split: &str| {
        let source = format!("[data.t]\nsource = \"t.csv\"\n[data.t.split]\n{split}\n");
        Manifest::parse(&source)
    };
    let check = |split: &str, wanted: Option<&str>| {
        let manifest = parsed(split).unwrap_or_else(|wrong| panic!("{split}: {wrong:?}"));
        let hold_out = manifest.data("t").unwrap().split.as_ref().unwrap().hold_out.clone();
        assert_eq!(hold_out.as_deref(), wanted, "{split}");
    };
    check("train = 0.75\ntest = 0.25", Some("test"));
    check("train = 0.75\ntest = 0.25\nhold_out = \"train\"", Some("train"));
    check("train = 0.75\ntest = 0.25\nhold_out = \"none\"", None);
    check("some = 0.75\nnone = 0.25\nhold_out = \"none\"", Some("none"));
    check("a = 0.75\nb = 0.25", None);
    assert!(parsed("train = 0.75\ntest = 0.25\nhold_out = \"\"").is_err());
}

#[test]
fn a_manifest_has_all_sections_of_a_project() {
    let manifest = Manifest::parse(KEPLER).unwrap_or_else(|wrong| panic!("{}", wrong.render("hven.toml", KEPLER)));
    assert_eq!(manifest.project.name.as_ref().unwrap().as_str(), "astro/kepler");
    assert_eq!(manifest.defaults["env_record"], "SEED,MODE");
    assert_eq!(manifest.defaults["cpus"], "2");
    let planets = manifest.data("planets").unwrap();
    assert_eq!(planets.source.value, "planets.csv");
    assert_eq!(planets.units["period"].value, "yr");
    assert_eq!(planets.checks[1].value.source(), "period > 0");
    let split = planets.split.as_ref().unwrap();
    assert_eq!((split.hold_out.as_deref(), split.seed), (Some("test"), 7));
    assert_eq!(split.method, Method::Stratified { by: "kind".to_owned() });
    let law = manifest.run("law").unwrap();
    let Work::Recipe { recipe, settings } = &law.work else { panic!("law is a recipe") };
    assert_eq!(recipe.value, "law");
    let settings: Vec<_> = settings.iter().map(|(key, value)| (key.as_str(), value.value.clone())).collect();
    let operators = serde_json::json!(["+", "*", "^"]);
    assert_eq!(settings, [("target", "period".into()), ("seed", 1.into()), ("operators", operators)]);
    assert_eq!(
        (law.resources.cpus, law.resources.memory_bytes, law.resources.time_s),
        (Some(2), Some(4 << 30), Some(7200.0))
    );
    let part = Input::Dataset { name: "planets".to_owned(), version: None, part: Some("train".to_owned()) };
    assert_eq!(law.inputs[0].value, part);
    assert_eq!(law.tolerance, Some(1e-6));
    let plot = manifest.run("plot").unwrap();
    assert_eq!(
        plot.within.iter().map(|(n, t)| (n.as_str(), *t)).collect::<Vec<_>>(),
        [("loss", 1.0), ("out/plot.svg", 0.01)]
    );
    let Work::Command(command) = &plot.work else { panic!("plot is a command") };
    let filled = command.filled(&|name| plot.params.get(name).map(ToString::to_string));
    assert_eq!(filled, ["python3", "plot.py", "--width", "12", "{planets}", "a b"]);
    assert_eq!(plot.inputs[0].value, Input::Dataset { name: "planets".to_owned(), version: None, part: None });
    assert_eq!(plot.inputs[2].value, Input::Path { path: "style".to_owned() });
    assert_eq!(manifest.claim("kepler3").unwrap().evidence[0].value, "law");
}

#[test]
fn standard_input_is_a_file_or_an_output() {
    let source = r#"
[run.count]
command = "wc -l"
stdin = "./made/list.txt"

[run.list]
command = "ls"
stdin = "names.txt"
outputs = ["made"]
"#;
    let count = Manifest::parse(source).unwrap().run("count").unwrap().stdin.clone();
    assert_eq!(count.unwrap().value, "made/list.txt");
    assert_eq!(
        planned(source).unwrap(),
        "run.list ← names.txt\nrun.count ← made of run.list",
        "a step comes after the one that writes what it reads there"
    );
    let wrong = planned_with("[run.count]\ncommand = \"wc\"\nstdin = \"gone\"", &|_| false).unwrap_err();
    assert!(wrong.starts_with("hven.toml:3:9: run.count reads gone, which is not there"), "{wrong}");
}

/// The plan, one line per step; everything outside exists.
fn planned(source: &str) -> Result<String, String> {
    planned_with(source, &|_| true)
}
fn planned_with(source: &str, exists: &dyn Fn(&Outside) -> bool) -> Result<String, String> {
    let plan = Manifest::parse(source).and_then(|manifest| manifest.plan(exists));
    let plan = plan.map_err(|wrong| wrong.render("hven.toml", source))?;
    let lines = plan.steps.iter().map(|step| {
        let needs = step.needs.iter().map(|need| format!("{} of {}", need.what, plan.steps[need.step].id));
        let outside = step.outside.iter().map(ToString::to_string);
        format!("{} ← {}", step.id, needs.chain(outside).collect::<Vec<_>>().join(", "))
    });
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

#[test]
fn steps_come_after_their_inputs() {
    assert_snapshot!(planned(KEPLER).unwrap(), @r"
    data.planets ← planets.csv
    run.law ← planets.train of data.planets
    run.plot ← planets of data.planets, plot.py, style
    claim.kepler3 ← the results of law of run.law
    ");
    // The order of the file counts only between independent steps.
    assert_snapshot!(planned(r#"
[claim.good]
statement = "It is good."
evidence = ["fit", "run.clean"]
test = "loss < 1"

[run.fit]
recipe = "law"
input = "clean"
target = "y"

[data.clean]
source = "build/clean.csv"

[run.clean]
command = ["python3", "clean.py"]
inputs = ["raw", "galaxies@3", "data.csv"]
outputs = ["build"]

[run.report]
command = "make report"
inputs = ["build/clean.csv", "build/figures/a.svg"]
outputs = ["report.pdf"]
"#).unwrap(), @r"
    run.clean ← raw, galaxies@3, data.csv
    data.clean ← build of run.clean
    run.fit ← clean of data.clean
    claim.good ← the results of clean of run.clean, the results of fit of run.fit
    run.report ← build of run.clean
    ");
    assert_eq!(planned(""), Ok(String::new()));
}

#[test]
fn parts_of_a_plan() {
    let plan = Manifest::parse(KEPLER).unwrap().plan(&|_| true).unwrap();
    let ids = |plan: &StepPlan| plan.steps.iter().map(|step| step.id.to_string()).collect::<Vec<_>>();
    let plot = plan.find("plot").unwrap();
    assert_eq!(ids(&plan.only(&[plot])), ["data.planets", "run.plot"]);
    let claim = plan.find("claim.kepler3").unwrap();
    let part = plan.only(&[claim]);
    assert_eq!(ids(&part), ["data.planets", "run.law", "claim.kepler3"]);
    assert_eq!(part.steps[2].needs[0].step, 1);
    assert_eq!(plan.after(plan.find("law").unwrap()), [claim]);
    assert_eq!(plan.find("nothing"), None);
}

#[test]
fn all_problems_are_reported_at_once() {
    let source = r#"
[projct]
[project]
name = "a//b"
licence = "MIT"

[defaults]
cpu = 2

[data.planets]
sorce = "planets.csv"
units = { period = "yer", mass = 3, temperature = "degC" }
types = { name = "words" }
checks = ["period >", "unique(name"]
memory = "much"

[data.stars]
source = "stars.csv"
format = "cvs"
split = { train = 0.8, test = 0.3 }

[data."no good"]
source = "x.csv"

[data.galaxies]
source = "galaxies.csv"
[data.galaxies.split]
train = 0.5
test = 0.5
method = "stratified"
hold_out = "tset"

[run.both]
recipe = "law"
command = "x"

[run.pipe]
command = "cat x | sort > y"
outputs = ["/etc/passwd", "../x", "."]
retries = -1
tolerance = "small"
within = { loss = -0.1 }

[run.place]
command = "python x.py {leraning_rate} {planets} {what}"
params = { learning_rate = 0.1 }

[run.input]
recipe = "law"
input = ["galaxy.csv", "galaxis", "galaxies.trian", "galaxies.valid", "elsewhere", "x@y"]

[run.resources]
command = "x"
resources = { cpu = 1, memory = 3.5, time = "2 fortnights", named = { licence = "one" } }

[claim.one]
statment = "It holds."
evidence = ["run.inptu", "data.galaxies"]
test = "abs(exponent - 1.5 < 0.01"

[claim.two]
statement = ""
evidence = 3
"#;
    assert_snapshot!(Manifest::parse(source).unwrap_err().render("hven.toml", source), @r#"
    hven.toml:2:2: there is no section or key `projct`
    2 | [projct]
         ^^^^^^
    help: is `project` meant?

    hven.toml:4:8: "a//b" is not a project path: a part between slashes is empty
    4 | name = "a//b"
               ^^^^^^

    hven.toml:5:1: [project] has no key `licence`
    5 | licence = "MIT"
        ^^^^^^^
    help: is `license` meant?

    hven.toml:8:1: [defaults] has no key `cpu`
    8 | cpu = 2
        ^^^
    help: is `cpus` meant?

    hven.toml:10:7: [data.planets] has no `source`
    10 | [data.planets]
               ^^^^^^^
    help: is `sorce` meant to be `source`?

    hven.toml:12:21: `yer` is not a unit that Hven knows
    12 | units = { period = "yer", mass = 3, temperature = "degC" }
                             ^^^
    help: is `year` meant?

    hven.toml:12:34: the unit of `mass` is a text, such as "km"
    12 | units = { period = "yer", mass = 3, temperature = "degC" }
                                          ^

    hven.toml:13:18: there is no type "words"
    13 | types = { name = "words" }
                          ^^^^^^^
    help: there are bool, int, float, text, date, timestamp

    hven.toml:14:20: the expression ends where a value is wanted
    14 | checks = ["period >", "unique(name"]
                            ^

    hven.toml:14:30: this parenthesis is never closed
    14 | checks = ["period >", "unique(name"]
                                      ^

    hven.toml:20:1: the shares of a split make 1 together; these make 1.1
    20 | split = { train = 0.8, test = 0.3 }
         ^^^^^
    help: write for example train = 0.8 and test = 0.2

    hven.toml:22:7: "no good" cannot be the name of a step: only letters, digits, `_` and `-` stand in a name
    22 | [data."no good"]
               ^^^^^^^^^

    hven.toml:27:16: a split with method = "stratified" needs a column
    27 | [data.galaxies.split]
                        ^^^^^
    help: write by = "column"

    hven.toml:31:12: there is no part `tset` to hold out
    31 | hold_out = "tset"
                    ^^^^^^
    help: is `test` meant?

    hven.toml:33:6: [run.both] is a recipe and a command at once
    33 | [run.both]
              ^^^^
    help: write recipe = "law", or command = "python fit.py"

    hven.toml:38:18: `|` means something to a shell, and none runs this line
    38 | command = "cat x | sort > y"
                          ^
    help: quote it, or write command = ["sh", "-c", "…"]

    hven.toml:39:12: "/etc/passwd" cannot be an output: it is absolute: outputs lie below the folder of hven.toml
    39 | outputs = ["/etc/passwd", "../x", "."]
                    ^^^^^^^^^^^^^

    hven.toml:39:27: "../x" cannot be an output: it leads out of the folder of hven.toml
    39 | outputs = ["/etc/passwd", "../x", "."]
                                   ^^^^^^

    hven.toml:39:35: "." cannot be an output: it is the whole folder
    39 | outputs = ["/etc/passwd", "../x", "."]
                                           ^^^

    hven.toml:40:11: `retries` is a whole number, not negative; this is a number
    40 | retries = -1
                   ^^

    hven.toml:41:13: `tolerance`: a tolerance is a number from 0, such as 1e-6
    41 | tolerance = "small"
                     ^^^^^^^

    hven.toml:42:19: `loss`: a tolerance is a number from 0, such as 1e-6
    42 | within = { loss = -0.1 }
                           ^^^^

    hven.toml:45:24: `{leraning_rate}` is neither a parameter nor a dataset that the run reads
    45 | command = "python x.py {leraning_rate} {planets} {what}"
                                ^^^^^^^^^^^^^^^
    help: is `learning_rate` meant?

    hven.toml:45:40: `{planets}` is neither a parameter nor a dataset that the run reads
    45 | command = "python x.py {leraning_rate} {planets} {what}"
                                                ^^^^^^^^^
    help: write params = { planets = … }, or `{{planets}}` for the letters themselves

    hven.toml:45:50: `{what}` is neither a parameter nor a dataset that the run reads
    45 | command = "python x.py {leraning_rate} {planets} {what}"
                                                          ^^^^^^
    help: write params = { what = … }, or `{{what}}` for the letters themselves

    hven.toml:50:10: a recipe reads datasets; `galaxy.csv` is a file
    50 | input = ["galaxy.csv", "galaxis", "galaxies.trian", "galaxies.valid", "…
                  ^^^^^^^^^^^^
    help: import it: [data.table] with source = "galaxy.csv", and then input = "table"

    hven.toml:50:24: there is no dataset `galaxis` in this manifest
    50 | input = ["galaxy.csv", "galaxis", "galaxies.trian", "galaxies.valid", "elsewhere",…
                                ^^^^^^^^^
    help: is `galaxies` meant?

    hven.toml:50:35: dataset `galaxies` has no part `trian`
    50 | input = ["galaxy.csv", "galaxis", "galaxies.trian", "galaxies.valid", "elsewhere", "x@y"]
                                           ^^^^^^^^^^^^^^^^
    help: give it parts with [data.galaxies.split]

    hven.toml:50:53: dataset `galaxies` has no part `valid`
    50 | …put = ["galaxy.csv", "galaxis", "galaxies.trian", "galaxies.valid", "elsewhere", "x@y"]
                                                            ^^^^^^^^^^^^^^^^
    help: give it parts with [data.galaxies.split]

    hven.toml:50:84: "x@y" cannot be read: a version of a dataset is written name@3
    50 | … "galaxies.trian", "galaxies.valid", "elsewhere", "x@y"]
                                                            ^^^^^
    help: a file whose name has an @ is written with ./ before it

    hven.toml:54:15: [run.resources.resources] has no key `cpu`
    54 | resources = { cpu = 1, memory = 3.5, time = "2 fortnights", named =…
                       ^^^
    help: is `cpus` meant?

    hven.toml:54:33: `memory` is a size such as "8GiB"; this is a number
    54 | resources = { cpu = 1, memory = 3.5, time = "2 fortnights", named = { licence = "one"…
                                         ^^^

    hven.toml:54:45: `time`: "2 fortnights" is not a duration: write a number and s, min, h or d, such as 2h30min
    54 | resources = { cpu = 1, memory = 3.5, time = "2 fortnights", named = { licence = "one" } }
                                                     ^^^^^^^^^^^^^^

    hven.toml:54:81: `licence` is counted in whole numbers
    54 | …= 3.5, time = "2 fortnights", named = { licence = "one" } }
                                                            ^^^^^

    hven.toml:56:8: [claim.one] has no `statement`
    56 | [claim.one]
                ^^^
    help: say in one sentence what is claimed

    hven.toml:57:1: [claim.one] has no key `statment`
    57 | statment = "It holds."
         ^^^^^^^^
    help: is `statement` meant?

    hven.toml:59:12: this parenthesis is never closed
    59 | test = "abs(exponent - 1.5 < 0.01"
                    ^

    hven.toml:61:8: [claim.two] has no `test`
    61 | [claim.two]
                ^^^
    help: write when it holds: test = "abs(exponent - 1.5) < 0.01"

    hven.toml:62:13: `statement` is empty
    62 | statement = ""
                     ^^

    hven.toml:63:12: `evidence` is a list of texts; this is a number
    63 | evidence = 3
                    ^
    "#);
    assert_snapshot!(Manifest::parse(source).unwrap_err(), @"there is no section or key `projct`; is `project` meant?; and 39 more");
}

#[test]
fn a_map_has_values_as_they_are_written() {
    let source = r#"
[data.stars]
source = "stars.csv"
[map.sweep]
command = "python sim.py --t {t} --i {i} {{x}}"
over = { i = "1..1000", t = [0.10, 1e3, "a b"], one = 7 }
zip = ["i,one"]
sample = { lr = "1e-4..1e-1:log" }
samples = 50
inputs = ["stars", "data/"]
outputs = ["fits/{i}.json"]
gather = "results"
units = { t = "K" }
resources = { cpus = 2, gpus = 1 }
after = ["run.prepare", "array/2"]
hold = true
"#;
    let manifest = Manifest::parse(source).expect("a manifest");
    let map = manifest.map("sweep").expect("it has the map");
    let written: Vec<(&str, Written)> = map.over.iter().map(|(name, values)| (name.as_str(), values.clone())).collect();
    let one = |text: &str| Written::One(text.to_owned());
    let list = |texts: &[&str]| Written::List(texts.iter().map(|text| (*text).to_owned()).collect());
    assert_eq!(written, [("i", one("1..1000")), ("t", list(&["0.10", "1e3", "a b"])), ("one", one("7"))]);
    assert_eq!(map.sample, [("lr".to_owned(), "1e-4..1e-1:log".to_owned())]);
    assert_eq!((map.samples, map.gather.as_deref(), map.resources.gpus), (Some(50), Some("results"), Some(1)));
    assert_eq!((map.after.join(" ").as_str(), map.hold), ("run.prepare array/2", true));
    let inputs: Vec<String> = map.inputs.iter().map(|input| input.value.place()).collect();
    assert_eq!(inputs, ["stars", "data"]);
    let problems = |source: &str| {
        let problems = Manifest::parse(source).expect_err(source);
        problems.0.iter().map(|problem| problem.message.clone()).collect::<Vec<_>>()
    };
    assert_eq!(problems("[map.a]\nover = { i = \"1..3\" }\n"), ["[map.a] has no `command`"]);
    assert_eq!(problems("[map.a]\ncommand = \"sim\"\n"), ["[map.a] has no values"]);
    assert_eq!(
        problems("[map.a]\ncommand = \"sim\"\nover = { i = 1 }\nresources = { gpus = 1, named = { gpu = 2 } }\n"),
        ["`gpus` and `gpu` say the same: keep one of the two"]
    );
    assert_eq!(
        problems("[map.a]\ncommand = \"sim {j}\"\noutputs = [\"{k}\"]\nover = { i = 1 }\n"),
        ["`{j}` has no values", "`{k}` has no values"]
    );
    assert_eq!(
        problems("[map.a]\ncommand = \"sim {x}\"\nsample = { x = \"0..1\" }\ndesign = \"grid\"\n"),
        ["[map.a] does not say how many samples are drawn", "`design` is latin or random, not \"grid\""]
    );
    let zip = |zip: &str| problems(&format!("[map.a]\ncommand = \"sim\"\nover = {{ i = 1, j = 2 }}\nzip = {zip}\n"));
    let one = "`zip` has names that go together in one text, and \"i\" is one name";
    assert_eq!(zip("[\"i\",\"i,j\"]"), [one]);
    assert_eq!(zip("[\"i,k\"]"), ["`zip` names `k`, which has no values"]);
    assert_eq!(
        problems("[map.a]\ncommand = \"sim {i}\"\nover = { i = [], j = { a = 1 } }\n"),
        ["`i` has no values", "`j` is a text, a number, or a list of them; this is a table"]
    );
}

#[test]
fn a_parameter_is_no_list_and_a_licence_can_be_looked_up() {
    let source = "[project]\nname = \"a\"\nlicense = \"CC-BY\"\n[run.fit]\ncommand = \"fit {lr}\"\nparams = { lr = [0.1, 0.2], n = 3 }\n";
    let problems = Manifest::parse(source).unwrap_err();
    let messages: Vec<String> = problems.0.iter().map(ToString::to_string).collect();
    assert!(
        messages.iter().any(|wrong| wrong.starts_with("\"CC-BY\" is not a licence") && wrong.contains("`CC-BY-4.0`")),
        "{messages:?}"
    );
    let list = "the parameter `lr` is a list, and a run has one value of each";
    assert!(messages.iter().any(|wrong| wrong.contains(list)), "{messages:?}");
    let written = problems.render("hven.toml", source);
    assert!(written.contains("write a step for each value") && written.contains("lr = \"[0.1,0.2]\""), "{written}");
}

#[test]
fn broken_toml_is_reported_with_its_line() {
    let rendered = |source: &str| Manifest::parse(source).unwrap_err().render("hven.toml", source);
    assert_snapshot!(rendered("[project\nname = 1"), @r"
    hven.toml:1:9: this is not TOML: unclosed table, expected `]`
    1 | [project
                ^
    ");
    assert_snapshot!(rendered("[data.x]\nsource = \"a\"\n[data.x]\nsource = \"b\""), @r#"
    hven.toml:3:7: this is not TOML: duplicate key
    3 | [data.x]
              ^

    hven.toml:4:1: this is not TOML: duplicate key
    4 | source = "b"
        ^^^^^^
    "#);
    assert_snapshot!(rendered("run = 3\ndata = { x = 3 }"), @r"
    hven.toml:1:7: `run` is a table; this is a number
    1 | run = 3
              ^

    hven.toml:2:10: [data.NAME] is a table; `x` is a number
    2 | data = { x = 3 }
                 ^
    help: begin with a line [data.x]
    ");
    assert!(Manifest::parse(&format!("x = {}", "[".repeat(100_000))).is_err());
    assert!(Manifest::parse(&format!("[{}x]", "a.".repeat(100_000))).is_err());
}

#[test]
fn circles_and_double_outputs_are_found() {
    assert_snapshot!(planned(r#"
[run.a]
command = "a"
inputs = ["c.txt"]
outputs = ["a.txt"]
[run.b]
command = "b"
inputs = ["a.txt"]
outputs = ["b.txt"]
[run.c]
command = "c"
inputs = ["b.txt"]
outputs = ["c.txt"]
[run.d]
command = "d"
inputs = ["c.txt"]
outputs = ["d.txt"]
[run.e]
recipe = "law"
input = "f"
[data.f]
source = "g"
[run.g]
command = "g"
inputs = ["e.txt", "f"]
outputs = ["g"]
[run.self]
command = "x"
inputs = ["x/y"]
outputs = ["x"]
"#).unwrap_err(), @r#"
    hven.toml:2:6: these steps wait for each other: run.a → run.c → run.b → run.a
    2 | [run.a]
             ^
    help: an arrow points from a step to what it reads; one of them must read something else

    hven.toml:21:7: these steps wait for each other: data.f → run.g → data.f
    21 | [data.f]
               ^
    help: an arrow points from a step to what it reads; one of them must read something else

    hven.toml:29:11: run.self reads what it writes: x
    29 | inputs = ["x/y"]
                   ^^^^^
    help: write to another path than the one that is read
    "#);
    assert_snapshot!(planned(r#"
[data.d]
source = "raw"
[run.a]
command = "a"
outputs = ["out/a.txt", "./out//a.txt"]
[run.b]
command = "b"
outputs = ["out"]
[run.c]
command = "c"
outputs = ["out/b.txt", "raw/x"]
"#).unwrap_err(), @r#"
    hven.toml:6:25: `out/a.txt` is written by the same run twice
    6 | outputs = ["out/a.txt", "./out//a.txt"]
                                ^^^^^^^^^^^^^^
    help: give each output a path of its own

    hven.toml:9:12: `out` holds `out/a.txt`, which is written by run.a too
    9 | outputs = ["out"]
                   ^^^^^
    help: give each output a path of its own

    hven.toml:12:12: `out/b.txt` lies in `out`, which is written by run.b too
    12 | outputs = ["out/b.txt", "raw/x"]
                    ^^^^^^^^^^^
    help: give each output a path of its own

    hven.toml:12:25: run.c writes `raw/x`, inside the source of data.d
    12 | outputs = ["out/b.txt", "raw/x"]
                                 ^^^^^^^
    "#);
}

#[test]
fn missing_inputs_are_reported_before_anything_starts() {
    let there =
        |outside: &Outside| matches!(outside, Outside::Path(path) if path == "planets.csv" || path == "plot.py");
    assert_snapshot!(planned_with(KEPLER, &there).unwrap_err(), @r#"
    hven.toml:36:34: run.plot reads style, which is not there and which no step makes
    36 | inputs  = ["planets", "plot.py", "style/"]
                                          ^^^^^^^^
    help: put it there, correct the path, or declare it among the `outputs` of the run that writes it
    "#);
    let home =
        "[run.law]\nrecipe = \"law\"\ninput = \"galaxies\"\n[run.fit]\ncommand = \"x\"\ninputs = [\"stars@2.train\"]";
    assert_snapshot!(planned_with(home, &|_| false).unwrap_err(), @r#"
    hven.toml:3:9: run.law reads galaxies, which is not there and which no step makes
    3 | input = "galaxies"
                ^^^^^^^^^^
    help: add it with `hven data add`, or declare it here with [data.NAME]

    hven.toml:6:11: run.fit reads stars@2, which is not there and which no step makes
    6 | inputs = ["stars@2.train"]
                  ^^^^^^^^^^^^^^^
    help: add it with `hven data add`, or declare it here with [data.NAME]
    "#);
}

fn found() -> Vec<FoundFile> {
    let file = |path: &str, columns: &[&str]| FoundFile {
        path: path.to_owned(),
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
    };
    vec![
        file(
            "data/planets.csv",
            &["name", "period", "mass_kg", "distance (AU)", "radius [km]", "weird \"x\"", "T_eff"],
        ),
        file("README.md", &[]),
        file("model.parquet", &[]),
        file("other/planets.tsv", &["first column"]),
        file("fit.py", &[]),
        file("fit.ipynb", &[]),
        file("analysis/行星.R", &[]),
        file("notes", &[]),
        file(".hidden", &[]),
    ]
}

/// A recipe that proposes a step.
const RECIPES: RecipeList = RecipeList(&[Schema {
    name: "law",
    arguments: &[Argument::new(TARGET, Kind::Column, "", "").required()],
    draft: Some(Draft {
        comment: "A law for one column in terms of the other numbers.",
        test: "r2_crossvalidated > 0.9",
    }),
    ..Schema::NEW
}]);

#[test]
fn a_draft_shows_the_files_of_the_folder() {
    assert_snapshot!(draft("astro/kepler", &found(), RECIPES), @r#"
    # What this project consists of. `hven run` does what is not up to date, in the right order.

    [project]
    name = "astro/kepler"
    # license = "CC-BY-4.0"
    # description = "What it is about."

    [data.planets]
    source = "data/planets.csv"
    # A unit for each column that has one ("1" for a plain number).
    # units = { name = "", period = "", mass_kg = "kg", "distance (AU)" = "AU", "radius [km]" = "km", "weird \"x\"" = "", T_eff = "" }
    # missing = ["NA"]
    # checks = ["unique(name)"]
    # license = "CC0-1.0"

    [data.model]
    source = "model.parquet"
    # units = { column = "m" }
    # checks = ["count() > 0"]
    # license = "CC0-1.0"

    [data.planets_2]
    source = "other/planets.tsv"
    # A unit for each column that has one ("1" for a plain number).
    # units = { "first column" = "" }
    # missing = ["NA"]
    # checks = ["unique(`first column`)"]
    # license = "CC0-1.0"

    # A law for one column in terms of the other numbers.
    # [run.law]
    # recipe = "law"
    # input  = "planets"
    # target = "T_eff"

    # A claim is judged by a number that its run logs.
    # [claim.law]
    # statement = "What is claimed, in one sentence."
    # evidence  = "run.law"
    # test      = "r2_crossvalidated > 0.9"

    # [run.fit]
    # command = ["python3", "fit.py"]
    # inputs  = ["planets"]
    # outputs = []

    # [run.fit_2]
    # command = ["jupyter", "nbconvert", "--to", "notebook", "--execute", "--inplace", "fit.ipynb"]
    # inputs  = ["planets"]
    # outputs = []

    # [run.table]
    # command = ["Rscript", "analysis/行星.R"]
    # inputs  = ["planets"]
    # outputs = []

    # A claim is judged by a number that its run logs.
    # [claim.fit]
    # statement = "What is claimed, in one sentence."
    # evidence  = "run.fit"
    # test      = "accuracy > 0.9"
    "#);
}

#[test]
fn a_draft_can_be_read_with_and_without_its_comments() {
    let text = draft("astro/kepler", &found(), RECIPES);
    let manifest = Manifest::parse(&text).unwrap_or_else(|wrong| panic!("{}", wrong.render("hven.toml", &text)));
    assert_eq!(manifest.data.len(), 3);
    let settings =
        |line: &&str| line.strip_prefix("# ").is_some_and(|rest| rest.starts_with('[') || rest.contains(" = "));
    let taken_in: Vec<&str> =
        text.lines().map(|line| if settings(&line) { line.trim_start_matches("# ") } else { line }).collect();
    let taken_in = taken_in.join("\n");
    let manifest =
        Manifest::parse(&taken_in).unwrap_or_else(|wrong| panic!("{}", wrong.render("hven.toml", &taken_in)));
    assert_eq!((manifest.runs.len(), manifest.claims.len()), (4, 2));
    assert_eq!(manifest.data("planets").unwrap().units["mass_kg"].value, "kg");
    assert!(manifest.plan(&|_| true).is_ok());
    assert!(Manifest::parse(&draft("x", &[], RECIPES)).is_ok());
}

/// Manifests of runs that read and write a few paths.
fn graphs() -> impl Strategy<Value = String> {
    let path = || prop::sample::select(vec!["a", "a/b", "c", "d", "e/f", "e/g", "h"]);
    let run = (prop::collection::vec(path(), 0..3), prop::collection::vec(path(), 0..2));
    prop::collection::vec(run, 0..6).prop_map(|runs| {
        let runs = runs.iter().enumerate().map(|(at, (inputs, outputs))| {
            format!("[run.r{at}]\ncommand = \"x\"\ninputs = {inputs:?}\noutputs = {outputs:?}\n")
        });
        runs.collect()
    })
}

proptest! {
    #[test]
    fn no_text_panics(text in "(\\[(data|run|claim|project)\\.?[a-z]?\\]\n|(source|input|command|test|units|checks|split|outputs) = (3|\"[a-z{}>. ]{0,6}\"|\\[\"x\"\\]|\\{ a = \"m\" \\})\n){0,8}|\\PC{0,30}") {
        match Manifest::parse(&text) {
            Ok(manifest) => drop(manifest.plan(&|_| false).map_err(|wrong| wrong.render("hven.toml", &text))),
            Err(wrong) => drop(wrong.render("hven.toml", &text)),
        }
    }

    #[test]
    fn a_plan_is_in_order_or_names_the_reason(source in graphs()) {
        let manifest = Manifest::parse(&source).unwrap();
        match manifest.plan(&|_| true) {
            Ok(plan) => {
                prop_assert_eq!(plan.steps.len(), manifest.runs.len());
                for (at, step) in plan.steps.iter().enumerate() {
                    prop_assert!(step.needs.iter().all(|need| need.step < at));
                }
                let all: Vec<usize> = (0..plan.steps.len()).collect();
                prop_assert_eq!(plan.only(&all), plan);
            }
            Err(problems) => prop_assert!(!problems.0.is_empty()),
        }
    }

    #[test]
    fn drafts_can_be_read(names in prop::collection::vec(("\\PC{1,8}", prop::collection::vec("\\PC{0,8}", 0..4)), 0..5)) {
        let endings = [".csv", ".py", ".parquet", ".ipynb", ""];
        let files: Vec<FoundFile> = names.into_iter().enumerate().map(|(at, (stem, columns))| FoundFile {
            path: format!("{}{}", stem.replace('\0', ""), endings[at % endings.len()]), columns,
        }).collect();
        let text = draft("home", &files, RECIPES);
        if let Err(wrong) = Manifest::parse(&text) {
            return Err(TestCaseError::fail(format!("{text}\n{}", wrong.render("hven.toml", &text))));
        }
    }
}
