//! For arbitrary facts in arbitrary order, the views agree with the facts.

use std::collections::BTreeSet;

use hven_app::ports::{Record, Views, views::RunName};
use hven_core::{
    Digest, Fact, UserId,
    access::{Role, RoleGranted, RoleRevoked, Scope},
    fact::{ObjectErased, PayloadErased},
    labels::{Archived, Noted, Tagged},
    object::Collected,
    params::Origin,
    run::{AttemptEnded, CancelRequested, Outcome, ParamsLogged, PartSealed, Software, SoftwareCaptured},
    user,
};
use proptest::{prelude::*, test_runner::Config};

use crate::{
    facts::{batch, file, finished, process_started, result, run_id, started, submitted, time},
    world::{Add, World, assert_sound_but_for_objects, assert_views_follow_facts, wait},
};

/// A fact about one of a few runs, including invalid facts: the views must not depend on correct callers.
fn fact() -> impl Strategy<Value = Fact> {
    let run = 0_u64..5;
    let outcome = prop_oneof![
        Just(Outcome::Done),
        Just(Outcome::Cancelled),
        Just(Outcome::Failed { exit: 2 }),
        Just(Outcome::Lost { why: "gone".to_owned() }),
    ];
    prop_oneof![
        3 => (run.clone(), 0_u8..3, any::<bool>()).prop_map(|(n, inputs, looked)| {
            let mut run = submitted(n);
            run.project = ["a", "a/b", "c"][n as usize % 3].parse().unwrap();
            run.spec.inputs = (0..inputs).map(|i| file(&format!("in{i}"), &i.to_string())).collect();
            run.cache_key = (n == 1).then(|| Digest::of(b"key"));
            run.absent = looked.then(|| [Digest::of(b"0")].into());
            run.into()
        }),
        3 => (run.clone(), 1_u32..3).prop_map(|(n, number)| started(n, number).into()),
        2 => (run.clone(), 1_u32..3).prop_map(|(n, number)| process_started(n, number).into()),
        1 => (run.clone(), 1_u32..3, outcome.clone()).prop_map(|(n, number, outcome)| {
            let attempt = started(n, number).attempt;
            AttemptEnded { attempt, result: result(outcome), retry_because: "why not".to_owned() }.into()
        }),
        3 => (run.clone(), outcome, 0_u8..3).prop_map(|(n, outcome, outputs)| {
            let mut end = finished(n, outcome);
            end.result.outputs = (0..outputs).map(|i| file("out", &format!("{n} {i}"))).collect();
            end.into()
        }),
        1 => run.clone().prop_map(|n| CancelRequested { run: run_id(n) }.into()),
        1 => (run.clone(), 0_u32..3, "[ab]", 0_i32..3).prop_map(|(n, attempt, key, value)| {
            let of = Origin::of_attempt(attempt);
            ParamsLogged { run: run_id(n), of, params: [(key, value.into())].into() }.into()
        }),
        2 => (run.clone(), "[abc]", any::<bool>()).prop_map(|(n, tag, is_added)| {
            let (mut added, mut removed) = (BTreeSet::new(), BTreeSet::new());
            let tags = if is_added { &mut added } else { &mut removed };
            tags.insert(tag.parse().unwrap());
            Tagged { run: run_id(n), added, removed }.into()
        }),
        1 => (run.clone(), "[ab]?").prop_map(|(n, text)| Noted { run: run_id(n), text }.into()),
        2 => (run.clone(), any::<bool>()).prop_map(|(n, archived)| Archived { run: run_id(n), archived }.into()),
        1 => run.clone().prop_map(|n| SoftwareCaptured { run: run_id(n), software: Software::default() }.into()),
        1 => (run, 0_u32..2, any::<u8>()).prop_map(|(n, part, byte)| {
            PartSealed {
                attempt: started(n, 1).attempt,
                stream: "log".to_owned(),
                part,
                from: 10 * u64::from(part),
                to: 10 * u64::from(part) + 10,
                rows: 1,
                object: Digest::of(&[byte % 4]),
                object_bytes: 5,
                summary: Vec::new(),
            }
            .into()
        }),
        1 => (1_u128..4).prop_map(|n| {
            user::Added { user: UserId::from_u128(n), name: format!("user {n}"), email: None }.into()
        }),
        1 => (1_u128..4, any::<bool>()).prop_map(|(n, owner)| {
            let role = if owner { Role::Owner } else { Role::Viewer };
            RoleGranted { project: Scope::Home, user: UserId::from_u128(n), role, may_run_as_server: n == 2 }.into()
        }),
        1 => (1_u128..4).prop_map(|n| RoleRevoked { project: Scope::Home, user: UserId::from_u128(n) }.into()),
        1 => any::<u8>().prop_map(|byte| {
            Collected { digests: vec![Digest::of(&[byte % 4])], bytes: 1, older_than: time(0) }.into()
        }),
        2 => any::<u8>().prop_map(|byte| {
            // A part, or an input.
            let digest = Digest::of(&[byte % 4 + if byte < 128 { 0 } else { b'0' }]);
            ObjectErased { digest, because: "so".to_owned() }.into()
        }),
    ]
}

/// A batch of facts, or the erasure of some facts (their positions as fractions of the record).
#[derive(Clone, Debug)]
enum Step {
    Add(Vec<Fact>),
    Erase(Vec<f64>),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => prop::collection::vec(fact(), 1..12).prop_map(Step::Add),
        1 => prop::collection::vec(0.0..1.0, 1..3).prop_map(Step::Erase),
    ]
}

proptest! {
    #![proptest_config(Config { cases: 24, failure_persistence: None, ..Config::default() })]

    #[test]
    fn rebuilt_views_are_the_views(steps in prop::collection::vec(step(), 1..14)) {
        let world = World::sqlite();
        let home = world.open();
        for step in steps {
            match step {
                Step::Add(mut facts) => {
                    // A run is submitted only once, because ids are unique.
                    let mut seen = std::collections::HashSet::new();
                    let existing: Vec<_> = wait(async {
                        let mut existing = Vec::new();
                        for n in 0..5 {
                            let name = RunName::Id(run_id(n));
                            if !home.runs_named(&name).await.unwrap().is_empty() {
                                existing.push(run_id(n));
                            }
                        }
                        existing
                    });
                    facts.retain(|fact| match fact {
                        Fact::RunSubmitted(run) => !existing.contains(&run.run) && seen.insert(run.run),
                        _ => true,
                    });
                    wait(home.add(batch(facts))).unwrap();
                }
                Step::Erase(shares) => {
                    let last = home.head().seq as f64;
                    let seqs: Vec<u64> = shares.iter().map(|share| 1 + (share * last) as u64).collect();
                    let erased = seqs.iter().map(|seq| PayloadErased::new(*seq, "so"));
                    wait(Record::erase(&home, &seqs, batch(erased))).unwrap();
                }
            }
        }
        assert_views_follow_facts(&home);
        assert_sound_but_for_objects(&home);
        home.close().unwrap();
        let home = world.open();
        assert_views_follow_facts(&home);
        home.close().unwrap();
    }
}
