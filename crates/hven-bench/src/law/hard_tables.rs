//! `hven bench law --set hard`: whether each law is right in tables that mislead least squares.

use std::{collections::BTreeMap, io, sync::atomic::AtomicBool, time::Instant};

use anyhow::anyhow;
use hven_client::Failure;
use hven_learn::{
    bench::{HardTable, Nearness, hard_tables as tables},
    law::find,
};
use hven_terminal::{Field, HumanReadable, Output, TerminalWriter, exit};
use serde::Serialize;

use super::{args::LawArgs, equations::check_limits, recovery::options};
use crate::machine::Machine;

#[derive(Debug, Serialize)]
struct TableMeasured {
    table: String,
    seed: u64,
    /// `right`, `noted` (not right, and a note says what is doubtful) or `wrong`.
    result: &'static str,
    /// The difference to the true law, as a share of the usual error of a row.
    difference: f64,
    errors: &'static str,
    left_out: usize,
    seconds: f64,
    load: f64,
    law: String,
    truth: String,
}

#[derive(Debug, Serialize)]
struct HardMeasured {
    schema: &'static str,
    machine: Machine,
    seconds: f64,
    results: BTreeMap<&'static str, usize>,
    found: Vec<TableMeasured>,
}

/// Fails if a law is wrong without a note.
pub(super) fn hard_tables(args: &LawArgs, output: &mut dyn Output) -> anyhow::Result<u8> {
    check_limits(args)?;
    let machine = Machine::now();
    let mut found = Vec::new();
    for &seed in &args.seeds {
        let all = tables(seed).map_err(|wrong| anyhow!(wrong))?;
        if let Some(unknown) = args.equations.iter().find(|name| !all.iter().any(|table| table.name == **name)) {
            return Err(Failure::new("invalid", format!("there is no table {unknown} in the set")).into());
        }
        for table in all.iter().filter(|t| args.equations.is_empty() || args.equations.iter().any(|e| e == t.name)) {
            output.note(&format!("{}, seed {seed} …", table.name));
            found.push(measure(table, seed, args)?);
        }
    }
    let mut results = BTreeMap::new();
    for one in &found {
        *results.entry(one.result).or_insert(0) += 1;
    }
    let status = if results.contains_key("wrong") { exit::NOT_WELL } else { exit::OK };
    output.reply(&HardMeasured { schema: "hven.bench_law_hard/1", machine, seconds: args.seconds, results, found })?;
    Ok(status)
}

fn measure(table: &HardTable, seed: u64, args: &LawArgs) -> anyhow::Result<TableMeasured> {
    let load = Machine::now().load;
    let start = Instant::now();
    let law = find(&table.problem, &options(seed, args.seconds), &mut |_| {}, &AtomicBool::new(false))?;
    let chosen = law.chosen();
    Ok(TableMeasured {
        table: table.name.to_owned(),
        seed,
        result: match table.nearness(&law) {
            Nearness::Right => "right",
            Nearness::Noted => "noted",
            Nearness::Wrong => "wrong",
        },
        difference: chosen.map_or(f64::NAN, |chosen| table.difference(&chosen.tree)),
        errors: law.errors.as_ref().map_or("equal", |errors| errors.model.name()),
        left_out: law.left_out.len(),
        seconds: start.elapsed().as_secs_f64(),
        load,
        law: chosen.map(|chosen| chosen.display.clone()).unwrap_or_default(),
        truth: table.formula.to_owned(),
    })
}

impl HumanReadable for HardMeasured {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        writer.line(&format!("{} s each; {}", self.seconds, self.machine.line()))?;
        let rows = self.found.iter().map(|one| {
            vec![
                one.table.clone().into(),
                one.result.into(),
                Field::Number(format!("{:.2}", one.difference)),
                one.errors.into(),
                Field::Number(one.left_out.to_string()),
                Field::Number(format!("{:.1} s", one.seconds)),
                Field::Dim(one.law.chars().take(80).collect()),
            ]
        });
        writer.table(&["TABLE", "RESULT", "DIFFERENCE", "ERRORS", "LEFT OUT", "TIME", "LAW"], rows.collect())?;
        let counts: Vec<String> = self.results.iter().map(|(result, count)| format!("{count} {result}")).collect();
        writer.line(&format!("{} of {}", counts.join(", "), self.found.len()))
    }
}
