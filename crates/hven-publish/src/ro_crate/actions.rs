//! The actions of the crate: runs, their metrics, their reproductions; and the judged claims.

use std::collections::BTreeMap;

use hven_core::{
    object::FileRef,
    run::{Number, State},
};
use serde_json::{Value, json};

use super::entities::{Entities, HOMEPAGE, hven_id, id, local, moment};
use crate::{
    evidence::{AddedValue, Reproduction, Run, Work},
    lineage::{code_in_words, work_in_words},
    names,
    text::ledger,
};

/// At most so many files of a folder are named one by one.
const FOLDER_FILES_MAX: usize = 1000;

impl Entities<'_> {
    /// Adds all runs with their reproductions; returns references for the root's `mentions`.
    pub(super) fn runs(&mut self) -> Vec<Value> {
        let publication = self.publication;
        let mut mentions = Vec::new();
        for run in &publication.runs {
            mentions.push(self.run(run));
            mentions.extend(self.added_later(run));
            for (number, reproduction) in run.reproductions.iter().enumerate() {
                mentions.push(self.reproduction(run, number + 1, reproduction));
            }
        }
        mentions
    }

    fn run(&mut self, run: &Run) -> Value {
        let instrument = self.instrument(run);
        let mut objects: Vec<Value> = run.inputs.iter().flat_map(|file| self.file_refs(file)).collect();
        objects.extend(run.code_files.iter().flat_map(|file| self.file_refs(file)));
        for (name, value) in &run.parameters {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            objects.push(self.add(json!({
                "@id": local("parameter", &format!("{}.{name}", run.handle)), "@type": "PropertyValue", "name": name, "value": value,
            })));
        }
        let mut results: Vec<Value> = run.outputs.iter().flat_map(|file| self.file_refs(file)).collect();
        results.extend(self.metrics(run, &run.metrics));
        let environment: Vec<Value> = run
            .environment
            .iter()
            .map(|(name, value)| {
                self.add(json!({
                    "@id": local("environment", &format!("{}.{name}", run.handle)), "@type": "PropertyValue", "name": name, "value": value,
                }))
            })
            .collect();
        let done = run.outcome.state() == State::Done;
        let status = if done { "CompletedActionStatus" } else { "FailedActionStatus" };
        let mut action = json!({
            "@id": local("run", &run.handle),
            "@type": "CreateAction",
            "name": format!("Run {}", run.handle),
            "description": work_in_words(&run.work),
            "identifier": run.id.to_string(),
            "instrument": instrument,
            "object": objects,
            "result": results,
            "actionStatus": format!("http://schema.org/{status}"),
        });
        if !done {
            action["error"] = json!(run.outcome.to_string());
        }
        for (key, time) in [("startTime", run.started), ("endTime", run.ended)] {
            if let Some(time) = time {
                action[key] = json!(moment(time));
            }
        }
        if !environment.is_empty() {
            action["environment"] = json!(environment);
        }
        if let Some(person) = &run.by {
            action["agent"] = self.person(person);
        }
        self.add(action)
    }

    /// Values that were added after the end. They are not objects or results of the run; each is an action of its own.
    fn added_later(&mut self, run: &Run) -> Vec<Value> {
        let mut actions = Vec::with_capacity(run.added_later.len());
        for (number, added) in run.added_later.iter().enumerate() {
            let value = match &added.value {
                AddedValue::Metric(value) => json!(value),
                AddedValue::Parameter(Value::String(text)) => json!(text),
                AddedValue::Parameter(value) => json!(value.to_string()),
            };
            let name = format!("{}.{}", run.handle, number + 1);
            let value = self.add(json!({
                "@id": local("added", &name), "@type": "PropertyValue", "name": added.name, "value": value,
                "description": format!("added after run {} had ended; the run did not measure it", run.handle),
            }));
            let mut action = json!({
                "@id": local("addition", &name),
                "@type": "AddAction",
                "name": format!("{} was added to run {} after its end", added.name, run.handle),
                "object": value,
                "targetCollection": id(&local("run", &run.handle)),
                "endTime": moment(added.at),
            });
            if let Some(person) = &added.by {
                action["agent"] = self.person(person);
            }
            actions.push(self.add(action));
        }
        actions
    }

    /// The executed software: a recipe of Hven, or a command with its code.
    fn instrument(&mut self, run: &Run) -> Value {
        match &run.work {
            Work::Recipe { name, version, .. } => self.add(json!({
                "@id": format!("{HOMEPAGE}#recipe-{}-{version}", names::url(name)), "@type": "SoftwareApplication",
                "name": format!("Hven's recipe {name}"), "softwareVersion": version.to_string(), "url": HOMEPAGE,
                "isPartOf": id(&hven_id(self.publication)),
            })),
            Work::Command { argv } => {
                let mut requirements = Vec::new();
                if let Some(software) = &run.software {
                    let interpreter = software.interpreter.iter().chain(&software.version).cloned().collect::<Vec<_>>();
                    requirements.extend((!interpreter.is_empty()).then(|| interpreter.join(" ")));
                    requirements.extend(software.packages.iter().map(|(name, version)| format!("{name}=={version}")));
                }
                let (words, digest) =
                    run.code.as_ref().map_or_else(|| ("code not captured".to_owned(), None), code_in_words);
                let version = digest.map_or_else(|| "unknown".to_owned(), |digest| digest.to_string());
                let mut software = json!({
                    "@id": format!("urn:hven:run:{}", run.id), "@type": "SoftwareApplication",
                    "name": argv.first().map_or_else(|| "command".to_owned(), |word| names::on_one_line(word)), "description": words,
                    "softwareVersion": version, "url": format!("urn:hven:run:{}", run.id),
                });
                if !requirements.is_empty() {
                    software["softwareRequirements"] = json!(requirements);
                }
                self.add(software)
            }
        }
    }

    fn metrics(&mut self, run: &Run, metrics: &BTreeMap<String, Number>) -> Vec<Value> {
        let named = metrics.iter().map(|(name, value)| {
            let mut metric = json!({
                "@id": local("metric", &format!("{}.{name}", run.handle)), "@type": "PropertyValue", "name": name, "value": value,
            });
            if let Some(unit) = run.metric_units.get(name) {
                metric["unitText"] = json!(unit);
            }
            metric
        });
        named.collect::<Vec<_>>().into_iter().map(|metric| self.add(metric)).collect()
    }

    /// The files that a run read or made: in the crate, or only named.
    fn file_refs(&mut self, file: &FileRef) -> Vec<Value> {
        let layout = self.layout;
        if let Some(listing) = layout.listings.get(&file.digest) {
            let inner = listing.files.iter().take(FOLDER_FILES_MAX);
            return inner.map(|one| self.object(one.digest, &format!("{}/{}", file.path, one.path))).collect();
        }
        vec![self.object(file.digest, &file.path)]
    }

    fn object(&mut self, digest: hven_core::Digest, path: &str) -> Value {
        match self.layout.path_of(digest) {
            Some(place) => id(&names::url(place)),
            None => self.withheld(digest, path),
        }
    }

    fn reproduction(&mut self, run: &Run, number: usize, reproduction: &Reproduction) -> Value {
        let printed = reproduction.printed.as_ref().map(ToString::to_string);
        let reasons: Vec<String> = [Some(reproduction.because.clone()), printed]
            .into_iter()
            .flatten()
            .filter(|text| !text.is_empty())
            .collect();
        let mut action = json!({
            "@id": local("reproduction", &format!("{}.{number}", run.handle)),
            "@type": "AssessAction",
            "name": format!("Reproduction of run {}: {}", run.handle, reproduction.level.as_str()),
            "description": reasons.join("; "),
            "object": id(&local("run", &run.handle)),
            "endTime": moment(reproduction.at),
        });
        if let Some(person) = &reproduction.by {
            action["agent"] = self.person(person);
        }
        self.add(action)
    }

    /// Adds the claims with their verdicts; returns references for the root's `mentions`.
    pub(super) fn claims(&mut self) -> Vec<Value> {
        let publication = self.publication;
        let mut mentions = Vec::new();
        for claim in &publication.claims {
            let name = local("claim", &claim.name);
            let runs = claim.judgement().into_iter().flat_map(|last| &last.evidence);
            let runs: Vec<Value> = runs
                .filter_map(|run| crate::lineage::run(publication, *run))
                .map(|run| id(&local("run", &run.handle)))
                .collect();
            let mut entity = json!({
                "@id": name, "@type": "Claim", "name": claim.name, "text": claim.statement,
                "identifier": claim.id.to_string(), "dateCreated": moment(claim.stated), "isBasedOn": runs,
                "description": format!("Test: {}", claim.test),
            });
            if let Some(person) = &claim.stated_by {
                entity["author"] = self.person(person);
            }
            mentions.push(self.add(entity));
            for (number, judgement) in claim.judgements.iter().enumerate() {
                let rating = self.add(json!({
                    "@id": local("verdict", &format!("{}.{}", claim.name, number + 1)), "@type": "Rating",
                    "ratingValue": judgement.verdict.as_str(), "alternateName": judgement.verdict.as_str(),
                }));
                let mut review = json!({
                    "@id": local("judgement", &format!("{}.{}", claim.name, number + 1)), "@type": "ClaimReview",
                    "name": format!("{}: {}", claim.name, judgement.verdict.as_str()), "claimReviewed": claim.statement,
                    "itemReviewed": id(&name), "reviewRating": rating, "datePublished": moment(judgement.at),
                    "reviewBody": format!("{} ({}). {}.", judgement.because, judgement.filled_in, ledger(&judgement.ledger)),
                });
                if let Some(person) = &judgement.by {
                    review["author"] = self.person(person);
                }
                mentions.push(self.add(review));
            }
        }
        mentions
    }
}
