//! Tells cargo when the embedded web pages changed. A binary without the pages shows a message on its first page instead.

fn main() {
    println!("cargo::rerun-if-changed=../../web/dist");
    println!("cargo::rerun-if-changed=build.rs");
}
