//! What licences allow: which data may be handed on, and which is only named by its digest.
//!
//! The table knows the common licences of data, text and code by their SPDX ids (<https://spdx.org/licenses/>). What it does
//! not know is unknown, and never guessed. This is no legal advice: it finds what is plainly forbidden or plainly missing.

mod expression;
mod table;
mod terms;

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

use hven_core::{Digest, RunId, licence};
use serde::{Deserialize, Serialize};

pub use expression::terms_of;
pub use table::KNOWN;
pub use terms::{Allowed, Terms};

use crate::{
    law_check,
    publication::{Dataset, Publication, Withheld},
};

/// What to do with data of which nobody knows whether it may be handed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unlicensed {
    /// Only its digest.
    #[default]
    Refer,
    /// The person who publishes answers for it.
    Include,
}

/// What was found out about the datasets of a publication.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Findings {
    pub datasets: Vec<Finding>,
    /// To be put into [`Publication::withheld`].
    pub withheld: BTreeMap<Digest, Withheld>,
    /// What a person should look at before publishing, a sentence each.
    pub warnings: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// `planets@1`.
    pub dataset: String,
    pub license: Option<String>,
    pub terms: Terms,
    pub included: bool,
    /// Why so, in words.
    pub because: String,
}

/// Looks at the licence of every dataset, and at that of the publication.
pub fn check(publication: &Publication, unlicensed: Unlicensed) -> Findings {
    let mut findings = Findings::default();
    for dataset in &publication.datasets {
        let finding = judge(dataset, unlicensed);
        if !finding.included {
            let why = Withheld::Licence { license: dataset.license.clone(), why: finding.because.clone() };
            findings.withheld.extend(objects_of(dataset).map(|digest| (digest, why.clone())));
        }
        warn(publication, dataset, &finding, &mut findings.warnings);
        findings.datasets.push(finding);
    }
    let rows: Vec<_> = publication.laws.iter().filter_map(|law| rows_of(publication, law.run, &findings)).collect();
    findings.withheld.extend(rows);
    if publication.license.is_none() {
        findings.warnings.push(
            "The publication itself has no licence: nobody may use it. Say one, such as CC-BY-4.0, in the manifest \
             ([project] license) or when publishing."
                .to_owned(),
        );
    }
    findings.warnings.extend(publication.license.as_deref().and_then(named_by_its_text));
    findings
}

fn named_by_its_text(license: &str) -> Option<String> {
    licence::note(license).map(|note| format!("Of the publication itself {note}."))
}

fn judge(dataset: &Dataset, unlicensed: Unlicensed) -> Finding {
    let terms = dataset.license.as_deref().map_or(Terms::UNKNOWN, terms_of);
    let named = dataset.license.as_deref().unwrap_or_default();
    let (included, because) = match (terms.redistribute, unlicensed) {
        (Allowed::Yes, _) => (true, format!("{named} allows to hand it on")),
        (Allowed::No, _) => (false, format!("{named} does not allow to hand it on")),
        (Allowed::Unknown, Unlicensed::Include) => (true, "whoever publishes it answers for it".to_owned()),
        (Allowed::Unknown, Unlicensed::Refer) if named.is_empty() => (false, "it has no licence".to_owned()),
        (Allowed::Unknown, Unlicensed::Refer) => {
            (false, format!("it is not known whether {named} allows to hand it on"))
        }
    };
    Finding { dataset: dataset.reference(), license: dataset.license.clone(), terms, included, because }
}

/// All bytes that hold values of a dataset: the report has some, too.
fn objects_of(dataset: &Dataset) -> impl Iterator<Item = Digest> + '_ {
    let source = dataset.source.iter().map(|file| file.digest);
    let parts = dataset.parts.iter().map(|part| part.content.digest);
    source.chain([dataset.content.digest]).chain(dataset.report).chain(parts)
}

/// The rows that a law's run wrote, with why they are not handed on: they are values of data that is not.
fn rows_of(publication: &Publication, law_run: RunId, findings: &Findings) -> Option<(Digest, Withheld)> {
    let run = publication.runs.iter().find(|run| run.id == law_run)?;
    let why = run.inputs.iter().find_map(|input| findings.withheld.get(&input.digest))?;
    let rows = run.outputs.iter().find(|output| output.path == law_check::ROWS_FILE)?;
    Some((rows.digest, why.clone()))
}

fn warn(publication: &Publication, dataset: &Dataset, finding: &Finding, warnings: &mut Vec<String>) {
    let named = finding.license.as_deref().unwrap_or("its licence");
    let of = &finding.dataset;
    if finding.included && finding.terms.attribution && finding.license.is_some() && dataset.attribution.is_none() {
        warnings.push(format!("{named} asks to name the makers of {of}, and nobody is named."));
    }
    let derived = derived_from(publication, dataset);
    if derived.is_empty() {
        return;
    }
    let runs = derived.join(", ");
    if finding.terms.derivatives == Allowed::No {
        warnings
            .push(format!("{named} of {of} does not allow to hand on what was made from it: the outputs of {runs}."));
    }
    if finding.terms.share_alike && publication.license != finding.license {
        let own = publication.license.as_deref().unwrap_or("no licence");
        warnings.push(format!(
            "{named} of {of} wants what was made from it under the same licence: the outputs of {runs}; the publication has {own}."
        ));
    }
}

/// Handles of the runs whose outputs were made from a dataset, directly or not; that of its import is not one.
fn derived_from(publication: &Publication, dataset: &Dataset) -> Vec<String> {
    let mut tainted: HashSet<Digest> = objects_of(dataset).collect();
    let own: BTreeSet<RunId> =
        dataset.made_by.into_iter().chain(dataset.parts.iter().filter_map(|part| part.made_by)).collect();
    let mut waiting: VecDeque<_> = publication.runs.iter().filter(|run| !own.contains(&run.id)).collect();
    let mut derived = Vec::new();
    let mut passed = 0;
    // A run is looked at again whenever another one was found, since it may use what that one made.
    while let Some(run) = waiting.pop_front() {
        if run.inputs.iter().any(|file| tainted.contains(&file.digest)) {
            tainted.extend(run.outputs.iter().map(|file| file.digest));
            derived.push(run.handle.clone());
            passed = 0;
        } else {
            passed += 1;
            waiting.push_back(run);
            if passed >= waiting.len() {
                break;
            }
        }
    }
    derived.sort_unstable();
    derived
}
