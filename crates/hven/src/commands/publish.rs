//! `hven publish`: claims with all they rest on, made by the server and put into a folder here.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    slice,
};

use clap::Args;
use hven_api::{
    publications::{Author, PublicationDetail, Publish},
    runs::{Code, FileRef},
};
use hven_capture::clone;
use hven_client::{Client, Failure};
use hven_core::{
    manifest::Placed,
    publication::description::{Person, Publication},
};
use hven_steps::manifest_here;
use hven_terminal::{Output, exit};

use crate::{
    act::Act,
    context::Context,
    publication_folder::{Place, put_here},
};

/// Make a publication of claims: a folder and a zip that need no Hven
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven publish claim/kepler3                        into ./kepler3-v1
  hven publish publication.kepler                   as [publication.kepler] in hven.toml says
  hven publish claim/kepler3 --plan                 what would be inside, and what licences say
  hven publish claim/kepler3 --zip -o ~/kepler3 --license CC-BY-4.0 \\
      --author 'Mira Lund (Uraniborg) <0000-0002-1825-0097>' --title \"Kepler's third law, found again\"

Open index.html in a browser, without Hven and without a network. Said again when nothing changed, no new version is made.
A new version keeps title, summary, authors, licence and keywords of the one before, unless something else is said.")]
pub struct PublishArgs {
    /// One or more claims: `claim/NAME`, a name or an id; or `publication.NAME` of the manifest here
    #[arg(value_name = "claim/NAME|publication.NAME", required = true)]
    pub claims: Vec<String>,
    /// The folder to write, not there yet [default: NAME-vVERSION]
    #[arg(short, long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub output: Option<PathBuf>,
    /// Keep the zip, too, beside the folder
    #[arg(long)]
    pub zip: bool,
    /// Only say what would be inside, and what speaks against it
    #[arg(long)]
    pub plan: bool,
    /// How the publication is called [default: as its only claim]
    #[arg(long)]
    pub name: Option<String>,
    /// [default: that of the version before, or the statement of the claim]
    #[arg(long)]
    pub title: Option<String>,
    /// What was found, for somebody from another field
    #[arg(long, value_name = "TEXT")]
    pub summary: Option<String>,
    /// The same in Chinese
    #[arg(long, value_name = "TEXT")]
    pub summary_zh: Option<String>,
    /// `Name`, `Name <ORCID iD>` or `Name (where) <ORCID iD>`; several times for several [default: those of the version
    /// before, or you]
    #[arg(long, value_name = "AUTHOR", value_parser = author)]
    pub author: Vec<Author>,
    /// Of the publication as a whole, such as CC-BY-4.0 [default: that of the version before, or of the manifest here]
    #[arg(long, value_name = "SPDX")]
    pub license: Option<String>,
    /// Several times for several
    #[arg(long, value_name = "WORD")]
    pub keyword: Vec<String>,
    /// Include also data whose licence nobody knows, and what lay beside the code: you answer for it
    #[arg(long)]
    pub include_unlicensed: bool,
    /// Publish although something in it is suspect or retracted: why
    #[arg(long, value_name = "TEXT")]
    pub despite_suspicion: Option<String>,
    /// Which project, when several have the claim
    #[arg(long)]
    pub project: Option<String>,
}

impl Act for PublishArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        publish(&self, context, output)
    }
}

pub fn publish(args: &PublishArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = context.client_of_existing()?;
    let wanted = wanted(args, context, &client, output)?;
    if args.plan {
        let plan = client.publication_plan(&wanted)?;
        let is_well = plan.missing.is_empty() && (plan.refusals.is_empty() || args.despite_suspicion.is_some());
        output.reply(&plan)?;
        return Ok(if is_well { exit::OK } else { exit::NOT_WELL });
    }
    let published = client.publish(&wanted)?;
    let place = Place { folder: args.output.as_deref(), keep_zip: args.zip };
    output.reply(&put_here(&client, published.publication, Some(published.is_new), &place, context)?)?;
    Ok(exit::OK)
}

/// What the flags say, and what they do not say as the manifest does.
fn wanted(args: &PublishArgs, context: &Context, client: &Client, output: &mut dyn Output) -> anyhow::Result<Publish> {
    let said = match args.claims.as_slice() {
        [only] => {
            only.strip_prefix("publication.").map(|name| manifest_here::publication(&context.cwd, name)).transpose()?
        }
        _ => None,
    };
    let mut wanted = Publish {
        claims: args.claims.clone(),
        project: args.project.clone(),
        name: args.name.clone(),
        title: args.title.clone(),
        summary: args.summary.clone(),
        summary_zh: args.summary_zh.clone(),
        authors: args.author.clone(),
        license: args.license.clone(),
        keywords: args.keyword.clone(),
        include_unlicensed: args.include_unlicensed,
        code: BTreeMap::new(),
        despite_suspicion: args.despite_suspicion.clone(),
    };
    if let Some(said) = said {
        let texts = |texts: Vec<Placed<String>>| texts.into_iter().map(|text| text.value);
        wanted.claims = texts(said.claims).collect();
        wanted.name = wanted.name.or(Some(said.name));
        wanted.title = wanted.title.or(said.title);
        wanted.summary = wanted.summary.or(said.summary);
        wanted.summary_zh = wanted.summary_zh.or(said.summary_zh);
        wanted.license = wanted.license.or(said.license);
        if wanted.authors.is_empty() {
            let read = |text: String| {
                author(&text).map_err(|why| Failure::new("manifest.invalid", format!("the author {text:?}: {why}")))
            };
            wanted.authors = texts(said.authors).map(read).collect::<Result<_, _>>()?;
        }
        if wanted.keywords.is_empty() {
            wanted.keywords = texts(said.keywords).collect();
        }
        let project = context.settings()?.text("project")?;
        wanted.project = wanted.project.or(project);
    }
    let license_here = manifest_here::license(&context.cwd);
    if let Some(before) = version_before(&mut wanted, context, client)? {
        let kept = keep(&mut wanted, &before, client.me()?.name.as_deref());
        if !kept.is_empty() {
            output.note(&format!("kept from {}: {}", before.summary.reference, kept.join(", ")));
        }
        let other =
            license_here.as_ref().filter(|here| kept.contains(&LICENCE) && wanted.license.as_ref() != Some(*here));
        if let Some(other) = other {
            output.note(&format!("the manifest says the licence {other}: --license {other} takes it"));
        }
    }
    wanted.license = wanted.license.or(license_here);
    wanted.code = code(&wanted, context, client)?;
    Ok(wanted)
}

/// The newest version of what is published, when there is one. From here on the claims are named by their ids: each is that
/// of this folder's project, or else of the one that has it.
fn version_before(
    wanted: &mut Publish,
    context: &Context,
    client: &Client,
) -> anyhow::Result<Option<PublicationDetail>> {
    let mut first = None;
    for claim in &mut wanted.claims {
        let project = wanted.project.as_deref();
        let found = context.in_project(project, |project| client.claim(claim.as_str(), project))?.summary;
        *claim = found.id;
        first.get_or_insert((found.project, found.name));
    }
    let mut known = BTreeSet::new();
    wanted.claims.retain(|claim| known.insert(claim.clone()));
    let Some((project, only)) = first else { return Ok(None) };
    let name = wanted.name.clone().or((wanted.claims.len() == 1).then_some(only));
    let Some(name) = name else { return Ok(None) };
    match client.publication(&name, Some(&project)) {
        Ok(newest) => Ok(Some(newest)),
        Err(error) if error.code() == "not_found" => Ok(None),
        Err(error) => Err(error.into()),
    }
}

const LICENCE: &str = "licence";

/// Lets stand what the version before said, where nothing is said now. Answers what that is. A title that nobody had chosen
/// is not counted, and follows the claim; nor is an author whom nobody had chosen, when it is the user who publishes now.
fn keep(wanted: &mut Publish, before: &PublicationDetail, me: Option<&str>) -> Vec<&'static str> {
    let said = before.description.clone().and_then(|said| serde_json::from_value::<Publication>(said).ok());
    // Erased, or written by a newer Hven.
    let Some(said) = said else { return Vec::new() };
    let mut kept = Vec::new();
    if wanted.title.is_none() && !has_default_title(&said) {
        wanted.title = Some(said.title);
        kept.push("title");
    }
    if wanted.summary.is_none() && said.summary.en.is_some() {
        wanted.summary = said.summary.en;
        kept.push("summary");
    }
    if wanted.summary_zh.is_none() && said.summary.zh.is_some() {
        wanted.summary_zh = said.summary.zh;
        kept.push("Chinese summary");
    }
    if wanted.authors.is_empty() {
        if !is_default_author(&said.authors, &said.publisher, me) {
            kept.push("authors");
        }
        let author = |Person { name, orcid, affiliation }| Author { name, orcid, affiliation };
        wanted.authors = said.authors.into_iter().map(author).collect();
    }
    if wanted.license.is_none() && said.license.is_some() {
        wanted.license = said.license;
        kept.push(LICENCE);
    }
    if wanted.keywords.is_empty() && !said.keywords.is_empty() {
        wanted.keywords = said.keywords;
        kept.push("keywords");
    }
    kept
}

/// Whether these are the authors that a publication has when `me` publishes it and names none.
fn is_default_author(authors: &[Person], publisher: &Person, me: Option<&str>) -> bool {
    authors == slice::from_ref(publisher) && me == Some(publisher.name.as_str())
}

/// Whether the title is the one that a publication is given when nobody says another.
fn has_default_title(said: &Publication) -> bool {
    match said.claims.as_slice() {
        [only] => said.title == only.statement.trim().trim_end_matches('.') || said.title == only.name,
        several => {
            let names: Vec<&str> = several.iter().map(|claim| claim.name.as_str()).collect();
            said.title == names.join(", ")
        }
    }
}

/// The files of commits, which the record names and does not hold, as far as a clone of them is here.
fn code(wanted: &Publish, context: &Context, client: &Client) -> anyhow::Result<BTreeMap<String, Vec<FileRef>>> {
    let mut found = BTreeMap::new();
    for claim in &wanted.claims {
        let name = claim.strip_prefix("claim/").unwrap_or(claim);
        let lineage = client.lineage(&format!("claim/{name}"), wanted.project.as_deref())?;
        for run in lineage.rests_on.into_iter().filter_map(|step| step.node.run) {
            let detail = client.run(&run.id)?;
            let Some(Code::Git { commit, prefix, diff, untracked, .. }) = detail.spec.and_then(|spec| spec.code) else {
                continue;
            };
            let of = clone::Of {
                commit: &commit,
                prefix: &prefix,
                diff: diff.as_deref(),
                untracked: &untracked,
                notes: &detail.capture_notes,
            };
            let files = clone::files_of(client, &context.cwd, &of)?;
            found.extend(files.map(|files| (run.id, files)));
        }
    }
    Ok(found)
}

/// `Name (where) <ORCID iD>`.
fn author(text: &str) -> Result<Author, String> {
    let (rest, orcid) = match text.trim().strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
        Some((rest, orcid)) => (rest.trim(), Some(orcid.trim())),
        None => (text.trim(), None),
    };
    let (name, affiliation) = match rest.strip_suffix(')').and_then(|rest| rest.split_once('(')) {
        Some((name, affiliation)) => (name.trim(), Some(affiliation.trim().to_owned())),
        None => (rest, None),
    };
    if name.is_empty() || name.contains(['<', '>']) {
        return Err("it is Name, Name <ORCID iD> or Name (where) <ORCID iD>".to_owned());
    }
    let orcid = orcid.map(|orcid| match orcid.strip_prefix("https://orcid.org/") {
        Some(_) => orcid.to_owned(),
        None => format!("https://orcid.org/{orcid}"),
    });
    Ok(Author { name: name.to_owned(), orcid, affiliation })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authors_are_read() {
        let check = |text: &str, name: &str, affiliation: Option<&str>, orcid: Option<&str>| {
            let (affiliation, orcid) = (affiliation.map(str::to_owned), orcid.map(str::to_owned));
            assert_eq!(author(text), Ok(Author { name: name.to_owned(), orcid, affiliation }), "{text}");
        };
        let orcid = Some("https://orcid.org/0000-0002-1825-0097");
        check("Mira Lund", "Mira Lund", None, None);
        check("Mira Lund <0000-0002-1825-0097>", "Mira Lund", None, orcid);
        check("李白 (Uraniborg) <https://orcid.org/0000-0002-1825-0097>", "李白", Some("Uraniborg"), orcid);
        check(" Mira (Hven) ", "Mira", Some("Hven"), None);
        for bad in ["", "<0000-0002-1825-0097>", "(Hven)", "a < b"] {
            assert!(author(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_author_goes_without_saying_only_for_who_would_be_it_anyway() {
        let person = |name: &str| Person { name: name.to_owned(), orcid: None, affiliation: None };
        let (mira, jun) = (person("Mira"), person("Jun"));
        let check = |authors: &[Person], me: Option<&str>, expect: bool| {
            assert_eq!(is_default_author(authors, &mira, me), expect, "{authors:?} {me:?}");
        };
        check(slice::from_ref(&mira), Some("Mira"), true);
        check(slice::from_ref(&mira), Some("Jun"), false);
        check(slice::from_ref(&mira), None, false);
        check(slice::from_ref(&jun), Some("Mira"), false);
        check(&[mira.clone(), jun.clone()], Some("Mira"), false);
    }
}
