//! Datasets: bring a table in, list, show, take out, divide.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use hven_api::datasets::{AddDataset, NewSplit};
use hven_client::{Client, Failure};
use hven_steps::new_dataset::{Made, SPLIT, finish, import, send};
use hven_terminal::{Added, Divided, Exported, Output, exit};

use crate::{
    act::Act,
    context::Context,
    list_args::ListArgs,
    quantities::{parse_bytes, parse_pair},
    step_hands::Watcher,
};

/// Datasets: bring tables in, look at them, divide them
#[derive(Debug, Args)]
pub struct DataArgs {
    #[command(subcommand)]
    pub command: DataCommand,
}

impl Act for DataArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        data(&self, context, output)
    }
}

#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Bring a table in: CSV or Parquet, with units and checks
    Add(AddArgs),
    /// List the datasets
    Ls(LsArgs),
    /// Show a dataset: schema, units, profile, problems, checks
    Show(ShowArgs),
    /// Write a dataset, or a part of it, to a file
    Export(ExportArgs),
    /// Divide a dataset into parts, one of which may be held out
    Split(SplitArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven data add planets.csv --unit period=yr --unit semi_major_axis=AU --license CC0-1.0
  hven data add survey.csv --type id=text --check 'unique(id)' --check 'mass > 0'
  hven data add big.parquet --name galaxies --project astro/survey

Nothing is silently dropped: what cannot be read as it stands is listed with its line and column.
The same bytes, read in the same way, make no new version.")]
pub struct AddArgs {
    /// The table: CSV (any delimiter, UTF-8, UTF-16 or Latin-1) or Parquet
    #[arg(value_hint = clap::ValueHint::FilePath)]
    pub file: PathBuf,
    /// Its name; the file's name when nothing is said
    #[arg(long)]
    pub name: Option<String>,
    /// The project it belongs to
    #[arg(long)]
    pub project: Option<String>,
    /// The unit of a column, such as period=yr
    #[arg(long, value_name = "COLUMN=UNIT", value_parser = parse_pair)]
    pub unit: Vec<(String, String)>,
    /// The type of a column instead of the one that is found: bool, int, float, text, date, timestamp
    #[arg(long = "type", value_name = "COLUMN=TYPE", value_parser = parse_pair)]
    pub types: Vec<(String, String)>,
    /// A text that stands for a missing value, instead of the usual ones
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub null: Vec<String>,
    /// A condition that the table must meet, such as 'period > 0'
    #[arg(long, value_name = "EXPRESSION")]
    pub check: Vec<String>,
    /// An SPDX identifier such as CC-BY-4.0, LicenseRef-NAME for one of your own, or the file or the address of its text
    #[arg(long)]
    pub license: Option<String>,
    /// What it is, in a sentence
    #[arg(long)]
    pub description: Option<String>,
    /// Stop the import above this much memory
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes)]
    pub memory_limit: Option<u64>,
    /// Import it even when the same was done before
    #[arg(long)]
    pub fresh: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven data ls
  hven data ls planets --project astro")]
pub struct LsArgs {
    #[command(flatten)]
    pub list: ListArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven data show planets
  hven data show planets@1 --json")]
pub struct ShowArgs {
    /// `name` (the newest version), `name@version`, or an id
    pub dataset: String,
    /// Which project, when several have the name
    #[arg(long)]
    pub project: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    Csv,
    Parquet,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven data export planets                      planets.csv in this folder
  hven data export planets@1.train -o train.parquet
  hven data export planets -o - --format csv    to standard output

Taking out what a dataset holds out is recorded.")]
pub struct ExportArgs {
    /// `name`, `name@version`, `name@version.part`
    pub dataset: String,
    /// Where to: a file, or - for standard output
    #[arg(short, long, value_hint = clap::ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// The format, when the file's name does not say it
    #[arg(long)]
    pub format: Option<ExportFormat>,
    /// Which project, when several have the name
    #[arg(long)]
    pub project: Option<String>,
    /// Write over a file that is there
    #[arg(long)]
    pub force: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SplitMethod {
    /// Row by row
    Random,
    /// Row by row, with the same shares for each value of a column
    Stratified,
    /// Rows with the same value of a column stay together
    ByKey,
}

impl SplitMethod {
    fn as_str(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Stratified => "stratified",
            Self::ByKey => "by_key",
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven data split planets --part train=0.75 --part test=0.25 --hold-out test
  hven data split patients --method by-key --by patient --part train=0.8 --part test=0.2

The parts are planets@1.train and planets@1.test. What is held out is given only to those who ask for it by name,
and each reading is recorded. A split stays as it was made. A version with a hold-out takes no second split, and a
version that is divided takes no hold-out: make all parts in one go.")]
pub struct SplitArgs {
    /// `name` (the newest version) or `name@version`, no part of one
    pub dataset: String,
    /// A part and its share
    #[arg(long, required = true, value_name = "NAME=SHARE", value_parser = parse_share)]
    pub part: Vec<(String, f64)>,
    /// The part that is held out
    #[arg(long, value_name = "NAME")]
    pub hold_out: Option<String>,
    /// How rows are dealt out
    #[arg(long, default_value = "random")]
    pub method: SplitMethod,
    /// The column of `stratified` and `by-key`, which need one
    #[arg(long, value_name = "COLUMN")]
    pub by: Option<String>,
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// A name for the split, for a second one of the same version [default: split]
    #[arg(long)]
    pub name: Option<String>,
    /// Which project, when several have the name
    #[arg(long)]
    pub project: Option<String>,
    /// Divide it even when the same was done before
    #[arg(long)]
    pub fresh: bool,
}

fn parse_share(text: &str) -> Result<(String, f64), String> {
    let (name, share) = parse_pair(text)?;
    let share: f64 = share.parse().map_err(|_| format!("{share:?} is not a share such as 0.75"))?;
    if share > 0.0 && share < 1.0 {
        Ok((name, share))
    } else {
        Err(format!("a share lies between 0 and 1, not at {share}"))
    }
}

pub fn data(args: &DataArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    match &args.command {
        DataCommand::Add(args) => add(args, context, output),
        DataCommand::Ls(args) => ls(args, context, output),
        DataCommand::Show(args) => {
            let client = context.client_of_existing()?;
            let project = args.project.as_deref();
            output.reply(&context.in_project(project, |project| client.dataset(&args.dataset, project))?)?;
            Ok(exit::OK)
        }
        DataCommand::Export(args) => export(args, context, output),
        DataCommand::Split(args) => split(args, context, output),
    }
}

fn add(args: &AddArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = Arc::new(context.client()?);
    let name = match &args.name {
        Some(name) => name.clone(),
        None => name_of(&args.file)?,
    };
    let project = context.new_project(args.project.as_ref())?;
    let new = AddDataset {
        project,
        name,
        source: send(&client, &context.cwd, &args.file)?,
        types: args.types.iter().cloned().collect(),
        units: args.unit.iter().cloned().collect(),
        nulls: (!args.null.is_empty()).then(|| args.null.clone()),
        checks: args.check.clone(),
        license: args.license.clone(),
        description: args.description.clone(),
        memory_limit_bytes: args.memory_limit,
        fresh: args.fresh,
    };
    let made = import(&client, &new, &Watcher(&client), output)?;
    end(&client, made, output)
}

/// A name for a dataset from that of its file.
pub fn name_of(file: &Path) -> anyhow::Result<String> {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let mut name: String = stem.chars().map(|c| if c.is_alphanumeric() || c == '-' { c } else { '_' }).collect();
    if name.starts_with(|c: char| !c.is_alphabetic() && c != '_') {
        name.insert(0, '_');
    }
    let usable = name.parse::<hven_core::name::Name>().is_ok();
    let failure = || Failure::new("invalid", format!("{} gives no name", file.display())).hint("name it with --name");
    if usable { Ok(name) } else { Err(failure().into()) }
}

/// Says what came of it.
fn end(client: &Client, made: Made, output: &mut dyn Output) -> anyhow::Result<u8> {
    match made {
        Made::Failed(watched) => watched.tell(output),
        Made::Dataset { dataset, run } => {
            let status = if dataset.checks_failed > 0 { exit::NOT_WELL } else { exit::OK };
            let notes = hven_terminal::notes_on(&client.dataset(&dataset.id, None)?);
            output.reply(&Added { unchanged: run.unchanged, dataset: *dataset, notes })?;
            Ok(status)
        }
    }
}

fn ls(args: &LsArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = context.client_of_existing()?;
    output.reply(&client.datasets(&args.list.query())?)?;
    Ok(exit::OK)
}

fn new_split(args: &SplitArgs) -> Result<NewSplit, Failure> {
    let parts: BTreeMap<String, f64> = args.part.iter().cloned().collect();
    if parts.len() != args.part.len() {
        return Err(Failure::new("usage", "a part is named twice"));
    }
    Ok(NewSplit {
        name: args.name.clone(),
        method: args.method.as_str().to_owned(),
        by: args.by.clone(),
        seed: args.seed,
        parts,
        hold_out: args.hold_out.clone(),
        fresh: args.fresh,
    })
}

fn split(args: &SplitArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let new = new_split(args)?;
    let client = Arc::new(context.client_of_existing()?);
    let project = args.project.as_deref();
    let created = context.in_project(project, |project| client.split_dataset(&args.dataset, project, &new))?;
    let made = finish(&client, created, &format!("dividing {}", args.dataset), &Watcher(&client), output)?;
    let (dataset, run) = match made {
        Made::Failed(watched) => return watched.tell(output),
        Made::Dataset { dataset, run } => (*dataset, run),
    };
    let name = args.name.as_deref().unwrap_or(SPLIT);
    let splits = client.dataset(&dataset.id, None)?.split_list;
    let split = splits.into_iter().find(|split| split.name == name);
    let status = if dataset.checks_failed > 0 { exit::NOT_WELL } else { exit::OK };
    output.reply(&Divided { unchanged: run.unchanged, dataset, split })?;
    Ok(status)
}

/// Where a dataset is taken out to, and how it is written there.
struct Export {
    format: ExportFormat,
    /// `None`: standard output.
    path: Option<PathBuf>,
    /// Where it is written until it is whole.
    folder: PathBuf,
}

fn resolve_export(args: &ExportArgs, context: &Context) -> Result<Export, Failure> {
    let by_name = args.output.as_deref().and_then(Path::extension).and_then(|ending| match ending.to_str()? {
        "parquet" => Some(ExportFormat::Parquet),
        "csv" => Some(ExportFormat::Csv),
        _ => None,
    });
    let format = args.format.or(by_name).unwrap_or(ExportFormat::Csv);
    let ending = match format {
        ExportFormat::Csv => "csv",
        ExportFormat::Parquet => "parquet",
    };
    if args.output.as_deref() == Some(Path::new("-")) {
        return Ok(Export { format, path: None, folder: std::env::temp_dir() });
    }
    let path = args.output.clone().unwrap_or_else(|| PathBuf::from(format!("{}.{ending}", args.dataset)));
    let path = context.cwd.join(path);
    if path.exists() && !args.force {
        return Err(Failure::new("conflict", format!("{} is there already", path.display()))
            .hint("name another file with -o, or say --force"));
    }
    let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
    Ok(Export { format, path: Some(path), folder })
}

fn export(args: &ExportArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = context.client_of_existing()?;
    let Export { format, path, folder } = resolve_export(args, context)?;
    // Written beside its place and renamed, so that nobody finds half a file there.
    let fetched = Partial::new(&folder, "parquet")?;
    let mut file =
        fs::File::create(&fetched.path).with_context(|| format!("{} cannot be written", fetched.path.display()))?;
    let project = args.project.as_deref();
    context.in_project(project, |project| client.dataset_content(&args.dataset, project, &mut file))?;
    drop(file);
    let result = match format {
        ExportFormat::Parquet => fetched,
        ExportFormat::Csv => {
            let text = Partial::new(&folder, "csv")?;
            hven_data::export(&fetched.path, &text.path, hven_data::ExportFormat::Csv)?;
            text
        }
    };
    let Some(path) = path else {
        io::copy(&mut fs::File::open(&result.path)?, &mut hven_terminal::byte_sink())?;
        return Ok(exit::OK);
    };
    let bytes = fs::metadata(&result.path)?.len();
    fs::rename(&result.path, &path).with_context(|| format!("{} cannot be written", path.display()))?;
    output.reply(&Exported { dataset: args.dataset.clone(), path: path.display().to_string(), bytes })?;
    Ok(exit::OK)
}

/// A file that is removed unless it was renamed.
struct Partial {
    path: PathBuf,
}

impl Partial {
    fn new(folder: &Path, ending: &str) -> anyhow::Result<Self> {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes)?;
        let name = u64::from_ne_bytes(bytes);
        Ok(Self { path: folder.join(format!(".hven-{name:016x}.{ending}.partial")) })
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Gone already when it was renamed.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datasets_are_named_after_their_files() {
        let check = |file: &str, wanted: &str| assert_eq!(name_of(Path::new(file)).expect("a name"), wanted);
        check("data/planets.csv", "planets");
        check("hubble 1929.v2.csv", "hubble_1929_v2");
        check("2mass.parquet", "_2mass");
        check("行星.csv", "行星");
        assert!(name_of(Path::new("/")).is_err());
    }

    #[test]
    fn shares_are_numbers_between_0_and_1() {
        assert_eq!(parse_share("train=0.75"), Ok(("train".to_owned(), 0.75)));
        for bad in ["train", "train=", "train=1", "train=x", "train=NaN", "train=-0.5"] {
            assert!(parse_share(bad).is_err(), "{bad}");
        }
    }
}
