//! The complete description of a recipe.

use super::{argument::Argument, text::Text};

/// The description of a recipe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schema {
    pub name: &'static str,
    /// It increases when the same arguments and inputs give other outputs.
    pub version: u32,
    /// One line.
    pub summary: Text,
    /// The first required input is the input of a step, and the positional argument of the command.
    pub inputs: &'static [Input],
    pub arguments: &'static [Argument],
    pub outputs: &'static [Output],
    pub result: ResultKind,
    pub started_by: StartedBy,
    /// How a person gets the same work with other data, as a clause: "`hven data add` brings a table in".
    pub again: Option<&'static str>,
    /// The step that `hven init` proposes.
    pub draft: Option<Draft>,
}

impl Schema {
    /// A recipe of version 1 without arguments, inputs and outputs.
    pub const NEW: Self = Self {
        name: "",
        version: 1,
        summary: Text { en: "", zh: "" },
        inputs: &[],
        arguments: &[],
        outputs: &[],
        result: ResultKind::Files,
        started_by: StartedBy::People,
        again: None,
        draft: None,
    };

    /// The input of a step, and the positional argument of the command.
    pub fn main_input(&self) -> Option<&'static Input> {
        self.inputs.first().filter(|input| input.required)
    }

    /// The inputs that are named by a key or a flag.
    pub fn other_inputs(&self) -> impl Iterator<Item = &'static Input> {
        self.inputs.iter().skip(usize::from(self.main_input().is_some()))
    }

    /// The argument with this key.
    pub fn argument_of_key(&self, key: &str) -> Option<&'static Argument> {
        self.arguments.iter().find(|argument| argument.key == key)
    }

    /// The argument with this name in the record.
    pub fn argument(&self, name: &str) -> Option<&'static Argument> {
        self.arguments.iter().find(|argument| argument.name == name)
    }

    /// The keys of a step (with dashes, the flags of the command) for this recipe.
    pub fn keys(&self) -> Vec<&'static str> {
        let arguments = self.arguments.iter().map(|argument| argument.key);
        arguments.chain(self.other_inputs().map(|input| input.key)).collect()
    }

    /// The paths of its outputs in its folder.
    pub fn output_paths(&self) -> Vec<String> {
        self.outputs.iter().map(|output| output.path.to_owned()).collect()
    }
}

/// A file or folder that a recipe reads in its folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its name for people, in manifests and, with dashes, as a flag.
    pub key: &'static str,
    /// Its path in the recipe's folder. A path that ends in `.*` keeps the extension of the given file.
    pub path: &'static str,
    pub kind: InputKind,
    pub required: bool,
    pub help: Text,
}

/// The type of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// The table of a dataset, or of a part of one, as Parquet.
    Table,
    /// Any file.
    File,
    Folder,
}

impl InputKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::File => "file",
            Self::Folder => "folder",
        }
    }
}

/// An output that a recipe makes in its folder, and that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Output {
    pub path: &'static str,
    pub kind: OutputKind,
    pub help: Text,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputKind {
    File,
    Folder,
}

impl OutputKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Folder => "folder",
        }
    }
}

/// How the result of a recipe is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultKind {
    /// It is a law: it has a page, another candidate can be chosen, and publications show it.
    Law,
    /// Its table becomes the next version of a dataset.
    Dataset,
    /// Its tables become the parts of a dataset's version.
    Parts,
    /// It is a comparison of two runs.
    Comparison,
    /// Its files are kept as the outputs of every run; they have no other use.
    Files,
}

impl ResultKind {
    pub const ALL: [Self; 5] = [Self::Law, Self::Dataset, Self::Parts, Self::Comparison, Self::Files];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Law => "law",
            Self::Dataset => "dataset",
            Self::Parts => "parts",
            Self::Comparison => "comparison",
            Self::Files => "files",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// The initiator of the runs of a recipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartedBy {
    /// People start it, by its name.
    People,
    /// An import starts it for the source.
    Import,
    /// The division of a dataset starts it for the table.
    Division,
    /// A reproduction starts it for the outputs of both runs.
    Reproduction,
}

impl StartedBy {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Import => "import",
            Self::Division => "division",
            Self::Reproduction => "reproduction",
        }
    }
}

/// A step that `hven init` proposes for a table with columns of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draft {
    /// One comment line above it.
    pub comment: &'static str,
    /// The test of a claim about its result.
    pub test: &'static str,
}
