//! What all commands take that list something.

use clap::Args;
use hven_client::ListQuery;

#[derive(Debug, Args)]
pub struct ListArgs {
    /// Words that all occur in the name, in what is said of it, or in the project
    pub words: Vec<String>,
    /// Only what belongs to this project or to those below it
    #[arg(long)]
    pub project: Option<String>,
    /// How many at most
    #[arg(long, default_value_t = 100)]
    pub limit: usize,
    /// Go on where a page ended
    #[arg(long)]
    pub cursor: Option<String>,
}

impl ListArgs {
    pub fn query(&self) -> ListQuery {
        ListQuery {
            project: self.project.clone(),
            words: (!self.words.is_empty()).then(|| self.words.join(" ")),
            limit: Some(self.limit),
            cursor: self.cursor.clone(),
        }
    }
}
