//! Gathers the results of an array again, or as another dataset, without running a task.

use std::collections::BTreeMap;

use hven_core::{
    Unit,
    access::Role,
    array::{Axis, Gather, GatherRequested},
    name::Name,
};
use serde_json::Value;

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        labelled::{Labelled, label},
    },
    work::{
        arrays::detail::{ArrayInDetail, find, in_detail},
        floor::Work,
    },
};

/// Has the results of an array gathered, when it has ended. Without a name or units, the earlier ones count.
pub async fn gather_again(
    work: &Work,
    caller: &Caller,
    key: Option<String>,
    name: &str,
    dataset: Option<Name>,
    units: Option<BTreeMap<String, String>>,
) -> AppResult<Labelled<ArrayInDetail>> {
    let turn = work.array_turn.lock().await;
    let array = find(work, caller, name, Role::Member).await?;
    let (id, number) = (array.submitted.array, array.submitted.number);
    let before = array.gather.as_ref();
    let Some(dataset) = dataset.or_else(|| before.map(|gather| gather.dataset.clone())) else {
        return Err(AppError::invalid("the name of the dataset", format!("is needed: array/{number} gathers none")));
    };
    let units = units.or_else(|| before.map(|gather| gather.units.clone())).unwrap_or_default();
    let gather = Gather { dataset, units };
    check_gather(&gather, &array.submitted.axes, &array.submitted.spec.outputs)?;
    work.record(caller.actor(), key, vec![GatherRequested { array: id, number, gather }.into()]).await?;
    drop(turn);
    label(work, in_detail(work, find(work, caller, name, Role::Member).await?).await?).await
}

/// Refuses units that no column can have. Which metrics there are is known only when tasks have ended.
pub(super) fn check_gather(gather: &Gather, axes: &[Axis], outputs: &[String]) -> AppResult<()> {
    for (name, unit) in &gather.units {
        let refused = |why: String| AppError::invalid(format!("the unit of {name}"), why);
        unit.parse::<Unit>().map_err(|fault| refused(fault.to_string()))?;
        let output = name.strip_prefix("output.").unwrap_or(name);
        if outputs.iter().any(|template| template == output) {
            return Err(refused("is refused: the column of an output has digests, not numbers".to_owned()));
        }
        if let Some(text) = axes.iter().find_map(|axis| first_text(axis, name)) {
            return Err(refused(format!("is refused: its value {text:?} is a text, and only numbers have a unit")));
        }
    }
    Ok(())
}

/// The first text among the values of a list with this name.
fn first_text<'a>(axis: &'a Axis, name: &str) -> Option<&'a str> {
    match axis {
        Axis::List { name: own, values } if own == name => values.iter().find_map(Value::as_str),
        Axis::Zip { axes } => axes.iter().find_map(|axis| first_text(axis, name)),
        Axis::List { .. } | Axis::Range { .. } | Axis::Table { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn units_that_no_column_can_have_are_refused() {
        let axes = [Axis::Zip {
            axes: vec![
                Axis::List { name: "t".to_owned(), values: vec![json!(0.5), json!("1.50")] },
                Axis::Range { name: "i".to_owned(), first: 1, step: 1, scale: 0, count: 2 },
            ],
        }];
        let check = |name: &str, unit: &str| {
            let gather =
                Gather { dataset: "d".parse().expect("a name"), units: [(name.to_owned(), unit.to_owned())].into() };
            check_gather(&gather, &axes, &["fit-{i}".to_owned()]).map_err(|error| error.to_string())
        };
        assert_eq!((check("i", "s"), check("loss", "1")), (Ok(()), Ok(())));
        let refused = |name: &str, unit: &str, why: &str| {
            assert!(
                check(name, unit).is_err_and(|error| error.contains(why)),
                "{name} {unit}: {:?}",
                check(name, unit)
            );
        };
        refused("t", "s", "its value \"1.50\" is a text");
        refused("output.fit-{i}", "s", "has digests");
        refused("i", "parsecs per furlong", "the unit of i");
    }
}
