//! The binary `hven`. Its code is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    hven::main()
}
