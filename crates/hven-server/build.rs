//! The web UI is embedded as it was built; a binary without it says so on its first page.

fn main() {
    println!("cargo::rerun-if-changed=../../web/dist");
    println!("cargo::rerun-if-changed=build.rs");
}
