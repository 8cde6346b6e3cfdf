//! The arguments of all commands that print a list.

use clap::Args;
use hven_client::ListQuery;

#[derive(Debug, Args)]
pub struct ListArgs {
    /// Words that all occur in the name, the description or the project
    pub words: Vec<String>,
    /// Only items of this project and the projects below it
    #[arg(long)]
    pub project: Option<String>,
    /// The most items that are listed
    #[arg(long, default_value_t = 100)]
    pub limit: usize,
    /// Continue where the previous page ended
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
