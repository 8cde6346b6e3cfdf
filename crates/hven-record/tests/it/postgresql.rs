//! The same suite on PostgreSQL, which the test starts itself, as a user without rights and in a temporary folder.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{conformance::CASES, world::World};

struct Server {
    programs: PathBuf,
    folder: tempfile::TempDir,
}

/// Debian keeps the programs out of the PATH.
fn programs() -> Option<PathBuf> {
    let debian =
        fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut found: Vec<PathBuf> =
        debian.chain(std::env::split_paths(&path)).filter(|folder| folder.join("initdb").exists()).collect();
    found.sort();
    found.pop()
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

impl Server {
    fn start(programs: PathBuf) -> Self {
        let server = Self { programs, folder: tempfile::tempdir().unwrap() };
        if is_root() {
            let owned = Command::new("chown").arg("nobody").arg(server.folder.path()).status().unwrap();
            assert!(owned.success());
        }
        let data = server.data();
        let data = data.to_str().unwrap();
        server
            .run("initdb", &["-D", data, "-U", "hven", "--auth=trust", "--no-sync", "--locale=C.UTF-8", "-E", "UTF8"]);
        let folder = server.folder.path().to_str().unwrap();
        let options = format!("-c listen_addresses='' -c unix_socket_directories='{folder}' -c shared_buffers=32MB");
        let log = format!("{folder}/log");
        server.run("pg_ctl", &["-D", data, "-w", "-l", &log, "-o", &options, "start"]);
        server
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
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
        let output = command.stdout(Stdio::null()).stderr(Stdio::inherit()).status().unwrap();
        assert!(output.success(), "{} {arguments:?}", program.display());
    }

    fn url(&self) -> String {
        format!("host={} user=hven dbname=postgres", self.folder.path().display())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.data();
        self.run("pg_ctl", &["-D", data.to_str().unwrap(), "-m", "immediate", "stop"]);
    }
}

/// Whether a suite that needs something of the system is left out. Where everything must be there, that is a failure.
pub fn left_out(suite: &str, cases: usize, why: &str) {
    eprintln!("left out: {suite}, {cases} cases: {why}");
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{suite} was left out: {why}");
}

#[test]
fn conformance_on_postgresql() {
    let Some(programs) = programs() else {
        return left_out("conformance on PostgreSQL", CASES.len(), "no initdb was found");
    };
    let server = Server::start(programs);
    let mut failed = Vec::new();
    for (i, (name, case)) in CASES.iter().enumerate() {
        let world = World::postgresql(&server.url(), &format!("home_{i}"));
        if catch_unwind(AssertUnwindSafe(|| case(&world))).is_err() {
            failed.push(*name);
        }
    }
    assert_eq!(failed, Vec::<&str>::new());
    two_servers_on_one_schema(&server.url());
}

fn two_servers_on_one_schema(url: &str) {
    let first = World::postgresql(url, "shared");
    let home = first.open();
    let second = World::postgresql(url, "shared");
    let refused = hven_record::Home::create_or_open(&second.path(), second.settings.clone()).unwrap_err();
    assert!(refused.to_string().contains("another server appends"), "{refused}");
    home.close().unwrap();
    assert_is_folder(&first.path());
}

fn assert_is_folder(path: &Path) {
    assert!(path.join("FORMAT").exists());
}
