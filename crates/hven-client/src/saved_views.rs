//! Saved views of the list of runs and of comparisons.

use hven_api::{
    page::Page,
    saved_views::{RenameView, SaveView, SavedView},
};
use serde::de::IgnoredAny;
use ureq::http::Method;

use crate::{
    Client, Result,
    query::{Query, escape},
    transport::Call,
};

impl Client {
    /// The saved views of a project and of those below it, or all; one page.
    pub fn views(&self, project: Option<&str>, cursor: Option<&str>) -> Result<Page<SavedView>> {
        let mut query = Query::default();
        query.add_some("project", project).add_some("cursor", cursor).add("limit", hven_api::page::LIMIT_MAX);
        self.get(query.below("/views"))
    }

    /// The address of the page that shows a view.
    pub fn view_url(&self, view: &SavedView) -> Result<String> {
        Ok(format!("{}/{}?view={}", self.server()?.url, view.page, escape(&view.id)))
    }

    pub fn save_view(&self, view: &SaveView) -> Result<SavedView> {
        self.post("/views", view)
    }

    /// Gives a view another name, and another project if one is named.
    pub fn rename_view(&self, id: &str, name: String, project: Option<String>) -> Result<SavedView> {
        self.post(format!("/views/{}/name", escape(id)), &RenameView { name, project })
    }

    pub fn remove_view(&self, id: &str) -> Result<()> {
        self.answer::<IgnoredAny>(&Call::new(Method::DELETE, format!("/views/{}", escape(id)))).map(drop)
    }
}
