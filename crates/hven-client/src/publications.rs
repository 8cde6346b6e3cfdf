//! Publications: plans, creates, downloads and imports them.

use std::io;

use hven_api::{
    page::Page,
    publications::{
        CrateImported, ImportCrate, PublicationDetail, PublicationPlan, PublicationSummary, Publish, Published,
    },
};
use ureq::http::Method;

use crate::{
    Client, ListQuery, Result,
    query::{Query, escape},
    transport::{Call, LONG_READ_TIMEOUT, copy, encode},
};

impl Client {
    /// The planned content of a publication.
    pub fn publication_plan(&self, publish: &Publish) -> Result<PublicationPlan> {
        self.post("/publications/plan", publish)
    }

    /// Creates a publication; a large one takes long.
    pub fn publish(&self, publish: &Publish) -> Result<Published> {
        self.long_post("/publications", &encode(publish)?)
    }

    pub fn publications(&self, wanted: &ListQuery, claim: Option<&str>) -> Result<Page<PublicationSummary>> {
        let path = wanted.below("/publications");
        let Some(claim) = claim else { return self.get(path) };
        let joint = if path.contains('?') { '&' } else { '?' };
        self.get(format!("{path}{joint}claim={}", escape(claim)))
    }

    /// A version by its id, `NAME` (the newest) or `NAME@VERSION`.
    pub fn publication(&self, publication: &str, project: Option<&str>) -> Result<PublicationDetail> {
        self.get(of(publication, "", project))
    }

    /// Writes the zip file to `sink`; returns its size in bytes.
    pub fn publication_archive(&self, id: &str, sink: &mut dyn io::Write) -> Result<u64> {
        let (response, url) = self.request(&Call::new(Method::GET, of(id, "/archive", None)))?;
        copy(response, url, sink)
    }

    /// Imports a publication whose objects were already sent.
    pub fn import_crate(&self, import: &ImportCrate) -> Result<CrateImported> {
        self.long_post("/crates", &encode(import)?)
    }

    fn long_post<T: serde::de::DeserializeOwned>(&self, path: &str, json: &[u8]) -> Result<T> {
        let mut call = Call::new(Method::POST, path);
        call.json = Some(json);
        call.read_timeout = LONG_READ_TIMEOUT;
        self.answer(&call)
    }
}

fn of(publication: &str, below: &str, project: Option<&str>) -> String {
    let publication = publication.strip_prefix("publication/").unwrap_or(publication);
    let mut query = Query::default();
    query.add_some("project", project);
    query.below(&format!("/publications/{}{below}", escape(publication)))
}
