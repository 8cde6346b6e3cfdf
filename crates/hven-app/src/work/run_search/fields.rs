//! The fields of a run that an expression can name, beside its metrics and parameters.

use hven_core::{
    Time,
    expression::{Type, Value},
};

use crate::ports::run::RunRow;

macro_rules! fields {
    ($($field:ident $name:literal $type:expr;)*) => {
        /// A field of a run.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum RunField {
            $($field,)*
        }
        impl RunField {
            pub const ALL: &[Self] = &[$(Self::$field),*];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$field => $name),* }
            }
            pub const fn type_of(self) -> Type {
                match self { $(Self::$field => $type),* }
            }
        }
    };
}

fields! {
    State "state" Type::Text;
    Name "name" Type::Text;
    Project "project" Type::Text;
    Handle "handle" Type::Text;
    Command "command" Type::Text;
    Recipe "recipe" Type::Text;
    Tags "tags" Type::Text;
    Submitted "submitted" Type::Time;
    Started "started" Type::Time;
    Ended "ended" Type::Time;
    WallS "wall_s" Type::NUMBER;
    CpuS "cpu_s" Type::NUMBER;
    MemoryMaxBytes "memory_max_bytes" Type::NUMBER;
    Attempts "attempts" Type::NUMBER;
    Outputs "outputs" Type::NUMBER;
    Archived "archived" Type::Bool;
}

impl RunField {
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| field.as_str() == name)
    }

    /// The value; `None` if the run has none, such as the end of a running one.
    pub(super) fn value(self, run: &RunRow) -> Option<Value> {
        let text = |text: &str| Value::Text(text.to_owned());
        let time = |time: Time| Value::Time(time);
        Some(match self {
            Self::State => text(run.state.as_str()),
            Self::Name => text(run.name.as_deref()?),
            Self::Project => text(run.project.as_str()),
            Self::Handle => Value::Text(run.handle.to_string()),
            Self::Command => text(&run.command),
            Self::Recipe => text(run.recipe.as_deref()?),
            Self::Tags => Value::Text(run.tags.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")),
            Self::Submitted => time(run.submitted),
            Self::Started => time(run.started?),
            Self::Ended => time(run.ended?),
            Self::WallS => Value::Number(run.wall_s?),
            Self::CpuS => Value::Number(run.cpu_s?),
            Self::MemoryMaxBytes => Value::Number(run.memory_max_bytes? as f64),
            Self::Attempts => Value::Number(run.attempts.into()),
            Self::Outputs => Value::Number(run.outputs.into()),
            Self::Archived => Value::Bool(run.archived),
        })
    }
}
