//! Writes a sample publication: `cargo run -p hven-publish --example sample FOLDER [hostile]`. The browser tests open it.

#[path = "../tests/it/sample.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod sample;

use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("name a folder that does not exist yet")?);
    let is_hostile = arguments.next().is_some_and(|word| word == "hostile");
    let (publication, store) = if is_hostile { sample::hostile() } else { sample::planets() };
    hven_publish::write(&publication, &store, &folder, Some(&folder.with_extension("zip")))?;
    Ok(())
}
