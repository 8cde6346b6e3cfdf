//! Filters and orders of lists of documents: registered models, versions, logged models.

use std::{cmp::Ordering, collections::BTreeMap};

use crate::{
    answer::{Answer, Fault},
    filter::{self, Condition, Entity},
};

/// A document that is filtered and ordered in a list.
pub(crate) trait Searched {
    /// Whether this is an attribute of such a document.
    const ATTRIBUTES: &'static [&'static str];
    fn attribute(&self, key: &str) -> Option<String>;
    fn tags(&self) -> BTreeMap<String, String>;
    fn params(&self) -> BTreeMap<String, String> {
        BTreeMap::new()
    }
    /// The last value of a metric.
    fn metric(&self, _key: &str) -> Option<f64> {
        None
    }
}

pub(crate) fn check<T: Searched>(conditions: &[Condition]) -> Answer<()> {
    for Condition { entity, key, .. } in conditions {
        if *entity == Entity::Attribute && !T::ATTRIBUTES.contains(&key.as_str()) {
            return Err(Fault::invalid(format!("Invalid attribute key '{key}'. Valid keys are {:?}", T::ATTRIBUTES)));
        }
    }
    Ok(())
}

pub(crate) fn meets<T: Searched>(one: &T, conditions: &[Condition]) -> bool {
    conditions.iter().all(|condition| {
        let key = condition.key.as_str();
        match condition.entity {
            Entity::Attribute => condition.meets_text(one.attribute(key).as_deref()),
            Entity::Tag => condition.meets_text(one.tags().get(key).map(String::as_str)),
            Entity::Param => condition.meets_text(one.params().get(key).map(String::as_str)),
            Entity::Metric => condition.meets_number(one.metric(key)),
            Entity::Dataset => false,
        }
    })
}

/// Sorts by the wished attributes, and else as the list is.
pub(crate) fn sort<T: Searched>(all: &mut [T], orders: &[String]) -> Answer<()> {
    let orders = orders.iter().map(|text| filter::read_order(text)).collect::<Answer<Vec<_>>>()?;
    for (entity, key, _) in &orders {
        if *entity == Entity::Attribute && !T::ATTRIBUTES.contains(&key.as_str()) {
            return Err(Fault::invalid(format!("Invalid order_by key '{key}'. Valid keys are {:?}", T::ATTRIBUTES)));
        }
    }
    all.sort_by(|a, b| {
        let by = |(entity, key, descends): &(Entity, String, bool)| {
            let order = match entity {
                Entity::Metric => {
                    let value = |one: &T| one.metric(key).unwrap_or(f64::NEG_INFINITY);
                    value(a).total_cmp(&value(b))
                }
                _ => compare(a.attribute(key).as_ref(), b.attribute(key).as_ref()),
            };
            if *descends { order.reverse() } else { order }
        };
        orders.iter().map(by).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    });
    Ok(())
}

/// Numbers as numbers, such as times and versions.
fn compare(a: Option<&String>, b: Option<&String>) -> Ordering {
    let number = |text: Option<&String>| text.and_then(|text| text.parse::<i64>().ok());
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => a.cmp(&b),
    }
}
