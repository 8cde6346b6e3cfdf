//! `docs/manifest.md`.

use hven_core::manifest::Manifest;

const PAGE: &str = include_str!("../../../../docs/manifest.md");

#[test]
fn the_example_is_a_good_manifest() {
    let source = PAGE.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let manifest =
        Manifest::parse(source).unwrap_or_else(|wrong| panic!("{}", wrong.render("docs/manifest.md", source)));
    let plan = manifest.plan(&|_| true).expect("the steps have an order");
    let steps: Vec<String> = plan.steps.iter().map(|step| step.id.to_string()).collect();
    assert_eq!(steps, ["data.planets", "run.law", "run.plot", "claim.kepler3"]);
}
