//! The known laws that are measured, read from the table of the AI Feynman database.

use std::{fs, time::Duration};

use anyhow::Context as _;
use hven_client::Failure;
use hven_learn::bench::{KnownLaw, known_laws};

use super::args::{LawArgs, Units};

pub(super) const TABLE: &str = "equations.csv";

/// Units of the laws of the Feynman lectures, which the database does not contain.
const UNITS: &str = include_str!("feynman_units.csv");

pub(super) fn wanted(args: &LawArgs) -> anyhow::Result<Vec<KnownLaw>> {
    let folder = args.data.as_deref().context("--data is missing")?;
    let path = folder.join(TABLE);
    let text = fs::read_to_string(&path).map_err(|wrong| {
        Failure::new("invalid", format!("{} cannot be read: {wrong}", path.display()))
            .hint("--data names a folder with equations.csv of the AI Feynman database")
    })?;
    let mut laws = known_laws(&text, Some(UNITS))
        .map_err(|wrong| Failure::new("invalid", format!("{} cannot be read: {wrong}", path.display())))?;
    if let Some(unknown) = args.equations.iter().find(|name| !laws.iter().any(|law| law.name == **name)) {
        return Err(Failure::new("invalid", format!("{} has no equation {unknown}", path.display())).into());
    }
    laws.retain(|law| args.equations.is_empty() || args.equations.contains(&law.name));
    if args.units == Units::On
        && let Some(without) = laws.iter().find(|law| !law.has_units())
    {
        return Err(Failure::new("invalid", format!("the units of {} are not known", without.name))
            .hint("--units off measures without them; a column units in equations.csv gives them, as variable=unit")
            .into());
    }
    check_limits(args)?;
    Ok(laws)
}

pub(super) fn check_limits(args: &LawArgs) -> anyhow::Result<()> {
    let limit = Duration::try_from_secs_f64(args.seconds).is_ok_and(|limit| !limit.is_zero());
    if !limit || !(0.0..1e3).contains(&args.noise) {
        return Err(Failure::new("invalid", "--seconds is a time above 0, --noise a share from 0 on").into());
    }
    Ok(())
}
