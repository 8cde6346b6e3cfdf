//! The description of a recipe as a whole.

use super::{argument::Argument, text::Text};

/// What a recipe says of itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schema {
    pub name: &'static str,
    /// It is raised when other outputs come out for the same arguments and inputs.
    pub version: u32,
    /// One line.
    pub summary: Text,
    /// The first one that is required is the input of a step, and the positional argument of the command.
    pub inputs: &'static [Input],
    pub arguments: &'static [Argument],
    pub outputs: &'static [Output],
    pub result: ResultKind,
    pub started_by: StartedBy,
    /// How a person has the same work done with other data, as a clause: "`hven data add` brings a table in".
    pub again: Option<&'static str>,
    /// How `hven init` proposes it.
    pub draft: Option<Draft>,
}

impl Schema {
    /// A recipe of version 1 that takes, reads and leaves nothing.
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

    /// The argument that a person calls by this key.
    pub fn argument_of_key(&self, key: &str) -> Option<&'static Argument> {
        self.arguments.iter().find(|argument| argument.key == key)
    }

    /// The argument with this name in the record.
    pub fn argument(&self, name: &str) -> Option<&'static Argument> {
        self.arguments.iter().find(|argument| argument.name == name)
    }

    /// The keys that a step, and with dashes the command line, has for this recipe.
    pub fn keys(&self) -> Vec<&'static str> {
        let arguments = self.arguments.iter().map(|argument| argument.key);
        arguments.chain(self.other_inputs().map(|input| input.key)).collect()
    }

    /// Where its outputs lie in its folder.
    pub fn output_paths(&self) -> Vec<String> {
        self.outputs.iter().map(|output| output.path.to_owned()).collect()
    }
}

/// A file or folder that a recipe finds in its folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input {
    /// What a person calls it, in manifests and, with dashes, as a flag.
    pub key: &'static str,
    /// Where it lies in the recipe's folder. A path that ends in `.*` keeps the ending of the file that is given.
    pub path: &'static str,
    pub kind: InputKind,
    pub required: bool,
    pub help: Text,
}

/// What an input is.
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

/// What a recipe leaves in its folder, and what is kept of it.
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

/// What is done with the result of a recipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultKind {
    /// It is a law: it has a page, another candidate of it can be chosen, and publications show it.
    Law,
    /// Its table becomes the next version of a dataset.
    Dataset,
    /// Its tables become the parts of a dataset's version.
    Parts,
    /// It says how two runs differ.
    Comparison,
    /// Its files are kept as the outputs of every run are; nothing else is done with them.
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
}

/// What starts the runs of a recipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartedBy {
    /// People start it, by its name.
    People,
    /// An import starts it on the source.
    Import,
    /// The division of a dataset starts it on the table.
    Division,
    /// A reproduction starts it on the outputs of both runs.
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
    /// One line above it.
    pub comment: &'static str,
    /// A claim about what comes out.
    pub test: &'static str,
}
