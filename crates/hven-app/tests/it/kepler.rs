//! The study of most tests: a table of planets is imported, a law is found in it, and a claim rests on the law.

use hven_app::{
    claims::{self, NewClaim},
    imports::{self, ImportOptions, TableImport},
    judge,
    ports::{Catalogue, catalogue::DatasetView, claims::ClaimView},
    recipe_results, soundness,
};
use hven_core::{RunId, claim::Verdict, object::FileRef};
use serde_json::json;

use crate::{
    events::recipe,
    world::{KEPLER, World, ada, project},
};

/// A report of the recipe `import`.
pub fn report(rows: u64, checks: &[&str]) -> String {
    let checks: Vec<_> = checks.iter().map(|outcome| json!({ "check": "period > 0", "outcome": outcome })).collect();
    json!({ "rows": rows, "schema": { "columns": [{}, {}] }, "problems": { "total": 0 }, "checks": checks }).to_string()
}

/// The import of a table.
pub fn import(name: &str, source: FileRef) -> TableImport {
    TableImport {
        project: project(KEPLER),
        name: name.parse().unwrap(),
        source,
        options: ImportOptions::default(),
        license: Some("CC0-1.0".to_owned()),
        description: None,
        memory_limit_bytes: None,
        fresh: false,
    }
}

impl World {
    /// Starts the import of a table; the answer is its run.
    pub async fn imports(&self, name: &str, text: &str) -> RunId {
        let source = self.put(&format!("{name}.csv"), text).await;
        imports::add(&self.app, &ada(), None, import(name, source)).await.unwrap().of.run.id
    }

    /// Imports a table; the answer is its next version.
    pub async fn planets(&self, text: &str) -> DatasetView {
        let run = self.imports("planets", text).await;
        self.makes(run, &[("table.parquet", &format!("table of {text}")), ("report.json", &report(3, &[]))]).await;
        recipe_results::dataset_of_run(&self.app, &ada(), &run.to_string()).await.unwrap().of
    }

    /// Starts a search for a law in a version.
    pub async fn seeks_law(&self, dataset: &DatasetView) -> RunId {
        self.submit(law_in(&dataset.version.content)).await
    }

    /// Ends a search: the law has this exponent.
    pub async fn finds_law(&self, run: RunId, exponent: f64) {
        self.measures(run, "exponent", exponent).await;
        self.makes(run, &[("law.json", &format!(r#"{{"exponent":{exponent}}}"#))]).await;
    }

    /// A complete search for a law in a version.
    pub async fn law(&self, dataset: &DatasetView, exponent: f64) -> RunId {
        let run = self.seeks_law(dataset).await;
        self.finds_law(run, exponent).await;
        run
    }

    /// States a claim with these runs as evidence.
    pub async fn claims(&self, name: &str, test: &str, evidence: &[&str]) {
        claims::state(&self.app, &ada(), None, new_claim(name, test, evidence)).await.unwrap();
    }

    /// Judges the claim on the newest runs.
    pub async fn judges(&self, name: &str) -> ClaimView {
        judge::judge(&self.app, &ada(), None, name, None, None).await.unwrap().of.now.claim
    }

    pub async fn retracts(&self, name: &str) {
        soundness::retract(&self.app, &ada(), None, name, None, "the units were wrong").await.unwrap();
    }

    /// The newest version of the planets.
    pub async fn newest_planets(&self) -> DatasetView {
        let name = "planets".parse().unwrap();
        self.home.dataset_versions(&[(project(KEPLER), name)]).await.unwrap().remove(0)
    }
}

/// The search for a law in a table.
pub fn law_in(table: &FileRef) -> hven_app::submit::RunRequest {
    let data = FileRef { path: "data.parquet".to_owned(), ..table.clone() };
    recipe("law", json!({ "target": "period" }), vec![data], &["law.json"])
}

pub fn new_claim(name: &str, test: &str, evidence: &[&str]) -> NewClaim {
    NewClaim {
        project: project(KEPLER),
        name: name.parse().unwrap(),
        statement: "The exponent of the third law is 3/2.".to_owned(),
        test: test.to_owned(),
        evidence: evidence.iter().map(|piece| (*piece).to_owned()).collect(),
    }
}

/// The newest verdict on a claim.
pub fn verdict(claim: &ClaimView) -> Option<Verdict> {
    claim.judgement.as_ref().map(|judgement| judgement.judged.verdict)
}
