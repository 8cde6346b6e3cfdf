//! What every command needs: where the home is, the settings, and a client.

use std::path::PathBuf;

use hven_client::{Client, ServerFile};

use crate::{
    cli::Global,
    connect,
    home::{self, Surroundings},
    settings::{Origin, Settings},
};

#[derive(Clone, Debug)]
pub struct Context {
    pub cwd: PathBuf,
    pub home: PathBuf,
    pub home_origin: Origin,
}

impl Context {
    pub fn new(global: &Global) -> anyhow::Result<Self> {
        let around = Surroundings::of_process(global.home.clone())?;
        let (home, home_origin) = home::choose(&around)?;
        Ok(Self { cwd: around.cwd, home, home_origin })
    }

    /// The settings below the flags.
    pub fn settings(&self) -> anyhow::Result<Settings> {
        home::check_owner(&self.home, &self.home_origin)?;
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
        home::check_owner(&self.home, &self.home_origin)?;
        Ok(connect::client(&self.home))
    }

    /// The same for commands that have no use for a home that was just made.
    pub fn client_of_existing(&self) -> anyhow::Result<Client> {
        home::check_owner(&self.home, &self.home_origin)?;
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
        home::check_owner(&self.home, &self.home_origin)?;
        Ok(connect::running(&self.home))
    }
}
