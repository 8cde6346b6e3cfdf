//! Embeds the runner that `HVEN_RUNNER` names when the binary is built. Without it, the binary searches for a runner
//! next to itself when it runs. The script also asks the linker for a smaller program where that is known to work.

use std::{env, fs, path::PathBuf, process::Command};

fn main() {
    embed_runner();
    pack_relocations();
}

/// Packs the 67,000 relocations of a Linux release into 16 KB instead of 1.6 MB, which every start would read: an idle
/// server uses 2.6 MB less resident memory. The linker that comes with Rust supports this, and glibc reads it since
/// 2.36.
fn pack_relocations() {
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|is| is == value);
    let is_usual = is("PROFILE", "release")
        && is("TARGET", "x86_64-unknown-linux-gnu")
        && is("HOST", "x86_64-unknown-linux-gnu")
        && is("CARGO_ENCODED_RUSTFLAGS", "");
    if is_usual && glibc().is_some_and(|version| version >= (2, 36)) {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// The version of the C library on this machine.
fn glibc() -> Option<(u32, u32)> {
    let output = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (major, minor) = text.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

fn embed_runner() {
    println!("cargo::rerun-if-env-changed=HVEN_RUNNER");
    println!("cargo::rustc-check-cfg=cfg(runner_embedded)");
    let Some(runner) = env::var_os("HVEN_RUNNER").filter(|path| !path.is_empty()) else { return };
    let runner = match fs::canonicalize(&runner) {
        Ok(path) => path,
        Err(error) => {
            let shown = PathBuf::from(runner);
            println!("cargo::warning=HVEN_RUNNER={} does not exist ({error}): no runner is embedded", shown.display());
            return;
        }
    };
    println!("cargo::rerun-if-changed={}", runner.display());
    println!("cargo::rustc-env=HVEN_RUNNER_FILE={}", runner.display());
    // The digest is computed at build time, so that a starting server need not read the embedded runner.
    match fs::read(&runner) {
        Ok(bytes) => println!("cargo::rustc-env=HVEN_RUNNER_DIGEST={}", blake3::hash(&bytes).to_hex()),
        Err(error) => return println!("cargo::error={} cannot be read: {error}", runner.display()),
    }
    println!("cargo::rustc-cfg=runner_embedded");
}
