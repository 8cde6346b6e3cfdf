//! Results of this and earlier calls, one per line, so that no search is repeated.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use hven_learn::bench::KnownLaw;

use super::{args::LawArgs, measured::Found};

/// Results of this and earlier calls, one per line.
#[derive(Debug, Default)]
pub(super) struct Results {
    path: Option<PathBuf>,
    found: Vec<Found>,
}

impl Results {
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(wrong) if wrong.kind() == io::ErrorKind::NotFound => String::new(),
            Err(wrong) => return Err(wrong).with_context(|| format!("{} cannot be read", path.display())),
        };
        // The last line may be truncated; its result is measured again.
        let found = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        if !text.is_empty() && !text.ends_with('\n') {
            append(path, "\n")?;
        }
        Ok(Self { path: Some(path.to_owned()), found })
    }

    pub(super) fn find(&self, tool: &str, law: &KnownLaw, seed: u64, args: &LawArgs) -> Option<&Found> {
        let same = |a: f64, b: f64| a.total_cmp(&b).is_eq();
        self.found.iter().find(|one| {
            one.tool == tool
                && one.equation == law.name
                && one.seed == seed
                && one.units == args.units
                && same(one.noise, args.noise)
                && same(one.limit_s, args.seconds)
        })
    }

    pub(super) fn add(&mut self, found: &Found) -> anyhow::Result<()> {
        match &self.path {
            Some(path) => append(path, &format!("{}\n", serde_json::to_string(found)?)),
            None => Ok(()),
        }
    }
}

pub(super) fn append(path: &Path, text: &str) -> anyhow::Result<()> {
    let open = fs::OpenOptions::new().create(true).append(true).open(path);
    open.and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("{} cannot be written", path.display()))
}
