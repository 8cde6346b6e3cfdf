//! Checks the licence of every dataset of a publication, and of the publication itself.

use hven_core::{Digest, RunId, licence};

use super::{
    derived::{derived_from, objects_of},
    expression::terms_of,
    findings::{Finding, Findings, Unlicensed},
    terms::{Allowed, Terms},
};
use crate::{
    law_check,
    publication::{Dataset, Publication, Withheld},
};

/// Checks the licence of every dataset, and of the publication itself.
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
            "The publication itself has no licence, so its readers may not use it. State one, such as CC-BY-4.0, in the \
             manifest ([project] license) or when publishing."
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
        (Allowed::Yes, _) => (true, format!("{named} allows redistribution")),
        (Allowed::No, _) => (false, format!("{named} does not allow redistribution")),
        (Allowed::Unknown, Unlicensed::Include) => (true, "the publishing person is responsible".to_owned()),
        (Allowed::Unknown, Unlicensed::Refer) if named.is_empty() => (false, "it has no licence".to_owned()),
        (Allowed::Unknown, Unlicensed::Refer) => {
            (false, format!("it is not known whether {named} allows redistribution"))
        }
    };
    Finding { dataset: dataset.reference(), license: dataset.license.clone(), terms, included, because }
}

/// The rows that a law's run wrote, if its data is withheld: they are values of this data.
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
        warnings.push(format!("{named} requires to name the makers of {of}, and no maker is named."));
    }
    let derived = derived_from(publication, dataset);
    if derived.is_empty() {
        return;
    }
    let runs = derived.join(", ");
    if finding.terms.derivatives == Allowed::No {
        warnings.push(format!(
            "{named} of {of} does not allow the redistribution of derived works: the outputs of {runs}."
        ));
    }
    if finding.terms.share_alike && publication.license != finding.license {
        let own = publication.license.as_deref().unwrap_or("no licence");
        warnings.push(format!(
            "{named} of {of} requires the same licence for derived works: the outputs of {runs}; the publication has {own}."
        ));
    }
}
