//! Experiments of MLflow are projects. This file gives a project the id and the name by which MLflow knows it, and finds a project for a
//! name.
//!
//! A client sees the projects from where it stands ([`Base`]): a process of a run stands in the project of its run, and an experiment
//! `tune` that it names is the project `astro/tune`. A name with characters that a path of a project cannot have gets a path that
//! resembles it; the name itself is kept in a document.

use hven_app::{App, Caller, projects};
use hven_core::{
    Time,
    access::{Role, Scope},
    digest::Digest,
    params::Params,
    project::{PATH_BYTES_MAX, ProjectPath},
};

use crate::{
    answer::{Answer, Fault},
    kept::{self, Collection},
};

/// The experiment that every MLflow server has.
pub(crate) const DEFAULT_ID: &str = "0";
pub(crate) const DEFAULT_NAME: &str = "Default";

/// A project as an experiment.
#[derive(Clone, Debug)]
pub(crate) struct Experiment {
    pub(crate) project: ProjectPath,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) created: Time,
    pub(crate) updated: Time,
    /// Its document; empty if it has none.
    pub(crate) body: Params,
}

impl Experiment {
    pub(crate) fn is_deleted(&self) -> bool {
        kept::is_true(&self.body, "deleted")
    }

    /// Where the files of its runs are: here, unless the client chose another place.
    pub(crate) fn location(&self) -> String {
        kept::text(&self.body, "location").map_or_else(|| format!("mlflow-artifacts:/{}", self.id), str::to_owned)
    }
}

/// Where a client stands.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    /// The project of the experiment `Default`.
    pub(crate) default: ProjectPath,
    /// The project below which the client names experiments; `None`: it names projects of the whole home.
    within: Option<ProjectPath>,
}

impl Base {
    pub(crate) fn of(caller: &Caller) -> Self {
        let home = ProjectPath::home();
        let only = caller.scopes().into_iter().find_map(|scope| match scope {
            Scope::Project(path) => Some(path),
            Scope::Home => None,
        });
        match (caller, only) {
            (Caller::Tracker { .. }, Some(path)) => Self { default: path.clone(), within: Some(path) },
            (_, Some(path)) if !caller.may(Role::Viewer, &home) => Self { default: path.clone(), within: Some(path) },
            _ => Self { default: home, within: None },
        }
    }

    /// The name of a project for this client.
    fn name(&self, project: &ProjectPath, body: &Params) -> String {
        if *project == self.default {
            return DEFAULT_NAME.to_owned();
        }
        let kept_name = kept::text(body, "name");
        let named_in = kept::text(body, "named_in").unwrap_or_default();
        let path = match kept_name {
            // The name as it was given by a client that stood there.
            Some(name) if self.within.as_ref().map_or("", ProjectPath::as_str) == named_in => return name.to_owned(),
            Some(name) if named_in.is_empty() => name.to_owned(),
            Some(name) => format!("{named_in}/{name}"),
            None => project.to_string(),
        };
        match &self.within {
            Some(within) => path.strip_prefix(&format!("{within}/")).unwrap_or(&path).to_owned(),
            None => path,
        }
    }

    /// The project for a new experiment with this name, and the part of its document that keeps the name when the path differs.
    pub(crate) fn new_project(
        &self,
        name: &str,
        is_taken: impl Fn(&ProjectPath) -> bool,
    ) -> Answer<(ProjectPath, Params)> {
        let wanted = path_like(name);
        for number in 1_u32..=1000 {
            let last = if number == 1 { wanted.clone() } else { format!("{wanted}-{number}") };
            let path = match &self.within {
                Some(within) => format!("{within}/{last}"),
                None => last.clone(),
            };
            let Ok(path) = path.parse::<ProjectPath>() else {
                let why = format!("the project {path} for the experiment {name:?} would be too long or too deep");
                return Err(Fault::invalid(why));
            };
            if is_taken(&path) {
                continue;
            }
            let mut body = Params::new();
            if last != name {
                self.keep_name(name, &mut body);
            }
            return Ok((path, body));
        }
        Err(Fault::invalid(format!("there are too many experiments like {name:?}")))
    }

    /// Keeps the name of an experiment in its document.
    pub(crate) fn keep_name(&self, name: &str, body: &mut Params) {
        body.insert("name".to_owned(), name.into());
        body.insert("named_in".to_owned(), self.within.as_ref().map_or("", ProjectPath::as_str).into());
    }
}

/// The id of a project for MLflow: 18 digits of its digest, so that it is the same for all clients and after a restore.
fn id_of(project: &ProjectPath, base: &Base) -> String {
    const SMALLEST: u64 = 100_000_000_000_000_000;
    if *project == base.default {
        return DEFAULT_ID.to_owned();
    }
    let digest = Digest::of(format!("mlflow experiment\0{project}").as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&digest.as_bytes()[..8]);
    (SMALLEST + u64::from_le_bytes(first) % (9 * SMALLEST)).to_string()
}

/// A path that resembles a name: characters that cannot stand in a path become `-`.
fn path_like(name: &str) -> String {
    let parts: Vec<String> = name.split('/').filter(|part| !part.trim().is_empty()).map(part_like).collect();
    let mut path = if parts.is_empty() { "_".to_owned() } else { parts.join("/") };
    if parts.len() > 6 {
        path = parts.join("-");
    }
    if path.len() > PATH_BYTES_MAX / 2 {
        let digest = Digest::of(name.as_bytes()).to_string();
        let end = path.floor_char_boundary(PATH_BYTES_MAX / 2 - 13);
        path = format!("{}-{}", path[..end].trim_end_matches('/'), &digest[..12]);
    }
    path
}

fn part_like(part: &str) -> String {
    let part: String =
        part.chars().map(|c| if c.is_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '-' }).collect();
    if part.starts_with(['.', '-']) { format!("_{part}") } else { part }
}

/// All experiments that the caller may see.
pub(crate) async fn all(app: &App, caller: &Caller) -> Answer<Vec<Experiment>> {
    let base = Base::of(caller);
    let mut bodies = std::collections::BTreeMap::new();
    for view in kept::all(app, caller, Collection::Experiment, None, None).await? {
        bodies.insert(view.kept.document.id, (view.time, view.kept.body));
    }
    let mut experiments = Vec::new();
    let mut has_default = false;
    for view in projects::list(app, caller).await? {
        let (updated, body) = bodies.remove(view.path.as_str()).unwrap_or_else(|| (view.added, Params::new()));
        has_default |= view.path == base.default;
        experiments.push(Experiment {
            id: id_of(&view.path, &base),
            name: base.name(&view.path, &body),
            created: view.added,
            updated,
            body,
            project: view.path,
        });
    }
    if !has_default {
        let time = app.now();
        experiments.push(Experiment {
            id: DEFAULT_ID.to_owned(),
            name: DEFAULT_NAME.to_owned(),
            created: time,
            updated: time,
            body: Params::new(),
            project: base.default,
        });
    }
    Ok(experiments)
}

pub(crate) async fn by_id(app: &App, caller: &Caller, id: &str) -> Answer<Experiment> {
    let found = all(app, caller).await?.into_iter().find(|experiment| experiment.id == id);
    found.ok_or_else(|| Fault::missing(format!("No Experiment with id={id} exists")))
}

/// The experiment of a project.
pub(crate) fn of_project<'e>(all: &'e [Experiment], path: &str) -> Option<&'e Experiment> {
    all.iter().find(|experiment| experiment.project.as_str() == path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> ProjectPath {
        text.parse().expect("a path")
    }

    #[test]
    fn names_get_paths_that_resemble_them() {
        let base = Base { default: path("home"), within: None };
        let nothing_taken = |_: &ProjectPath| false;
        for (name, expected) in [
            ("planets", "planets"),
            ("astro/tune", "astro/tune"),
            ("My Experiment (v2)", "My-Experiment--v2-"),
            ("/Users/me@x.org/exp", "Users/me-x.org/exp"),
            ("..", "_.."),
            ("实验 1", "实验-1"),
            ("a/b/c/d/e/f/g/h/i", "a-b-c-d-e-f-g-h-i"),
        ] {
            let (project, body) = base.new_project(name, nothing_taken).expect("a project");
            assert_eq!(project.as_str(), expected);
            assert_eq!(base.name(&project, &body), name);
        }
        let (long, body) = base.new_project(&"长".repeat(300), nothing_taken).expect("a project");
        assert_eq!(base.name(&long, &body), "长".repeat(300));
    }

    #[test]
    fn two_names_never_share_a_project() {
        let base = Base { default: path("home"), within: None };
        let (project, body) = base.new_project("a b", |path| path.as_str() == "a-b").expect("a project");
        assert_eq!((project.as_str(), base.name(&project, &body)), ("a-b-2", "a b".to_owned()));
    }

    #[test]
    fn a_process_names_experiments_below_its_project() {
        let home = Base { default: path("home"), within: None };
        let inside = Base { default: path("astro"), within: Some(path("astro")) };
        let (project, body) = inside.new_project("tune it", |_| false).expect("a project");
        assert_eq!(project.as_str(), "astro/tune-it");
        assert_eq!(inside.name(&project, &body), "tune it");
        assert_eq!(home.name(&project, &body), "astro/tune it");
        assert_eq!(inside.name(&path("astro/x"), &Params::new()), "x");
        assert_eq!(inside.name(&path("astro"), &Params::new()), DEFAULT_NAME);
        assert_ne!(id_of(&path("astro/x"), &inside), id_of(&path("astro/y"), &inside));
        assert_eq!(id_of(&path("astro/x"), &inside), id_of(&path("astro/x"), &home));
    }
}
