//! The recipes of a program.

use super::schema::{ResultKind, Schema, StartedBy};

/// The recipes of a program, by name.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RecipeList(pub &'static [Schema]);

impl RecipeList {
    pub fn iter(self) -> impl Iterator<Item = &'static Schema> {
        self.0.iter()
    }

    pub fn find(self, name: &str) -> Option<&'static Schema> {
        self.iter().find(|schema| schema.name == name)
    }

    /// The first recipe with this initiator.
    pub fn started_by(self, starter: StartedBy) -> Option<&'static Schema> {
        self.iter().find(|schema| schema.started_by == starter)
    }

    /// The recipes that people start.
    pub fn for_people(self) -> impl Iterator<Item = &'static Schema> {
        self.iter().filter(|schema| schema.started_by == StartedBy::People)
    }

    /// How the result of a recorded recipe is used, also of another version of the recipe. `None` when the recipe is not known
    /// here.
    pub fn result_of(self, recipe: &str) -> Option<ResultKind> {
        self.find(recipe).map(|schema| schema.result)
    }

    /// Why a name is not a known recipe, as text that follows the name.
    pub fn why_unknown(self) -> String {
        let names: Vec<&str> = self.iter().map(|schema| schema.name).collect();
        match names[..] {
            [] => "is not known: this Hven has no recipes".to_owned(),
            _ => format!("is not known: there are {}", names.join(", ")),
        }
    }
}
