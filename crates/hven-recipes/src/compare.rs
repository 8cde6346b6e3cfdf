//! The recipe `compare`: compares the outputs of a reproduction, in `after`, with the original outputs, in `before`.

use std::collections::BTreeMap;

use hven_core::{
    file_name,
    recipe::{Argument, Input, InputKind, Kind, Output, OutputKind, ResultKind, Schema, StartedBy, Text},
    reproduction::{Level, Tolerance},
};
use hven_data::compare::{Options, folders};
use serde::Deserialize;

use crate::{
    folder::{Folder, RecipeError},
    metrics::Metrics,
    recipe::Recipe,
};

pub(crate) const RECIPE: Recipe = Recipe {
    schema: Schema {
        name: "compare",
        summary: Text {
            en: "Compare the outputs of a run with those of the run that reproduced it",
            zh: "将运行的输出与重现它的运行的输出进行比较",
        },
        inputs: &[
            folder(BEFORE, "Outputs of the first run", "第一次运行的输出"),
            folder(AFTER, "Outputs of the run that reproduced it", "重现它的运行的输出"),
        ],
        arguments: &[
            Argument::new("tolerance", Kind::Record(TOLERANCE), "By how much numbers may differ", "数值允许的差异"),
            Argument::new(
                "tolerances",
                Kind::Map(&Kind::Record(TOLERANCE)),
                "The same by path, or by a folder above it",
                "按路径或其上级文件夹分别给出的允许差异",
            ),
            Argument::new(
                "ssim_min",
                Kind::Number { min: -1.0, max: 1.0 },
                "How similar pictures must be",
                "图片至少要有的相似度",
            ),
        ],
        outputs: &[Output {
            path: COMPARISON,
            kind: OutputKind::File,
            help: Text { en: "How each file differs", zh: "每个文件的差异" },
        }],
        result: ResultKind::Comparison,
        started_by: StartedBy::Reproduction,
        ..Schema::NEW
    },
    run,
};

const TOLERANCE: &[Argument] = &[
    Argument::new("relative", FROM_0, "A share of the number", "相对于数值的比例").or("0"),
    Argument::new("absolute", FROM_0, "In the unit of the number", "以数值的单位表示").or("0"),
];
const FROM_0: Kind = Kind::Number { min: 0.0, max: f64::INFINITY };

const fn folder(path: &'static str, en: &'static str, zh: &'static str) -> Input {
    Input { key: path, path, kind: InputKind::Folder, required: true, help: Text { en, zh } }
}

const BEFORE: &str = "before";
const AFTER: &str = "after";
const SCRATCH: &str = "scratch";
const COMPARISON: &str = "comparison.json";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    /// For all files without their own tolerance.
    tolerance: Option<Tolerance>,
    /// By path, or by a folder above it; the longest matching path counts.
    #[serde(default)]
    tolerances: BTreeMap<String, Tolerance>,
    ssim_min: Option<f64>,
}

impl Arguments {
    fn check(&self) -> Result<(), RecipeError> {
        for tolerance in self.tolerance.iter().chain(self.tolerances.values()) {
            tolerance.check().map_err(|why| RecipeError::Arguments(why.to_owned()))?;
        }
        match self.ssim_min {
            Some(least) if !(-1.0..=1.0).contains(&least) => {
                Err(RecipeError::Arguments("ssim_min is a number from -1 to 1".to_owned()))
            }
            _ => Ok(()),
        }
    }

    fn options(&self, path: &str) -> Options {
        let usual = Options::default();
        let is_above =
            |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let own = self.tolerances.iter().filter(|(folder, _)| is_above(folder)).max_by_key(|(folder, _)| folder.len());
        Options {
            tolerance: own.map(|(_, tolerance)| *tolerance).or(self.tolerance).unwrap_or(usual.tolerance),
            ssim_min: self.ssim_min.unwrap_or(usual.ssim_min),
            ..usual
        }
    }
}

#[allow(clippy::print_stdout, reason = "the output of a recipe is its log")]
fn run(folder: &Folder) -> Result<(), RecipeError> {
    let arguments: Arguments = folder.arguments()?;
    arguments.check()?;
    let options_of = |path: &str| arguments.options(path);
    let comparison = folders(&folder.at(BEFORE), &folder.at(AFTER), &folder.at(SCRATCH), &options_of)?;
    folder.write_json(COMPARISON, &comparison)?;
    let mut metrics = Metrics::of_process();
    for level in [Level::SameBytes, Level::SameWithin, Level::Differs] {
        let count = comparison.files.iter().filter(|file| file.likeness.level() == level).count();
        metrics
            .log(level.as_str(), count as f64)
            .map_err(|source| RecipeError::Write { path: "the metrics".to_owned(), source })?;
    }
    for file in &comparison.files {
        println!("{}: {}", file_name::shown(&file.path), file.likeness.level().as_str());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_nearest_tolerance_counts() {
        let text = r#"{"tolerance": {"relative": 0.5}, "tolerances": {"plots": {"relative": 0.1}, "plots/fit.svg": {"absolute": 2}}}"#;
        let arguments: Arguments = serde_json::from_str(text).expect("arguments");
        let check = |path: &str, relative: f64, absolute: f64| {
            assert_eq!(arguments.options(path).tolerance, Tolerance { relative, absolute }, "{path}");
        };
        check("law.json", 0.5, 0.0);
        check("plots/front.svg", 0.1, 0.0);
        check("plots/fit.svg", 0.0, 2.0);
        check("plotsandmore", 0.5, 0.0);
    }

    #[test]
    fn two_folders_become_a_document() {
        let place = tempfile::tempdir().expect("a folder");
        let write = |path: &str, text: &str| {
            let path = place.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("a file");
        };
        write("recipe.json", r#"{"tolerance": {"relative": 1e-6}}"#);
        write("before/a.json", "[1]");
        write("after/a.json", "[2]");
        crate::run("compare", place.path()).expect("they are compared");
        let text = fs::read_to_string(place.path().join(COMPARISON)).expect("a document");
        let found: hven_core::reproduction::Comparison = serde_json::from_str(&text).expect("a comparison");
        assert_eq!(found.level(), Level::Differs);
        write("recipe.json", r#"{"tolerance": {"relative": -1}}"#);
        let wrong = crate::run("compare", place.path()).expect_err("no tolerance").to_string();
        assert_eq!(wrong, "the arguments cannot be read: a tolerance is made of finite numbers from 0");
    }
}
