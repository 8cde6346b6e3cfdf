//! Measures the record without the rest of Hven: `cargo run --release -p hven-record --example bench_record -- FOLDER`.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::path::PathBuf;

use hven_record::{Settings, bench};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from).join("hven-bench-record");
    let facts = arguments.next().map_or(Ok(100_000), |facts| facts.parse())?;
    let options = bench::Options { rebuild_facts: facts, ..bench::Options::default() };
    let report = bench::run(&folder, &Settings::default(), &options, &mut |what| eprintln!("{what} …"))?;
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(())
}
