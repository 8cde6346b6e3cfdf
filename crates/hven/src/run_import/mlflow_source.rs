//! Which store of MLflow an argument names: a file, a folder, or the address of a server.

use std::path::{Path, PathBuf};

use hven_client::{Failure, ForeignServer};
use hven_imports::{
    Error,
    mlflow::{Database, FileStore, Server, Store},
};

use super::{
    failed::of_store,
    mlflow_server::{MlflowServer, authorization},
};

/// The usual name of the database of MLflow 3.
const USUAL_DATABASE: &str = "mlflow.db";

/// A store that can be opened, by each thread for itself.
#[derive(Debug)]
pub enum MlflowSource {
    Database(PathBuf),
    Folder(PathBuf),
    Server(ForeignServer),
}

impl MlflowSource {
    pub fn of(text: &str, cwd: &Path) -> anyhow::Result<Self> {
        if let Some(rest) = text.strip_prefix("http://") {
            if rest.split('/').next().is_some_and(|host| host.contains('@')) {
                let failure = Failure::new("usage", "the address has a password in it, which the shell remembers");
                let hint = "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD instead";
                return Err(failure.hint(hint).into());
            }
            return Ok(Self::Server(ForeignServer::new(text, authorization())));
        }
        if let Some((scheme, _)) = text.split_once("://")
            && !matches!(scheme, "sqlite" | "file")
        {
            let failure = Failure::new("invalid", format!("Hven does not read {scheme} addresses"));
            let hint = match scheme {
                "https" => {
                    "Hven has no TLS of its own: open a tunnel (`ssh -L 5000:HOST:PORT …`), and name http://127.0.0.1:5000"
                }
                _ => "start `mlflow server` for this store on this machine, and name its http:// address",
            };
            return Err(failure.hint(hint).into());
        }
        let path = text.strip_prefix("sqlite:///").or_else(|| text.strip_prefix("file://")).unwrap_or(text);
        let path = cwd.join(path);
        let found = std::fs::metadata(&path)
            .map_err(|error| Failure::new("file.missing", format!("{} cannot be read: {error}", path.display())))?;
        if found.is_file() {
            return Ok(Self::Database(path));
        }
        let database = path.join(USUAL_DATABASE);
        match (database.is_file(), FileStore::open(&path, None)) {
            (true, Ok(_)) => {
                let message =
                    format!("{} has both a database ({USUAL_DATABASE}) and a folder with runs", path.display());
                Err(Failure::new("usage", message)
                    .hint("import both, one after the other: name the file, then the folder")
                    .into())
            }
            (true, Err(_)) => Ok(Self::Database(database)),
            (false, Ok(_)) => Ok(Self::Folder(path)),
            (false, Err(error)) => Err(of_store(&error).into()),
        }
    }

    /// Opens the store. Files of runs are searched in `artifacts`, too.
    pub fn open(&self, artifacts: Option<&Path>) -> Result<Box<dyn Store + '_>, Error> {
        Ok(match self {
            Self::Database(path) => Box::new(Database::open(path, artifacts)?),
            Self::Folder(path) => Box::new(FileStore::open(path, artifacts)?),
            Self::Server(server) => Box::new(Server::open(MlflowServer(server))?),
        })
    }

    /// The store, as results and records name it.
    pub fn name(&self) -> String {
        match self {
            Self::Database(path) | Self::Folder(path) => path.display().to_string(),
            Self::Server(server) => server.url().to_owned(),
        }
    }

    pub fn server(&self) -> Option<&ForeignServer> {
        if let Self::Server(server) = self { Some(server) } else { None }
    }
}
