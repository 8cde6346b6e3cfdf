//! The objects that an array names: code and inputs of its tasks, and the tables that hold its values.

use super::{axes::Axis, facts::Submitted};
use crate::{
    named_objects::{NamedObject, Need},
    run::objects::each_of_spec,
};

pub(crate) fn of_submitted<'a>(submitted: &'a Submitted, look: &mut dyn FnMut(NamedObject<'a>)) {
    each_of_spec(&submitted.spec, submitted.absent.as_ref(), look);
    for table in submitted.axes.iter().flat_map(Axis::tables) {
        look(NamedObject::bytes(table, Need::Required, "values of an array"));
    }
}
