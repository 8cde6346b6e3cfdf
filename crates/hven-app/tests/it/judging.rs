//! The verdict on a claim: from the newest evidence, with the number of earlier tries.

use hven_app::{
    claims::{self, ClaimStanding},
    judge,
    splits::{self, NewSplit},
};
use hven_core::{
    access::Role,
    claim::{Counted, Ledger, Verdict},
    run::Number,
};

use crate::{
    events::{command, file},
    kepler::{new_claim, verdict},
    world::{KEPLER, World, ada, ben},
};

const TEST: &str = "abs(exponent - 1.5) < 0.01";

#[tokio::test]
async fn a_claim_holds_fails_or_is_undecided_by_its_run() {
    for (measured, expected, filled_in) in [
        (1.4999, Verdict::Holds, "abs(1.4999 − 1.5) = 0.0001 < 0.01 → true"),
        (1.75, Verdict::Fails, "abs(1.75 − 1.5) = 0.25 < 0.01 → false"),
        (f64::NAN, Verdict::CannotTell, "abs(exponent − 1.5) < 0.01 → cannot tell: exponent is not a number (NaN)"),
    ] {
        let world = World::new().await;
        let planets = world.planets("a,b").await;
        let law = world.law(&planets, measured).await;
        world.claims("kepler3", TEST, &["run.law"]).await;
        let claim = world.judges("kepler3").await;
        let judged = claim.judgement.unwrap().judged;
        assert_eq!((judged.verdict, judged.filled_in.as_str()), (expected, filled_in));
        assert_eq!(judged.evidence, [law]);
        let quantity = judged.quantities["exponent"];
        assert!(quantity == Number(measured) || measured.is_nan() && quantity.0.is_nan(), "{quantity:?}");
    }
}

#[tokio::test]
async fn a_number_is_not_compared_with_a_quantity_that_has_a_unit() {
    let world = World::new().await;
    let planets = world.planets("a,b").await;
    world.law(&planets, 1.5).await;
    world.claims("wrong_unit", "exponent < 2 [yr]", &["run.law"]).await;
    let judged = world.judges("wrong_unit").await.judgement.unwrap().judged;
    assert_eq!(judged.verdict, Verdict::CannotTell);
    assert!(judged.because.contains("yr"), "{}", judged.because);
    assert!(judged.quantities.is_empty(), "what could not be compared is no evidence");
}

#[tokio::test]
async fn a_name_that_two_runs_measured_is_ambiguous() {
    let world = World::new().await;
    let planets = world.planets("a,b").await;
    let law = world.law(&planets, 1.5).await;
    let run =
        world.submit(hven_app::submit::RunRequest { name: Some("fit".to_owned()), ..command("fit", vec![], &[]) });
    let fit = run.await;
    world.measures(fit, "exponent", 1.4).await;
    world.makes(fit, &[]).await;
    world.claims("alone", "exponent > 1", &["run.law", "run.fit"]).await;
    world.claims("by_step", "law.exponent - fit.exponent < 0.2", &["run.law", "run.fit"]).await;
    assert_eq!(verdict(&world.judges("alone").await), Some(Verdict::CannotTell));
    let judged = world.judges("by_step").await.judgement.unwrap().judged;
    assert_eq!((judged.verdict, judged.evidence), (Verdict::Holds, vec![law, fit]));
}

#[tokio::test]
async fn a_newer_finished_run_replaces_the_judged_one() {
    let world = World::new().await;
    let planets = world.planets("a,b").await;
    world.law(&planets, 1.5).await;
    world.claims("kepler3", TEST, &["run.law"]).await;
    let standing = async || claims::detail(&world.app, &ada(), "kepler3", None).await.unwrap().of.now.standing;
    assert_eq!(standing().await, ClaimStanding::NotJudged);
    world.judges("kepler3").await;
    assert_eq!(standing().await, ClaimStanding::Judged);
    // A run that fails does not affect the claim.
    let failed = world.seeks_law(&world.planets("a,b,c").await).await;
    world.ends(failed, hven_core::run::Outcome::Failed { exit: 1 }, vec![]).await;
    assert_eq!(standing().await, ClaimStanding::Judged);
    world.law(&world.newest_planets().await, 1.7).await;
    assert_eq!(standing().await, ClaimStanding::NewerRun);
    let before = claims::detail(&world.app, &ada(), "kepler3", None).await.unwrap().of.now.claim;
    assert_eq!(verdict(&before), Some(Verdict::Holds), "a verdict stays until somebody judges again");
    assert_eq!(verdict(&world.judges("kepler3").await), Some(Verdict::Fails));
}

#[tokio::test]
async fn the_ledger_counts_each_run_that_asked_the_same_question() {
    let world = World::new().await;
    let (first, second) = (world.planets("a").await, world.planets("a,b").await);
    let oldest = world.law(&first, 1.4).await;
    let failed = world.seeks_law(&second).await;
    world.ends(failed, hven_core::run::Outcome::Failed { exit: 1 }, vec![]).await;
    world.law(&second, 1.5).await;
    // An unfinished run is no try yet, and another question is counted separately.
    world.seeks_law(&world.planets("a,b,c").await).await;
    world.ran("python3 plot.py", &[], &[]).await;
    world.claims("newest", TEST, &["run.law"]).await;
    world.claims("oldest", TEST, &[&oldest.to_string()]).await;
    let ledger = |claim: hven_app::ports::claims::ClaimView| claim.judgement.unwrap().judged.ledger;
    let newest = ledger(world.judges("newest").await);
    assert_eq!((newest.runs, newest.is_newest, newest.counted), (3, true, Counted::ByQuestion));
    assert_eq!(newest.tried(), "the newest of 3 runs of the recipe law for period in its project");
    let oldest = ledger(world.judges("oldest").await);
    assert_eq!((oldest.runs, oldest.is_newest), (3, false));
}

#[tokio::test]
async fn the_number_of_tries_is_unknown_for_code_in_the_command() {
    let world = World::new().await;
    let run = world.submit(command("python3 -c print(1)", vec![], &[])).await;
    world.measures(run, "exponent", 1.5).await;
    world.makes(run, &[]).await;
    world.claims("kepler3", TEST, &[&run.to_string()]).await;
    let judged = world.judges("kepler3").await.judgement.unwrap().judged;
    let expected = Ledger { counted: Counted::NotKnown, is_newest: true, hold_outs: Some(0), ..Ledger::default() };
    assert_eq!((judged.verdict, judged.ledger), (Verdict::Holds, expected));
}

#[tokio::test]
async fn reads_of_held_out_data_are_counted_and_splitting_is_none() {
    let world = World::new().await;
    let planets = world.planets("a,b").await;
    let split = NewSplit {
        name: "split".parse().unwrap(),
        method: "random".to_owned(),
        by: None,
        seed: 1,
        parts: [("train", 0.5), ("test", 0.5)].map(|(part, share)| (part.parse().unwrap(), share)).into(),
        hold_out: Some("test".parse().unwrap()),
        fresh: false,
    };
    let divides = splits::add(&world.app, &ada(), None, "planets@1", None, split).await.unwrap().of.run.id;
    let part = |name: &str| serde_json::json!({ "name": name, "rows": 1 });
    let split_report =
        serde_json::json!({ "method": "random, seed 1", "parts": [part("train"), part("test")] }).to_string();
    let made =
        [("split.json", split_report.as_str()), ("parts/train.parquet", "train"), ("parts/test.parquet", "test")];
    world.makes(divides, &made).await;
    hven_app::recipe_results::dataset_of_run(&world.app, &ada(), &divides.to_string()).await.unwrap();

    let law = world.submit(crate::kepler::law_in(&file("train", "train"))).await;
    world.finds_law(law, 1.5).await;
    world.claims("kepler3", TEST, &["run.law"]).await;
    let ledger = world.judges("kepler3").await.judgement.unwrap().judged.ledger;
    assert_eq!((ledger.hold_out_reads, ledger.hold_outs), (0, Some(1)));
    world.ran("python3 evaluate.py", &[("test.parquet", "test")], &[]).await;
    // A run that reads the whole dataset reads the held-out part too.
    world.law(&planets, 1.5).await;
    let ledger = world.judges("kepler3").await.judgement.unwrap().judged.ledger;
    assert_eq!((ledger.hold_out_reads, ledger.hold_outs), (2, Some(1)));
    assert_eq!(ledger.held_out().unwrap(), "2 readings of what is held out are recorded");
}

#[tokio::test]
async fn a_verdict_needs_a_sound_run_that_is_done_and_a_member() {
    let world = World::new().await;
    let planets = world.planets("a,b").await;
    let law = world.seeks_law(&planets).await;
    world.claims("kepler3", TEST, &["run.law"]).await;
    let judge = async |caller, despite| {
        let judged = judge::judge(&world.app, &caller, None, "kepler3", None, despite).await;
        judged.map(|judged| verdict(&judged.of.now.claim)).map_err(|refused| refused.code())
    };
    assert_eq!(judge(ada(), None).await, Err("conflict"), "the run goes on");
    world.finds_law(law, 1.5).await;
    assert_eq!(judge(ben(Role::Viewer, KEPLER), None).await, Err("access.denied"));
    assert_eq!(judge(ben(Role::Owner, "bio"), None).await, Err("not_found"));
    world.retracts("planets@1").await;
    assert_eq!(judge(ada(), None).await, Err("soundness.suspect"));
    assert_eq!(judge(ada(), Some(" ")).await, Err("invalid"), "a reason is a reason");
    assert_eq!(world.count("claim.judged").await, 0);
    assert_eq!(judge(ada(), Some("the units do not matter here")).await, Ok(Some(Verdict::Holds)));
    assert_eq!((world.count("claim.judged").await, world.count("soundness.suspicion_overridden").await), (1, 1));
}

#[tokio::test]
async fn a_repeated_statement_changes_nothing_and_a_changed_one_is_unjudged() {
    let world = World::new().await;
    let planets = world.planets("a,b").await;
    world.law(&planets, 1.5).await;
    world.claims("kepler3", TEST, &["run.law"]).await;
    world.judges("kepler3").await;
    world.claims("kepler3", TEST, &["run.law", "run.law"]).await;
    assert_eq!(world.count("claim.stated").await, 1);
    let stated = claims::state(&world.app, &ada(), None, new_claim("kepler3", "exponent > 2", &["run.law"])).await;
    let stated = stated.unwrap().of;
    assert_eq!((stated.standing, stated.claim.stated.revision), (ClaimStanding::NotJudged, 2));
    assert_eq!(verdict(&world.judges("kepler3").await), Some(Verdict::Fails));
    let detail = claims::detail(&world.app, &ada(), "kepler3", None).await.unwrap().of;
    let judged: Vec<_> = detail.judgements.iter().map(|(one, _)| (one.judged.revision, one.judged.verdict)).collect();
    assert_eq!(judged, [(2, Verdict::Fails), (1, Verdict::Holds)], "what was judged before stays");
    let empty = claims::state(&world.app, &ada(), None, new_claim("none", TEST, &[])).await;
    assert_eq!(empty.unwrap_err().code(), "invalid");
    let unreadable = claims::state(&world.app, &ada(), None, new_claim("none", "abs(", &["run.law"])).await;
    assert_eq!(unreadable.unwrap_err().code(), "invalid");
}
