//! `hven data export`: writes a dataset, or a part of it, to a file.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use hven_client::Failure;
use hven_terminal::{DatasetExported, Output, exit};

use crate::context::Context;

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

The export of held-out data is recorded.")]
pub struct ExportArgs {
    /// `name`, `name@version`, `name@version.part`
    pub dataset: String,
    /// The file to write, or - for standard output
    #[arg(short, long, value_hint = clap::ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// The format, if the name of the file does not determine it
    #[arg(long)]
    pub format: Option<ExportFormat>,
    /// The project, if several projects have the name
    #[arg(long)]
    pub project: Option<String>,
    /// Overwrite an existing file
    #[arg(long)]
    pub force: bool,
}

/// The target and the format of an export.
#[derive(Debug, PartialEq, Eq)]
struct Export {
    format: ExportFormat,
    /// `None`: standard output.
    path: Option<PathBuf>,
    /// The folder of the file until it is complete.
    folder: PathBuf,
}

fn resolve(args: &ExportArgs, cwd: &Path) -> Result<Export, Failure> {
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
    let path = cwd.join(path);
    if path.exists() && !args.force {
        return Err(Failure::new("conflict", format!("{} exists already", path.display()))
            .hint("name another file with -o, or use --force"));
    }
    let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
    Ok(Export { format, path: Some(path), folder })
}

pub(super) fn export(args: &ExportArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = context.client_of_existing()?;
    let Export { format, path, folder } = resolve(args, &context.cwd)?;
    // Written to a temporary file next to the target and renamed, so that an incomplete file is never at the target.
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
    output.reply(&DatasetExported { dataset: args.dataset.clone(), path: path.display().to_string(), bytes })?;
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
        // After a rename there is nothing to remove.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_file_determines_the_format() {
        let here = tempfile::tempdir().expect("a folder");
        let args = |output: Option<&str>, format: Option<ExportFormat>, force: bool| ExportArgs {
            dataset: "planets@1".to_owned(),
            output: output.map(PathBuf::from),
            format,
            project: None,
            force,
        };
        let check = |args: &ExportArgs, format: ExportFormat, name: &str| {
            let wanted = Export { format, path: Some(here.path().join(name)), folder: here.path().to_owned() };
            assert_eq!(resolve(args, here.path()).expect("a place"), wanted);
        };
        check(&args(None, None, false), ExportFormat::Csv, "planets@1.csv");
        check(&args(None, Some(ExportFormat::Parquet), false), ExportFormat::Parquet, "planets@1.parquet");
        check(&args(Some("x.parquet"), None, false), ExportFormat::Parquet, "x.parquet");
        check(&args(Some("x.parquet"), Some(ExportFormat::Csv), false), ExportFormat::Csv, "x.parquet");
        check(&args(Some("x"), None, false), ExportFormat::Csv, "x");
        let out = resolve(&args(Some("-"), Some(ExportFormat::Parquet), false), here.path()).expect("standard output");
        assert_eq!((out.format, out.path), (ExportFormat::Parquet, None));
        fs::write(here.path().join("x"), "mine").expect("written");
        assert_eq!(resolve(&args(Some("x"), None, false), here.path()).expect_err("it is there").code, "conflict");
        check(&args(Some("x"), None, true), ExportFormat::Csv, "x");
    }
}
