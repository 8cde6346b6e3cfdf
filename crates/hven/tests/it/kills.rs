//! Kills the server and the runner of a session, for tests of what survives.

use std::{
    fs,
    process::{Child, Stdio},
    time::{SystemTime, UNIX_EPOCH},
};

use hven_api::facts::Fact;
use hven_client::{Client, FactQuery, InHome, ServerFile};
use rustix::process::{Pid, Signal, kill_process};

use crate::session::{Session, wait_until};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Victim {
    Server,
    Runner,
    Both,
}

impl Victim {
    pub const ALL: [Self; 3] = [Self::Server, Self::Runner, Self::Both];
}

/// A server that a test kills and starts again. Its runner is started again by it.
pub struct MortalServer<'a> {
    session: &'a Session,
    server: Child,
    /// When each kill was, in microseconds, and who was killed.
    pub kills: Vec<(i64, Victim)>,
}

impl<'a> MortalServer<'a> {
    pub fn start(session: &'a Session) -> Self {
        Self { session, server: start_server(session), kills: Vec::new() }
    }

    /// Kills with SIGKILL. A killed server is started again at once.
    pub fn kill(&mut self, victim: Victim) {
        self.kills.push((now_micros(), victim));
        if victim != Victim::Runner {
            self.server.kill().expect("the server was there");
            self.server.wait().expect("it ended");
        }
        if victim != Victim::Server
            && let Some(pid) = runner_pid(self.session)
        {
            kill_9(pid);
        }
        if victim != Victim::Runner {
            self.server = start_server(self.session);
        }
    }

    /// How many kills had one of these victims.
    pub fn count(&self, victims: &[Victim]) -> usize {
        self.kills.iter().filter(|(_, victim)| victims.contains(victim)).count()
    }

    /// Ends the server in order.
    pub fn down(mut self) {
        self.session.hven(&["down"]).ok();
        self.server.wait().expect("it ended");
    }
}

pub fn kill_9(pid: u32) {
    let pid = Pid::from_raw(i32::try_from(pid).expect("a process number")).expect("not 0");
    // It may have ended in the meantime.
    let _ = kill_process(pid, Signal::KILL);
}

pub fn runner_pid(session: &Session) -> Option<u32> {
    let spools = fs::read_dir(session.home().join("spool")).ok()?;
    spools.flatten().find_map(|spool| {
        let runner = fs::read(spool.path().join("runner.json")).ok()?;
        let runner: serde_json::Value = serde_json::from_slice(&runner).ok()?;
        u32::try_from(runner["pid"].as_u64()?).ok()
    })
}

fn start_server(session: &Session) -> Child {
    let before = ServerFile::read(&session.home());
    let child = session.command(&["up"]).stderr(Stdio::null()).spawn().expect("the binary starts");
    wait_until("the server answers", || {
        let now = ServerFile::read(&session.home());
        now.is_some() && now != before && client(session).me().is_ok()
    });
    child
}

pub fn client(session: &Session) -> Client {
    Client::new(InHome(session.home()))
}

pub fn now_micros() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_micros() as i64
}

/// The whole record, in order.
pub fn all_facts(client: &Client) -> Vec<Fact> {
    let mut facts: Vec<Fact> = Vec::new();
    loop {
        let after = facts.last().map_or(0, |fact| fact.seq);
        let page = client.facts(&FactQuery { after: Some(after), limit: Some(1000), ..FactQuery::default() });
        let page = page.expect("the record is read");
        if page.items.is_empty() {
            return facts;
        }
        facts.extend(page.items);
    }
}
