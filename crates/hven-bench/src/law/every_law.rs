//! `hven bench law`: each law with each tool and each seed.

use hven_terminal::{Output, exit};

use super::{
    args::{LawArgs, LawSet},
    equations::wanted,
    hard_tables::hard_tables,
    measured::{LawMeasured, count},
    operon,
    recovery::measure,
    results::Results,
};
use crate::machine::Machine;

pub fn law(args: &LawArgs, output: &mut dyn Output) -> anyhow::Result<u8> {
    if args.set == Some(LawSet::Hard) {
        return hard_tables(args, output);
    }
    let laws = wanted(args)?;
    let machine = Machine::now();
    let mut known = match &args.resume {
        Some(path) => Results::open(path)?,
        None => Results::default(),
    };
    if let Some(python) = &args.operon {
        operon::check(python)?;
    }
    let tools: &[&str] = if args.operon.is_some() { &["hven", "operon"] } else { &["hven"] };
    let mut found = Vec::new();
    for &seed in &args.seeds {
        for law in &laws {
            for tool in tools {
                if let Some(before) = known.find(tool, law, seed, args) {
                    found.push(before.clone());
                    continue;
                }
                output.note(&format!("{} with {tool}, seed {seed} …", law.name));
                let now = measure(tool, law, seed, args)?;
                known.add(&now)?;
                found.push(now);
            }
        }
    }
    output.reply(&LawMeasured {
        schema: "hven.bench_law/1",
        machine,
        seconds: args.seconds,
        noise: args.noise,
        units: args.units,
        tools: tools.iter().map(|&tool| (tool.to_owned(), count(&found, tool))).collect(),
        found,
    })?;
    Ok(exit::OK)
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        path::{Path, PathBuf},
    };

    use super::{
        super::{args::Units, equations::TABLE, results::append},
        *,
    };

    fn args(resume: Option<PathBuf>, data: &Path) -> LawArgs {
        LawArgs {
            data: Some(data.to_owned()),
            set: None,
            equations: Vec::new(),
            seconds: 20.0,
            noise: 0.0,
            units: Units::On,
            seeds: vec![1],
            operon: None,
            resume,
        }
    }

    fn folder_with(table: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(TABLE), format!("name,output,formula,variables\n{table}")).expect("a table");
        folder
    }

    #[test]
    fn a_stored_result_is_not_measured_again() {
        let folder = folder_with("I.12.5,F,q2*Ef,q2:1:5 Ef:1:5\n");
        let path = folder.path().join("results.jsonl");
        let args = args(Some(path.clone()), folder.path());
        let law = &wanted(&args).expect("a law")[0];
        let found = measure("hven", law, 1, &args).expect("a result");
        assert!(found.recovered, "{found:?}");
        let mut results = Results::open(&path).expect("no file yet");
        assert!(results.find("hven", law, 1, &args).is_none());
        results.add(&found).expect("a line");
        append(&path, "{\"tool\":\"hv").expect("a truncated line");
        let again = Results::open(&path).expect("a file");
        assert_eq!(again.find("hven", law, 1, &args).map(|f| f.law.as_str()), Some(found.law.as_str()));
        for other in [again.find("hven", law, 2, &args), again.find("operon", law, 1, &args)] {
            assert!(other.is_none());
        }
        assert!(fs::read_to_string(&path).expect("a file").ends_with('\n'));
    }

    #[test]
    fn an_impossible_measurement_is_refused() {
        let folder = folder_with("none,y,2*x,x:1:5\n");
        let empty = tempfile::tempdir().expect("a folder");
        let error_text = |args: &LawArgs| wanted(args).expect_err("an error").to_string();
        assert!(error_text(&args(None, empty.path())).contains("equations.csv cannot be read"));
        assert_eq!(error_text(&args(None, folder.path())), "the units of none are not known");
        let mut unknown = args(None, folder.path());
        unknown.equations = vec!["II.1".to_owned()];
        assert!(error_text(&unknown).contains("has no equation II.1"));
        let mut without = args(None, folder.path());
        without.units = Units::Off;
        assert_eq!(wanted(&without).expect("a law").len(), 1);
        without.seconds = f64::NAN;
        assert!(error_text(&without).contains("--seconds"));
    }
}
