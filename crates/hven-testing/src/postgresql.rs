//! A PostgreSQL server for one test, which runs as an unprivileged user in a temporary folder.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::left_out::{is_root, left_out};

/// The server stops when this value is dropped.
#[derive(Debug)]
pub struct Postgresql {
    programs: PathBuf,
    folder: tempfile::TempDir,
}

/// Finds the programs of PostgreSQL; Debian does not add them to the PATH.
fn programs() -> Option<PathBuf> {
    let debian =
        fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let has_all = |folder: &PathBuf| ["initdb", "pg_ctl", "createdb"].iter().all(|name| folder.join(name).exists());
    let mut found: Vec<PathBuf> = debian.chain(std::env::split_paths(&path)).filter(has_all).collect();
    found.sort();
    found.pop()
}

impl Postgresql {
    /// Starts a server; `None` if there is no PostgreSQL: then the suite with this number of cases is skipped.
    pub fn start(suite: &str, cases: usize) -> Option<Self> {
        let Some(programs) = programs() else {
            left_out(suite, cases, "no initdb was found");
            return None;
        };
        let server = Self { programs, folder: tempfile::tempdir().expect("a folder") };
        if is_root() {
            let owned = Command::new("chown").arg("nobody").arg(server.folder.path()).status().expect("chown runs");
            assert!(owned.success());
        }
        let (folder, data) = (server.socket_folder(), server.data());
        server
            .run("initdb", &["-D", &data, "-U", "hven", "--auth=trust", "--no-sync", "--locale=C.UTF-8", "-E", "UTF8"]);
        let options = format!("-c listen_addresses='' -c unix_socket_directories='{folder}' -c shared_buffers=32MB");
        let log = format!("{folder}/log");
        server.run("pg_ctl", &["-D", &data, "-w", "-l", &log, "-o", &options, "start"]);
        Some(server)
    }

    fn socket_folder(&self) -> String {
        self.folder.path().display().to_string()
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            // PostgreSQL refuses to run as root.
            let mut command = Command::new("setpriv");
            command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"]).arg(&program);
            command
        } else {
            Command::new(&program)
        };
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        let done = command.stdout(Stdio::null()).stderr(Stdio::inherit()).status().expect("it runs");
        assert!(done.success(), "{} {arguments:?}", program.display());
    }

    /// The address of the default database as pairs of keys and values.
    pub fn pairs(&self) -> String {
        format!("host={} user=hven dbname=postgres", self.socket_folder())
    }

    /// Creates a database and returns its URL.
    pub fn database(&self, name: &str) -> String {
        let folder = self.socket_folder();
        self.run("createdb", &["-h", &folder, "-U", "hven", name]);
        format!("postgresql://hven@{}/{name}", folder.replace('/', "%2F"))
    }
}
impl Drop for Postgresql {
    fn drop(&mut self) {
        self.run("pg_ctl", &["-D", &self.data(), "-m", "immediate", "stop"]);
    }
}
