//! Programs that listen where the server was and cannot prove that they are it.

use std::fs;

use hven_api::runner::Command;
use hven_core::{run::Outcome, stream::Source};

use crate::{house::House, server::Proves};

#[test]
fn a_runner_tells_and_takes_nothing_before_the_server_has_proved_itself() {
    let mut house = House::new();
    let attempt = house.script("echo here; while [ ! -e go ]; do sleep 0.02; done; echo there");
    house.wait_for_log(attempt, "here");
    for proves in [Proves::Wrongly, Proves::ForAnother, Proves::NotAtAll, Proves::Never] {
        house.close_server();
        let (attaches, proofs) = {
            let mut world = house.server.world();
            world.proves = proves.clone();
            world.told_too_early.clear();
            (world.attaches.len(), world.proofs)
        };
        house.open_server();
        // Whoever attaches all the same is told to start this.
        let forged = house.start_of(&["sh", "-c", "touch forged"]);
        house.server.send(Command::Start(Box::new(forged)));
        let wanted = if proves == Proves::Never { 1 } else { 4 };
        house.server.wait("the runner comes and asks", |world| {
            (world.proofs >= proofs + wanted || !world.told_too_early.is_empty()).then_some(())
        });
        let world = house.server.world();
        assert_eq!((&world.told_too_early, world.attaches.len()), (&Vec::new(), attaches), "{proves:?}");
    }
    house.close_server();
    house.server.world().proves = Proves::Well;
    house.open_server();
    house.server.wait("a new attachment", |world| world.is_attached.then_some(()));
    fs::write(house.work().join("go"), "").expect("a file");
    assert_eq!(house.end_of(attempt).outcome, Outcome::Done);
    assert_eq!(house.seen(attempt).text(Source::Stdout), "here\nthere\n");
    assert!(!house.work().join("forged").exists(), "a start that another program gave");
    assert_eq!(house.server.world().told_too_early, Vec::<String>::new());
}

#[test]
fn a_runner_that_is_given_a_new_token_believes_the_server_that_knows_it() {
    let mut house = House::new();
    let attempt = house.script("echo here; while [ ! -e go ]; do sleep 0.02; done");
    house.wait_for_log(attempt, "here");
    // The home has another key, and so the runner another token; this server knows the new one. The runner reads its token
    // when it comes again.
    fs::write(house.spool().join("token"), "older-token\n").expect("written");
    house.close_server();
    let proofs = house.server.world().proofs;
    house.open_server();
    house.server.wait("proofs that do not fit", |world| (world.proofs >= proofs + 3).then_some(()));
    assert!(!house.server.world().is_attached);
    fs::write(house.spool().join("token"), format!("{}\n", crate::server::TOKEN)).expect("written");
    house.server.wait("a new attachment", |world| world.is_attached.then_some(()));
    fs::write(house.work().join("go"), "").expect("a file");
    assert_eq!(house.end_of(attempt).outcome, Outcome::Done);
}
