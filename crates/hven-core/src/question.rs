//! The question that a run asks, as far as its command or recipe shows it: a run with other parameters asks the same question.
//!
//! A result that is the best of many tries is worth less than a single try, so verdicts state how often their question was
//! asked. The question omits everything that changes from one try to the next: parameters, inputs, the name of the run and the
//! version of the code. So the count is rather too high; but it misses tries whose command names the same work differently: a
//! copy of the script, or another program that starts it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::run::{Code, Spec};

/// The part that is the same in all tries.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Question {
    /// A recipe, and the subject of its search: the target of a law.
    Recipe { name: String, of: Option<String> },
    /// The first script file that the command names, by its path in the repository, or in the folder where it runs if there is
    /// no repository.
    Script { path: String },
    /// A Python module, `python -m fit`.
    Module { name: String },
    /// A program that runs no script.
    Program { name: String },
}

/// The extensions of script files.
const ENDINGS: &[&str] = &[
    "bash", "do", "gp", "ipynb", "jl", "js", "lua", "m", "mjs", "nf", "php", "pl", "py", "qmd", "r", "rb", "rmd",
    "sas", "sh", "smk", "tcl", "ts", "wls", "zsh",
];
/// Programs that do no work themselves: without a named script their question is not known.
const INTERPRETERS: &[&str] = &[
    "bun",
    "deno",
    "gnuplot",
    "julia",
    "jupyter",
    "lua",
    "matlab",
    "node",
    "octave",
    "perl",
    "php",
    "pypy",
    "python",
    "r",
    "rscript",
    "ruby",
    "sas",
    "stata",
    "tclsh",
    "wolframscript",
];
const SHELLS: &[&str] = &["bash", "dash", "fish", "ksh", "sh", "zsh"];
/// Longer texts are not names.
const NAME_BYTES_MAX: usize = 1000;

impl Question {
    /// The question of a run; `None`: it is not known, for example when the code is in the command itself.
    pub fn of(spec: &Spec) -> Option<Self> {
        if let Some(recipe) = &spec.recipe {
            let of = recipe.arguments.get("target").and_then(serde_json::Value::as_str).map(str::to_owned);
            return Some(Self::Recipe { name: recipe.name.clone(), of }).filter(Self::is_short);
        }
        let program = program_name(spec.argv.first()?);
        let question = match script(&spec.argv, &program) {
            Some(path) => Self::Script { path: place(path, spec) },
            None => match module(&spec.argv) {
                Some(name) => Self::Module { name: name.to_owned() },
                None if spec.argv.iter().any(|word| is_interpreter(&program_name(word))) => return None,
                None => Self::Program { name: program },
            },
        };
        Some(question).filter(Self::is_short)
    }

    /// Equal for equal questions: the record searches for it.
    pub fn key(&self) -> String {
        match self {
            Self::Recipe { name, of } => format!("recipe:{name}:{}", of.as_deref().unwrap_or_default()),
            Self::Script { path } => format!("script:{path}"),
            Self::Module { name } => format!("module:{name}"),
            Self::Program { name } => format!("program:{name}"),
        }
    }

    fn is_short(&self) -> bool {
        self.key().len() <= NAME_BYTES_MAX
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recipe { name, of: Some(of) } => write!(f, "the recipe {name} for {of}"),
            Self::Recipe { name, of: None } => write!(f, "the recipe {name}"),
            Self::Script { path } => write!(f, "the script {path}"),
            Self::Module { name } => write!(f, "the module {name}"),
            Self::Program { name } => write!(f, "the program {name}"),
        }
    }
}

/// The name of a program without its folder and its version: `python` for `/usr/bin/python3.12`.
fn program_name(word: &str) -> String {
    let file = word.rsplit('/').next().unwrap_or_default();
    let name = file.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').to_lowercase();
    if is_interpreter(&name) { name } else { file.to_owned() }
}

fn is_interpreter(name: &str) -> bool {
    INTERPRETERS.contains(&name) || SHELLS.contains(&name)
}

/// The first word that names a script, at any position: the words before it may start it, as `mpirun` does. The code argument
/// of a shell (`sh -c 'python3 fit.py'`) is searched word by word.
fn script<'a>(argv: &'a [String], program: &str) -> Option<&'a str> {
    let is_between = |c: char| c.is_whitespace() || ";|&()<>'\"".contains(c);
    let is_shell = SHELLS.contains(&program);
    let words = |word: &'a String| {
        let is_text = is_shell && word.contains(char::is_whitespace);
        if is_text { word.split(is_between).collect() } else { vec![word.as_str()] }
    };
    argv.iter().flat_map(words).find(|word| is_script(word))
}

fn is_script(word: &str) -> bool {
    let file = word.rsplit('/').next().unwrap_or_default();
    let ending = file.rsplit_once('.').filter(|(name, _)| !name.is_empty()).map(|(_, ending)| ending.to_lowercase());
    !word.starts_with('-')
        && !word.contains(['=', '*', '$'])
        && !word.contains(char::is_whitespace)
        && ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

/// A path relative to the repository or to the run's folder, whichever folder the command uses. A script outside is named only
/// by its file name, because its path is meaningless on another machine.
fn place(path: &str, spec: &Spec) -> String {
    let within = path.strip_prefix(&spec.cwd).filter(|_| !spec.cwd.is_empty()).and_then(|rest| rest.strip_prefix('/'));
    let prefix = match &spec.code {
        Some(Code::Git { prefix, .. }) => prefix.as_str(),
        _ => "",
    };
    let outside = || path.rsplit('/').next().unwrap_or_default().to_owned();
    if within.is_none() && path.starts_with('/') {
        return outside();
    }
    let mut parts = Vec::new();
    for part in prefix.split('/').chain(within.unwrap_or(path).split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return outside();
                }
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The module that Python runs. Words after the module, or after a file, are arguments for it.
fn module(argv: &[String]) -> Option<&str> {
    let mut words = argv.iter().skip_while(|word| program_name(word) != "python").skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "-m" => return words.next().map(String::as_str),
            // Each takes a separate word.
            "-W" | "-X" => _ = words.next(),
            word if word.starts_with('-') && word != "-c" => {}
            _ => return None,
        }
    }
    None
}

crate::sample::sampled! {
    enum Question { Recipe { name, of }, Script { path }, Module { name }, Program { name } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::staging::Recipe;

    fn asked(argv: &[&str]) -> Option<String> {
        let argv = argv.iter().map(|word| (*word).to_owned()).collect();
        Question::of(&Spec::of_command(argv, "/home/mira/study")).map(|question| question.to_string())
    }

    #[test]
    fn the_same_script_asks_the_same_question() {
        let check = |argv: &[&str], expect: &str| assert_eq!(asked(argv).as_deref(), Some(expect), "{argv:?}");
        check(&["python3", "fit.py", "--lr", "0.1"], "the script fit.py");
        check(&["python3.12", "./fit.py", "--lr", "0.2", "--config", "other.py"], "the script fit.py");
        check(&["/usr/bin/python", "-u", "/home/mira/study/fit.py"], "the script fit.py");
        check(&["python3", "/opt/tools/fit.py"], "the script fit.py");
        check(&["python3", "models/fit.py"], "the script models/fit.py");
        check(&["./fit.R"], "the script fit.R");
        check(&["mpirun", "-n", "4", "python3", "train.py"], "the script train.py");
        check(&["sh", "fit.sh"], "the script fit.sh");
        check(&["sh", "-c", "cd a && python3 'fit.py' --lr 0.1 > log"], "the script fit.py");
        check(&["python3", "study/../fit.py"], "the script fit.py");
        check(&["python3", "../fit.py"], "the script fit.py");
        check(&["python3", "-m", "fit.train", "--lr", "0.1"], "the module fit.train");
        check(&["env", "A=1", "python3", "-u", "-W", "ignore", "-m", "fit.train"], "the module fit.train");
        check(&["./fit", "--lr", "0.1"], "the program fit");
        check(&["make", "fit"], "the program make");
    }

    #[test]
    fn a_script_of_a_repository_is_the_same_from_each_of_its_folders() {
        let asked = |prefix: &str, cwd: &str, script: &str| {
            let spec = Spec::of_command(vec!["python3".to_owned(), script.to_owned()], cwd);
            let code = Code::Git {
                commit: "0".repeat(40),
                branch: None,
                prefix: prefix.to_owned(),
                diff: None,
                untracked: Vec::new(),
                inner: Vec::new(),
                digest: crate::Digest::ZERO,
            };
            Question::of(&Spec { code: Some(code), ..spec }).map(|question| question.key())
        };
        let study = Some("script:study/fit.py".to_owned());
        assert_eq!(asked("study", "/home/mira/repo/study", "fit.py"), study);
        assert_eq!(asked("", "/home/mira/repo", "study/fit.py"), study);
        assert_eq!(asked("notes/a", "/home/mira/repo/notes/a", "../../study/fit.py"), study);
        assert_eq!(asked("study", "/home/mira/repo/study", "/home/mira/repo/study/fit.py"), study);
        assert_eq!(asked("study", "", "fit.py"), study, "a fresh folder");
        assert_eq!(asked("study", "/home/mira/repo/study", "../../fit.py").as_deref(), Some("script:fit.py"));
    }

    #[test]
    fn code_in_the_command_itself_has_no_question() {
        for argv in [
            &["sh", "-c", "date; echo 1 > result.txt"][..],
            &["python3", "-c", "print(1)"],
            &["nice", "python3", "-c", "print(1)"],
            &["python3"],
            &["python3", "fit", "-m", "fast"],
            &[],
        ] {
            assert_eq!(asked(argv), None, "{argv:?}");
        }
        assert_eq!(asked(&["x".repeat(2000).as_str()]), None);
    }

    #[test]
    fn a_recipe_asks_for_its_target() {
        let of = |arguments: serde_json::Value| {
            let recipe = Some(Recipe { name: "law".to_owned(), version: 1, arguments });
            let spec = Spec { recipe, ..Spec::of_command(Vec::new(), "") };
            Question::of(&spec).map(|question| (question.to_string(), question.key()))
        };
        let expected = |text: &str, key: &str| Some((text.to_owned(), key.to_owned()));
        let law = expected("the recipe law for period", "recipe:law:period");
        assert_eq!(of(serde_json::json!({ "target": "period", "seed": 1 })), law);
        assert_eq!(of(serde_json::json!({ "target": "period", "seed": 2 })), law);
        assert_eq!(of(serde_json::json!({})), expected("the recipe law", "recipe:law:"));
    }
}
