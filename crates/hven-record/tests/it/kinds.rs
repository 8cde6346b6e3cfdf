//! Facts of every kind with extreme values, through the whole record; and facts that could not be read back, which the home
//! refuses before it writes anything.

use std::collections::BTreeSet;

use hven_app::ports::StoreError;
use hven_core::{
    Fact, Time, TokenId, UserId, access::TokenIssued, params::Origin, run::ParamsLogged, sample::Generator,
};
use hven_record::{Home, Settings, export, import};

use crate::{
    facts::{batch, run_id, submitted},
    world::{Add, World, assert_sound_but_for_objects, assert_views_follow_facts, wait},
};

/// The number of homes, each with a seed of its own; a soak raises it.
fn rounds() -> u64 {
    hven_testing::rounds(2)
}

#[test]
fn facts_of_every_kind_are_recorded_rebuilt_and_exported() {
    for seed in 0..rounds() {
        let world = World::sqlite();
        let home = world.open();
        let mut generator = Generator::new(seed);
        generator.text_bytes_max = 600;
        let (mut recorded, mut refused) = (BTreeSet::new(), Vec::new());
        for _ in 0..3 {
            for (kind, _) in Fact::KINDS {
                let fact = Fact::sample(kind, &mut generator).unwrap();
                match wait(home.add(batch([fact]))) {
                    Ok(_) => {
                        recorded.insert(*kind);
                    }
                    // Views refuse invalid facts, such as a second thing with the same id.
                    Err(StoreError::Database(why)) if why.contains("UNIQUE constraint failed") => {
                        refused.push(format!("{kind}: {why}"));
                    }
                    Err(other) => panic!("seed {seed}, {kind}: {other}"),
                }
            }
        }
        let never: Vec<_> = Fact::KINDS.iter().filter(|(kind, _)| !recorded.contains(kind)).collect();
        assert!(never.is_empty(), "seed {seed}: {never:?} could never be recorded: {refused:?}");
        assert_views_follow_facts(&home);
        assert_sound_but_for_objects(&home);
        let mut backup = Vec::new();
        home.backup(&mut backup).unwrap();
        home.close().unwrap();
        let home = world.open();
        assert_sound_but_for_objects(&home);
        let exported = world.sibling("exported");
        export(backup.as_slice(), &exported, &mut |_| ()).unwrap();
        let path = world.sibling("imported");
        import(&exported, &path, &Settings::default(), &mut |_| ()).unwrap();
        let imported = Home::open(&path, Settings::default()).unwrap();
        assert_eq!(imported.head(), home.head());
        assert_views_follow_facts(&imported);
        assert_sound_but_for_objects(&imported);
        imported.close().unwrap();
        home.close().unwrap();
    }
}

fn token(expires: Time) -> Fact {
    let (token, user) = (TokenId::from_u128(1), UserId::from_u128(1));
    let digest = hven_core::Digest::of(b"secret");
    TokenIssued { token, user, name: "nightly".to_owned(), digest, expires: Some(expires) }.into()
}

#[test]
fn a_fact_that_could_not_be_read_back_is_refused_and_nothing_is_written() {
    let world = World::sqlite();
    let home = world.open();
    let mut deep = serde_json::json!(1);
    for _ in 0..200 {
        deep = serde_json::json!([deep]);
    }
    let params = ParamsLogged { run: run_id(0), of: Origin::Attempt(1), params: [("deep".to_owned(), deep)].into() };
    let mut nan = submitted(0);
    nan.spec.limits.wall_s = Some(f64::NAN);
    let bad: [Fact; 5] = [
        token(Time::from_micros(i64::MAX)),
        token(Time::from_micros(i64::MIN)),
        token(Time::from_micros(Time::MAX.micros() + 1_000_000)),
        params.into(),
        nan.into(),
    ];
    let head = home.head();
    for fact in bad {
        let kind = fact.kind();
        // The batch also contains a valid fact: all or none.
        let refused = wait(home.add(batch([token(Time::MAX), fact]))).unwrap_err();
        assert!(matches!(&refused, StoreError::NotReadBack { kind: of, .. } if *of == kind), "{refused}");
        assert_eq!(home.head(), head);
    }
    wait(home.add(batch([token(Time::MAX)]))).unwrap();
    home.close().unwrap();
    let home = world.open();
    assert_eq!(home.head().seq, head.seq + 1);
    assert_sound_but_for_objects(&home);
    home.close().unwrap();
}
