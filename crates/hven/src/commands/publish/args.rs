//! The flags of `hven publish`.

use std::path::PathBuf;

use clap::Args;
use hven_api::publications::Author;

use super::author::author;

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
