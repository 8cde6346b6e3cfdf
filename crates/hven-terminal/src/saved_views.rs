//! Human-readable output for saved views.

use std::io;

use hven_api::{page::Page, saved_views::SavedView};
use serde::Serialize;

use crate::{
    command_result::HumanReadable,
    formats,
    terminal_writer::{Field, TerminalWriter, printable},
};

impl HumanReadable for Page<SavedView> {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        if self.items.is_empty() {
            return writer.line("no views; the page of runs and the page that compares runs save them under Views");
        }
        let rows = self.items.iter().map(|view| {
            vec![
                view.name.as_str().into(),
                view.project.as_str().into(),
                view.page.as_str().into(),
                saved_by(view).into(),
                Field::Dim(formats::ago(&view.saved, writer.now)),
            ]
        });
        let rows = rows.collect();
        writer.table(&["NAME", "PROJECT", "PAGE", "SAVED BY", "SAVED"], rows)
    }
}

fn saved_by(view: &SavedView) -> String {
    view.saved_by.name.clone().unwrap_or_else(|| view.saved_by.id.clone())
}

/// One view, with the address of its page.
#[derive(Debug, Serialize)]
pub struct ViewShown {
    #[serde(flatten)]
    pub view: SavedView,
    pub url: String,
}

impl HumanReadable for ViewShown {
    const SCHEMA: Option<&'static str> = Some("hven.view/1");

    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let Self { view, url } = self;
        writer.line(&format!("view {} of {}  ({})", printable(&view.name), view.project, view.page))?;
        writer.line(&format!("saved by {} {}", printable(&saved_by(view)), formats::ago(&view.saved, writer.now)))?;
        for (name, value) in &view.state {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            writer.line(&format!("  {}: {}", printable(name), printable(&text)))?;
        }
        writer.line(url)
    }
}
