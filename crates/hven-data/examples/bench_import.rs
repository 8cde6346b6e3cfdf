#![allow(clippy::print_stdout, reason = "it is a program")]
//! Measures imports: `bench_import FOLDER MEGABYTES REPEAT`. With `--child SOURCE FOLDER` it is the process that imports.

use std::{path::PathBuf, process::ExitCode};

use hven_data::bench;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let answer = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--child", source, folder] => {
            bench::import_once(&PathBuf::from(source), &PathBuf::from(folder)).map(|it| serde_json::to_string(&it))
        }
        [folder, megabytes, repeat] => {
            let folder = PathBuf::from(folder);
            let options = bench::Options {
                python: bench::python_with_duckdb(&folder).map_err(|error| println!("without DuckDB: {error}")).ok(),
                child: std::env::current_exe().map(|it| vec![it.into(), "--child".into()]).unwrap_or_default(),
                source_bytes: megabytes.parse().unwrap_or(100) * 1_000_000,
                repeat: repeat.parse().unwrap_or(1),
                folder,
            };
            bench::run(&options, &mut |_| ()).map(|it| serde_json::to_string_pretty(&it))
        }
        _ => {
            println!("bench_import FOLDER MEGABYTES REPEAT");
            return ExitCode::FAILURE;
        }
    };
    match answer {
        Ok(Ok(json)) => {
            println!("{json}");
            ExitCode::SUCCESS
        }
        Ok(Err(error)) => {
            println!("{error}");
            ExitCode::FAILURE
        }
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}
