//! The flags of `hven publish`.

use std::path::PathBuf;

use clap::Args;
use hven_api::publications::Author;

use super::author::author;

/// Publish claims as a folder and a zip that are readable without Hven
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven publish claim/kepler3                        to ./kepler3-v1
  hven publish publication.kepler                   with the settings of [publication.kepler] in hven.toml
  hven publish claim/kepler3 --plan                 what it would contain, and the licences
  hven publish claim/kepler3 --zip -o ~/kepler3 --license CC-BY-4.0 \\
      --author 'Mira Lund (Uraniborg) <0000-0002-1825-0097>' --title \"Kepler's third law, found again\"

Open index.html in a browser; this needs no Hven and no network. Without changes, the command makes no new version.
A new version keeps title, summary, authors, licence and keywords of the previous one, unless you give others.")]
pub struct PublishArgs {
    /// One or more claims: `claim/NAME`, a name or an id; or `publication.NAME` of the manifest here
    #[arg(value_name = "claim/NAME|publication.NAME", required = true)]
    pub claims: Vec<String>,
    /// The folder to write, which must not exist yet [default: NAME-vVERSION]
    #[arg(short, long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub output: Option<PathBuf>,
    /// Also keep the zip, next to the folder
    #[arg(long)]
    pub zip: bool,
    /// Only show what the publication would contain, and what prevents it
    #[arg(long)]
    pub plan: bool,
    /// The name of the publication [default: the name of its only claim]
    #[arg(long)]
    pub name: Option<String>,
    /// The title [default: the title of the previous version, or the statement of the claim]
    #[arg(long)]
    pub title: Option<String>,
    /// A summary for readers from other fields
    #[arg(long, value_name = "TEXT")]
    pub summary: Option<String>,
    /// The summary in Chinese
    #[arg(long, value_name = "TEXT")]
    pub summary_zh: Option<String>,
    /// `Name`, `Name <ORCID iD>` or `Name (affiliation) <ORCID iD>`; may be repeated [default: the authors of the
    /// previous version, or you]
    #[arg(long, value_name = "AUTHOR", value_parser = author)]
    pub author: Vec<Author>,
    /// The licence of the publication as a whole, such as CC-BY-4.0 [default: the licence of the previous version, or
    /// of the manifest here]
    #[arg(long, value_name = "SPDX")]
    pub license: Option<String>,
    /// A keyword; may be repeated
    #[arg(long, value_name = "WORD")]
    pub keyword: Vec<String>,
    /// Also include data with an unknown licence, and other files in the code's folder; you take responsibility for it
    #[arg(long)]
    pub include_unlicensed: bool,
    /// Publish although a part of it is suspect or retracted; the value is the reason
    #[arg(long, value_name = "TEXT")]
    pub despite_suspicion: Option<String>,
    /// The project, if several projects have the claim
    #[arg(long)]
    pub project: Option<String>,
}
