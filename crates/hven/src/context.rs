//! The context of every command: the home, the settings, and a client.

use std::{path::PathBuf, sync::OnceLock};

use hven_client::{Client, Failure, ServerFile, env};

use crate::{
    connect,
    global_args::Global,
    home::{self, Surroundings},
    settings::{Origin, Settings},
};

#[derive(Clone, Debug)]
pub struct Context {
    pub cwd: PathBuf,
    pub home: PathBuf,
    pub home_origin: Origin,
    /// Files and environment are read once, so that a command uses the same settings from start to end.
    settings: OnceLock<Settings>,
}

impl Context {
    pub fn new(global: &Global) -> anyhow::Result<Self> {
        let around = Surroundings::of_process(global.home.clone())?;
        let (home, home_origin) = home::choose(&around)?;
        Ok(Self { cwd: around.cwd, home, home_origin, settings: OnceLock::new() })
    }

    /// The same home, with another working directory and the manifest of that folder.
    pub fn in_folder(&self, cwd: PathBuf) -> Self {
        Self { cwd, settings: OnceLock::new(), ..self.clone() }
    }

    /// Refuses a home of another user, and a home that other users could change. Closes a home that other users could
    /// read, and reports this on standard error, also when the output is JSON: a later command cannot report it,
    /// because it finds the home closed.
    pub fn check_home(&self) -> anyhow::Result<()> {
        refuse_other_server(env::is_set)?;
        home::check_owner(&self.home, &self.home_origin)?;
        for remark in home::permissions::secure(&self.home)? {
            hven_terminal::stderr_line(&remark);
        }
        Ok(())
    }

    /// All settings except flags.
    pub fn settings(&self) -> anyhow::Result<Settings> {
        self.check_home()?;
        if let Some(settings) = self.settings.get() {
            return Ok(settings.clone());
        }
        let variables =
            env::all().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let settings = Settings::load(&self.cwd, &self.home, variables)?;
        Ok(self.settings.get_or_init(|| settings).clone())
    }

    /// The project of a new item: `named`, or the one of the settings.
    pub fn new_project(&self, named: Option<&String>) -> anyhow::Result<Option<String>> {
        self.settings()?.with_flag("project", named).text("project")
    }

    /// The database of the home's record: `sqlite`, or the address of a PostgreSQL database.
    pub fn database(&self) -> anyhow::Result<String> {
        Ok(self.settings()?.text("server.database")?.unwrap_or_default())
    }

    /// A client of the home's server, which is started when none runs. The home is created when it does not exist.
    pub fn client(&self) -> anyhow::Result<Client> {
        self.check_home()?;
        Ok(connect::client(&self.home))
    }

    /// The same, if there is a home. It makes none.
    pub fn client_if_home(&self) -> anyhow::Result<Option<Client>> {
        self.check_home()?;
        Ok(home::require(&self.home).is_ok().then(|| connect::client(&self.home)))
    }

    /// The same, for commands that need an existing home.
    pub fn client_of_existing(&self) -> anyhow::Result<Client> {
        self.check_home()?;
        home::require(&self.home)?;
        Ok(connect::client(&self.home))
    }

    /// The name of a run for the server. A step name, `run.law`, gets the project of the working directory.
    pub fn run_name(&self, text: &str) -> anyhow::Result<String> {
        if text.trim().is_empty() {
            return Err(Failure::new("usage", "the name is empty")
                .hint("is a variable of the shell not set? `hven ps -a` lists the runs")
                .into());
        }
        let project = if text.starts_with("run.") { self.settings()?.text("project")? } else { None };
        Ok(project.map_or_else(|| text.to_owned(), |project| format!("{project}/{text}")))
    }

    /// Looks up an item by name: in project `named` if it is given; else in the project of the working directory, and
    /// then, when the name is not found there, in all projects.
    pub fn in_project<T>(
        &self,
        named: Option<&str>,
        mut ask: impl FnMut(Option<&str>) -> hven_client::Result<T>,
    ) -> anyhow::Result<T> {
        if named.is_some() {
            return Ok(ask(named)?);
        }
        let Some(own) = self.own_project()? else { return Ok(ask(None)?) };
        match ask(Some(&own)) {
            Err(error) if error.code() == "not_found" => Ok(ask(None)?),
            answer => Ok(answer?),
        }
    }

    /// The project that the manifest, a variable or the home's settings name. `None` when only the default applies.
    fn own_project(&self) -> anyhow::Result<Option<String>> {
        let settings = self.settings()?;
        match settings.get("project") {
            None | Some((_, Origin::Default)) => Ok(None),
            Some(_) => settings.text("project"),
        }
    }

    /// The running server, if there is one.
    pub fn running(&self) -> anyhow::Result<Option<ServerFile>> {
        self.check_home()?;
        Ok(connect::running(&self.home))
    }
}

/// Refuses `HVEN_URL` and `HVEN_TOKEN` outside of a task. No command uses them there: it would use the caller's own
/// home, as its owner. In a task the runner sets them, for `hven log`.
fn refuse_other_server(is_set: impl Fn(&str) -> bool) -> anyhow::Result<()> {
    let mut set = Vec::new();
    for name in [env::HVEN_URL, env::HVEN_TOKEN] {
        if is_set(name) {
            set.push(name);
        }
    }
    if set.is_empty() || is_set(env::HVEN_RUN_ID) {
        return Ok(());
    }
    let message = format!(
        "{} would not be used: outside of a task the command line uses only a home of yours, with the token in that home",
        set.join(" and ")
    );
    let hint = format!(
        "`unset {}` to work in your own home; a token for the home of another user works for its pages and its \
         API: see docs/security.md#a-token-without-the-home",
        set.join(" ")
    );
    Err(Failure::new("usage", message).hint(hint).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_once_for_each_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let (here, there) = (folder.path().join("here"), folder.path().join("there"));
        let write = |place: &std::path::Path, project: &str| {
            std::fs::create_dir_all(place).expect("made");
            std::fs::write(place.join("hven.toml"), format!("[project]\nname = \"{project}\"\n")).expect("written");
        };
        write(&here, "astro");
        write(&there, "geo");
        let home = folder.path().join("home");
        let context = Context { cwd: here.clone(), home, home_origin: Origin::Default, settings: OnceLock::new() };
        let project = |context: &Context| context.settings().expect("settings").text("project").expect("a project");
        assert_eq!(project(&context).as_deref(), Some("astro"));
        write(&here, "changed");
        assert_eq!(project(&context).as_deref(), Some("astro"));
        assert_eq!(project(&context.in_folder(there)).as_deref(), Some("geo"));
    }

    #[test]
    fn another_server_is_refused_outside_of_a_task() {
        let check = |set: &[&str], refused: Option<&str>| {
            let result = refuse_other_server(|name| set.contains(&name)).map_err(|error| error.to_string());
            match refused {
                None => assert_eq!(result, Ok(()), "{set:?}"),
                Some(begins) => {
                    assert!(result.as_ref().is_err_and(|error| error.starts_with(begins)), "{set:?}: {result:?}");
                }
            }
        };
        check(&[], None);
        check(&["HVEN_RUN_ID"], None);
        check(&["HVEN_URL", "HVEN_TOKEN", "HVEN_RUN_ID"], None);
        check(&["HVEN_TOKEN"], Some("HVEN_TOKEN would not be used"));
        check(&["HVEN_URL"], Some("HVEN_URL would not be used"));
        check(&["HVEN_URL", "HVEN_TOKEN"], Some("HVEN_URL and HVEN_TOKEN would not be used"));
    }
}
