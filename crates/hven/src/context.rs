//! What every command needs: where the home is, the settings, and a client.

use std::path::PathBuf;

use hven_client::{Client, ServerFile};

use crate::{
    cli::Global,
    connect,
    home::{self, Surroundings},
    output,
    settings::{Origin, Settings},
};

#[derive(Clone, Debug)]
pub struct Context {
    pub cwd: PathBuf,
    pub home: PathBuf,
    pub home_origin: Origin,
    /// A program reads what is said: remarks are for people.
    pub json: bool,
}

impl Context {
    pub fn new(global: &Global) -> anyhow::Result<Self> {
        let around = Surroundings::of_process(global.home.clone())?;
        let (home, home_origin) = home::choose(&around)?;
        Ok(Self { cwd: around.cwd, home, home_origin, json: global.json })
    }

    /// Refuses a home of another user and one that others could change; closes one that others could read.
    pub fn check_home(&self) -> anyhow::Result<()> {
        home::check_owner(&self.home, &self.home_origin)?;
        for remark in home::permissions::secure(&self.home)? {
            if !self.json {
                output::line_beside(&remark);
            }
        }
        Ok(())
    }

    /// The settings below the flags.
    pub fn settings(&self) -> anyhow::Result<Settings> {
        self.check_home()?;
        Settings::load(
            &self.cwd,
            &self.home,
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
        )
    }

    /// Where the home's record lies: `sqlite`, or the address of a PostgreSQL database.
    pub fn database(&self) -> anyhow::Result<String> {
        Ok(self.settings()?.text("server.database")?.unwrap_or_default())
    }

    /// A client of the home's server, started when none runs. The home is made when it is not there.
    pub fn client(&self) -> anyhow::Result<Client> {
        self.check_home()?;
        Ok(connect::client(&self.home))
    }

    /// The same for commands that have no use for a home that was just made.
    pub fn client_of_existing(&self) -> anyhow::Result<Client> {
        self.check_home()?;
        home::require(&self.home)?;
        Ok(connect::client(&self.home))
    }

    /// A run as a person names it; a step, `run.law`, is that of the project in which the person is.
    pub fn run_name(&self, text: &str) -> anyhow::Result<String> {
        let project = if text.starts_with("run.") { self.settings()?.text("project")? } else { None };
        Ok(project.map_or_else(|| text.to_owned(), |project| format!("{project}/{text}")))
    }

    /// The server that runs now, if one does.
    pub fn running(&self) -> anyhow::Result<Option<ServerFile>> {
        self.check_home()?;
        Ok(connect::running(&self.home))
    }
}
