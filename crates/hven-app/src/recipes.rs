//! Recipes, the tasks that ship with Hven, and the runs in fresh folders that they are.
//!
//! A recipe's process is Hven's own program. What it is started with is no part of the record (the program lies
//! elsewhere tomorrow); what it does is: the recipe's name and version, its arguments and the bytes of its inputs.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use hven_core::{
    AttemptId, Digest,
    content_key::content_key,
    limits,
    object::{FileKind, FileRef},
    run::{Recipe, Spec},
    staging::{RECIPE_FILE, check_path},
};

use crate::{
    App, AppError, AppResult, Caller,
    files::listing,
    naming::{self, not_here},
    ports::objects::{ByteStream, Presence},
    schedule::Live,
    submit::Submit,
};

/// The recipes that this Hven has, and how one is started.
#[derive(Clone, Debug, Default)]
pub struct Recipes {
    /// Name and version of each.
    pub known: BTreeMap<String, u32>,
    /// Hven's own program.
    pub program: PathBuf,
    /// What a recipe's process has in its environment; nothing of its caller's comes in.
    pub environment: BTreeMap<String, String>,
}

/// A recipe that is wanted; which version it is, is the server's to say.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    pub name: String,
    pub arguments: serde_json::Value,
}

/// What the process of a recipe is started with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    pub argv: Vec<String>,
    pub environment: BTreeMap<String, String>,
    /// Files that are written into its folder, and their texts.
    pub files: BTreeMap<String, String>,
}

/// Tells the process which version it is taken for: a program that was exchanged meanwhile can refuse.
const VERSION_VARIABLE: &str = "HVEN_RECIPE_VERSION";

impl Recipes {
    /// The recipe as it is recorded.
    pub fn find(&self, wanted: Wanted) -> AppResult<Recipe> {
        let Wanted { name, arguments } = wanted;
        let Some(&version) = self.known.get(&name) else {
            let known: Vec<&str> = self.known.keys().map(String::as_str).collect();
            let why = match known[..] {
                [] => "is not known: this Hven has no recipes".to_owned(),
                _ => format!("is not known: there are {}", known.join(", ")),
            };
            return Err(AppError::invalid(format!("the recipe {name:?}"), why));
        };
        let arguments = match arguments {
            serde_json::Value::Null => serde_json::json!({}),
            arguments @ serde_json::Value::Object(_) => arguments,
            _ => return Err(AppError::invalid(format!("the arguments of the recipe {name}"), "are no JSON object")),
        };
        limits::json(
            &format!("the JSON of the arguments of the recipe {name}"),
            &arguments,
            limits::ARGUMENTS_BYTES_MAX,
        )?;
        Ok(Recipe { name, version, arguments })
    }

    /// How a recorded recipe is started now, or why it cannot be: another version would not do what was recorded.
    pub fn process(&self, recipe: &Recipe) -> Result<Process, String> {
        let Recipe { name, version, arguments } = recipe;
        match self.known.get(name) {
            Some(known) if known == version => {}
            Some(known) => {
                return Err(format!(
                    "it asks for version {version} of the recipe {name}, and this Hven has {known}: submit it again"
                ));
            }
            None => return Err(format!("this Hven has no recipe {name}")),
        }
        let Some(program) = self.program.to_str() else {
            return Err(format!("the path of Hven's program is not UTF-8: {}", self.program.display()));
        };
        let mut environment = self.environment.clone();
        environment.insert(VERSION_VARIABLE.to_owned(), version.to_string());
        Ok(Process {
            argv: vec![program.to_owned(), "recipe".to_owned(), name.clone()],
            environment,
            files: BTreeMap::from([(RECIPE_FILE.to_owned(), arguments.to_string())]),
        })
    }
}

/// What makes two runs of a recipe the same work. The recipe's version stands for its code.
pub(crate) fn cache_key(recipe: &Recipe, inputs: &[FileRef], outputs: &[String]) -> Option<Digest> {
    let inputs: Vec<_> = inputs.iter().map(|input| (&input.path, input.digest)).collect();
    let parts = serde_json::json!({
        "grammar": 1,
        "recipe": recipe.name,
        "version": recipe.version,
        "arguments": recipe.arguments,
        "inputs": inputs,
        "outputs": outputs,
    });
    content_key("recipe/1", &parts).ok()
}

/// Refuses what a run in a fresh folder cannot have.
pub(crate) fn check_fresh(submit: &Submit) -> AppResult<()> {
    let spec = &submit.spec;
    if !spec.cwd.is_empty() {
        check_path(&spec.cwd).map_err(|why| AppError::invalid(format!("the working directory {:?}", spec.cwd), why))?;
    }
    if spec.recipe.is_some() {
        let unwanted = [
            ("command", !spec.argv.is_empty()),
            ("working directory", !spec.cwd.is_empty()),
            ("code", spec.code.is_some()),
            ("environment", !submit.environment.is_empty()),
            ("secrets", !submit.secrets.is_empty()),
            ("standard input", spec.stdin.is_some()),
            ("process settings", spec.process.is_some()),
        ];
        if let Some((what, _)) = unwanted.into_iter().find(|(_, is_there)| *is_there) {
            return Err(AppError::invalid(
                "a recipe",
                format!("takes no {what}: it gets its arguments and inputs alone"),
            ));
        }
    }
    let inputs = spec.inputs.iter().map(|input| ("input", &input.path));
    let outputs = spec.outputs.iter().map(|output| ("output", output));
    let mut seen = HashSet::new();
    for (noun, path) in inputs.chain(outputs) {
        let what = || format!("the {noun} {path:?}");
        check_path(path).map_err(|why| AppError::invalid(what(), why))?;
        if !seen.insert((noun, path)) {
            return Err(AppError::invalid(what(), "is named twice"));
        }
        if spec.recipe.is_some() && path == RECIPE_FILE {
            return Err(AppError::invalid(what(), "has the name of the file that holds the recipe's arguments"));
        }
    }
    let files: HashSet<&str> =
        spec.inputs.iter().filter(|input| input.kind == FileKind::File).map(|input| input.path.as_str()).collect();
    for input in &spec.inputs {
        let mut above = input.path.match_indices('/').map(|(end, _)| &input.path[..end]);
        if let Some(file) = above.find(|folder| files.contains(folder)) {
            let why = format!("lies in {file}, which is a file and not a folder");
            return Err(AppError::invalid(format!("the input {:?}", input.path), why));
        }
    }
    Ok(())
}

/// What a runner fetches for the run must be there before the run is recorded.
pub(crate) async fn check_inputs(app: &App, spec: &Spec) -> AppResult<()> {
    let fetched: Vec<&FileRef> = spec.files_fetched().collect();
    for FileRef { path, digest, .. } in fetched {
        if !matches!(app.ports.objects.presence(*digest).await?, Presence::Whole { .. }) {
            return Err(not_here(path, *digest));
        }
    }
    Ok(())
}

/// What folders hold, as far as it was asked for lately. A listing never changes.
#[derive(Debug, Default)]
pub(crate) struct Listings {
    digests: Mutex<HashMap<Digest, Arc<HashSet<Digest>>>>,
}

const LISTINGS_MAX: usize = 64;

impl Listings {
    /// The digests of the files that a folder holds.
    async fn of(&self, app: &App, folder: Digest) -> AppResult<Arc<HashSet<Digest>>> {
        let known = || self.digests.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(digests) = known().get(&folder) {
            return Ok(Arc::clone(digests));
        }
        let files = listing(app, folder).await?.map(|listing| listing.files).unwrap_or_default();
        let digests: Arc<HashSet<Digest>> = Arc::new(files.iter().map(|file| file.digest).collect());
        let mut known = known();
        if known.len() >= LISTINGS_MAX {
            known.clear();
        }
        known.insert(folder, Arc::clone(&digests));
        Ok(digests)
    }
}

/// The bytes, from `from` on, of an object that an attempt's fresh folder is to hold, that its process has on its standard
/// input, or that lists files which are compared with the disk; for the runner that has the attempt.
pub async fn open_staged(
    app: &App,
    caller: &Caller,
    attempt: AttemptId,
    digest: Digest,
    from: u64,
) -> AppResult<(u64, ByteStream)> {
    let runner = caller.require_runner()?;
    if !app.schedule.is_with(attempt, runner) {
        return Err(AppError::Denied);
    }
    let live = app.schedule.live().get(&attempt.run).cloned();
    let fetched: Vec<FileRef> = live.iter().flat_map(|live| live.spec.files_fetched()).cloned().collect();
    let mut is_wanted = fetched.iter().any(|file| file.digest == digest) || is_list(app, live.as_ref(), digest).await?;
    for folder in fetched.iter().filter(|file| file.kind == FileKind::Folder) {
        is_wanted = is_wanted || app.listings.of(app, folder.digest).await?.contains(&digest);
    }
    let opened = if is_wanted { app.ports.objects.open(digest, from).await? } else { None };
    opened.ok_or_else(|| AppError::not_found("object", digest))
}

/// Whether an object lists files of a run that are compared with the disk. That of the code was not looked at when the run was
/// submitted, so it is one only when the submitter may name it.
async fn is_list(app: &App, live: Option<&Live>, digest: Digest) -> AppResult<bool> {
    let Some(live) = live else { return Ok(false) };
    let Some(seen) = live.launch.as_ref().and_then(|launch| launch.seen.as_ref()) else { return Ok(false) };
    if seen.inputs_listed == Some(digest) {
        return Ok(true);
    }
    Ok(seen.code == Some(digest) && naming::may_name(app, live.submitted_by, digest).await?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn recipes() -> Recipes {
        Recipes {
            known: BTreeMap::from([("import".to_owned(), 3), ("law".to_owned(), 1)]),
            program: "/usr/bin/hven".into(),
            environment: BTreeMap::from([("LANG".to_owned(), "C.UTF-8".to_owned())]),
        }
    }

    #[test]
    fn recipes_are_found_or_it_is_said_which_there_are() {
        let find = |recipes: &Recipes, name: &str, arguments| {
            recipes.find(Wanted { name: name.to_owned(), arguments }).map_err(|error| error.to_string())
        };
        let law = Recipe { name: "law".to_owned(), version: 1, arguments: json!({}) };
        assert_eq!(find(&recipes(), "law", json!(null)), Ok(law.clone()));
        let check = |recipes: &Recipes, name, arguments, want: &str| {
            assert_eq!(find(recipes, name, arguments).expect_err("refused"), want);
        };
        check(&recipes(), "laws", json!({}), "the recipe \"laws\" is not known: there are import, law");
        check(&Recipes::default(), "law", json!({}), "the recipe \"law\" is not known: this Hven has no recipes");
        check(&recipes(), "law", json!([1]), "the arguments of the recipe law are no JSON object");

        let process = recipes().process(&law).expect("it can be started");
        assert_eq!(process.argv, ["/usr/bin/hven", "recipe", "law"]);
        assert_eq!(process.files, BTreeMap::from([("recipe.json".to_owned(), "{}".to_owned())]));
        assert_eq!(process.environment["HVEN_RECIPE_VERSION"], "1");
        let newer = recipes().process(&Recipe { version: 2, ..law.clone() }).expect_err("refused");
        assert!(newer.contains("asks for version 2 of the recipe law, and this Hven has 1"), "{newer}");
        assert!(Recipes::default().process(&law).is_err());
    }

    #[test]
    fn a_recipes_key_follows_what_matters() {
        let input = |path: &str, bytes: &[u8]| FileRef {
            path: path.to_owned(),
            digest: Digest::of(bytes),
            size: bytes.len() as u64,
            kind: FileKind::File,
        };
        let recipe = |version, arguments: &str| Recipe {
            name: "law".to_owned(),
            version,
            arguments: serde_json::from_str(arguments).expect("JSON"),
        };
        let outputs = ["law.json".to_owned()];
        let of =
            |recipe: &Recipe, input: FileRef| cache_key(recipe, &[input], &outputs).expect("it has one").to_string();
        let base = of(&recipe(1, r#"{"target":"period","seed":1}"#), input("data.csv", b"a"));
        assert_eq!(base, "91bb7a3724a0d577d6df3f9ff4a3a7a2c622bc3ee35fa499598d1324f7ae37b4");
        assert_eq!(of(&recipe(1, r#"{ "seed": 1, "target": "period" }"#), input("data.csv", b"a")), base);
        assert_ne!(of(&recipe(2, r#"{"target":"period","seed":1}"#), input("data.csv", b"a")), base);
        assert_ne!(of(&recipe(1, r#"{"target":"period","seed":2}"#), input("data.csv", b"a")), base);
        assert_ne!(of(&recipe(1, r#"{"target":"period","seed":1}"#), input("data.csv", b"b")), base);
        assert_ne!(of(&recipe(1, r#"{"target":"period","seed":1}"#), input("other.csv", b"a")), base);
    }
}
