//! Failures of an import: one run is left out, or nothing more can be done.

use hven_client::Failure;

/// Why a step failed.
#[derive(Debug)]
pub enum Failed {
    /// This run cannot be imported; others can.
    Here(String),
    /// The store, or the server, does not answer any more.
    Everywhere(anyhow::Error),
}

pub type Outcome<T> = Result<T, Failed>;

impl From<hven_client::Error> for Failed {
    fn from(error: hven_client::Error) -> Self {
        match &error {
            hven_client::Error::Api(api) if (400..500).contains(&api.status) && !matches!(api.status, 401 | 403) => {
                Self::Here(format!("Hven refuses it: {}", api.message))
            }
            hven_client::Error::File { .. } | hven_client::Error::Changed { .. } => Self::Here(error.to_string()),
            _ => Self::Everywhere(error.into()),
        }
    }
}

impl From<hven_imports::Error> for Failed {
    fn from(error: hven_imports::Error) -> Self {
        match error {
            hven_imports::Error::Server { status: None | Some(401 | 403), .. } => {
                Self::Everywhere(of_store(&error).into())
            }
            other => Self::Here(other.to_string()),
        }
    }
}

/// A store that cannot be read, as a failure of the command.
pub fn of_store(error: &hven_imports::Error) -> Failure {
    use hven_imports::Error as Store;
    let message = error.to_string();
    match error {
        Store::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            Failure::new("file.missing", message)
        }
        Store::Io { .. } => Failure::new("file.unreadable", message),
        Store::NotAStore { .. } => Failure::new("invalid", message),
        Store::UnknownSchema { .. } => Failure::new("invalid", message)
            .hint("open it once with a newer MLflow: `mlflow db upgrade sqlite:///FILE`, on a copy of the file"),
        Store::Database { .. } => Failure::new("invalid", message),
        Store::Server { status: Some(401 | 403), .. } => Failure::new("access.unauthenticated", message)
            .hint("set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"),
        Store::Server { .. } => Failure::new("server.unreachable", message)
            .hint("is it the address of a server of MLflow? Runs that came stay; the same command goes on"),
    }
}
