//! `hven`: the one binary. All of it lies in the library beside this file.

use std::process::ExitCode;

fn main() -> ExitCode {
    hven::main()
}
