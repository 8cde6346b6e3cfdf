//! Programs that listen at the server's address and cannot prove that they are the server.

use std::fs;

use hven_api::runner::Command;
use hven_core::{run::Outcome, stream::Source};

use crate::{fake_server::ProofMode, setup::Setup};

#[test]
fn a_runner_sends_and_accepts_nothing_before_the_server_has_proved_itself() {
    let mut setup = Setup::new();
    let attempt = setup.script("echo here; while [ ! -e go ]; do sleep 0.02; done; echo there");
    setup.wait_for_log(attempt, "here");
    for proof_mode in [ProofMode::Wrongly, ProofMode::ForAnother, ProofMode::NotAtAll, ProofMode::Never] {
        setup.close_server();
        let (attaches, proofs) = {
            let mut state = setup.server.state();
            state.proof_mode = proof_mode.clone();
            state.sent_unproved.clear();
            (state.attaches.len(), state.proofs)
        };
        setup.open_server();
        // A runner that attaches without a proof would get this command.
        let forged = setup.start_of(&["sh", "-c", "touch forged"]);
        setup.server.send(Command::Start(Box::new(forged)));
        let wanted = if proof_mode == ProofMode::Never { 1 } else { 4 };
        setup.server.wait("the runner's request for a proof", |state| {
            (state.proofs >= proofs + wanted || !state.sent_unproved.is_empty()).then_some(())
        });
        let state = setup.server.state();
        assert_eq!((&state.sent_unproved, state.attaches.len()), (&Vec::new(), attaches), "{proof_mode:?}");
    }
    setup.close_server();
    setup.server.state().proof_mode = ProofMode::Well;
    setup.open_server();
    setup.server.wait("a new attachment", |state| state.is_attached.then_some(()));
    fs::write(setup.work().join("go"), "").expect("a file");
    assert_eq!(setup.end_of(attempt).outcome, Outcome::Done);
    assert_eq!(setup.seen(attempt).text(Source::Stdout), "here\nthere\n");
    assert!(!setup.work().join("forged").exists(), "a start from another program");
    assert_eq!(setup.server.state().sent_unproved, Vec::<String>::new());
}

#[test]
fn a_runner_with_a_new_token_accepts_the_server_that_knows_it() {
    let mut setup = Setup::new();
    let attempt = setup.script("echo here; while [ ! -e go ]; do sleep 0.02; done");
    setup.wait_for_log(attempt, "here");
    // The home has a new key, so the runner has a new token, which this server knows. The runner reads its token at each
    // connection.
    fs::write(setup.spool().join("token"), "older-token\n").expect("written");
    setup.close_server();
    let proofs = setup.server.state().proofs;
    setup.open_server();
    setup.server.wait("proofs with the wrong token", |state| (state.proofs >= proofs + 3).then_some(()));
    assert!(!setup.server.state().is_attached);
    fs::write(setup.spool().join("token"), format!("{}\n", crate::fake_server::TOKEN)).expect("written");
    setup.server.wait("a new attachment", |state| state.is_attached.then_some(()));
    fs::write(setup.work().join("go"), "").expect("a file");
    assert_eq!(setup.end_of(attempt).outcome, Outcome::Done);
}
