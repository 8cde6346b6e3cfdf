//! Embeds the runner named by `HVEN_RUNNER` when the binary is built; without it the runner is looked for beside the
//! binary when it runs.

use std::{env, fs, path::PathBuf};

fn main() {
    println!("cargo::rerun-if-env-changed=HVEN_RUNNER");
    println!("cargo::rustc-check-cfg=cfg(runner_embedded)");
    let Some(runner) = env::var_os("HVEN_RUNNER").filter(|path| !path.is_empty()) else { return };
    let runner = match fs::canonicalize(&runner) {
        Ok(path) => path,
        Err(error) => {
            let shown = PathBuf::from(runner);
            println!("cargo::warning=HVEN_RUNNER={} is not there ({error}): no runner is embedded", shown.display());
            return;
        }
    };
    println!("cargo::rerun-if-changed={}", runner.display());
    println!("cargo::rustc-env=HVEN_RUNNER_FILE={}", runner.display());
    // Known when it is built: a server that starts need not read what it embeds.
    match fs::read(&runner) {
        Ok(bytes) => println!("cargo::rustc-env=HVEN_RUNNER_DIGEST={}", blake3::hash(&bytes).to_hex()),
        Err(error) => return println!("cargo::error={} cannot be read: {error}", runner.display()),
    }
    println!("cargo::rustc-cfg=runner_embedded");
}
