//! Describes unsound nodes and asserted independence in a publication.

use hven_core::{
    publication::description::{Independence, Notice, Override, Person, PublishedSoundness},
    soundness::{NodeId, Soundness},
};

use crate::{
    kernel::{error::AppResult, soundness},
    publish::publications::gather::{Gatherer, PublishedNodes, named},
};

impl Gatherer<'_> {
    pub(super) async fn notices(
        &mut self,
        nodes: &PublishedNodes,
        publisher: &Person,
        despite: Option<&str>,
    ) -> AppResult<Vec<Notice>> {
        let ids: Vec<NodeId> = nodes.0.iter().map(|(node, _)| *node).collect();
        let mut notices = Vec::new();
        for ((node, name), stands) in nodes.0.iter().zip(soundness::of(self.publish, &ids).await?) {
            let standing = match stands {
                Soundness::Sound => continue,
                Soundness::Suspect => PublishedSoundness::Suspect,
                Soundness::Retracted => PublishedSoundness::Retracted,
            };
            let said = soundness::why(self.publish, self.caller, *node).await?.to_string();
            let cause = self.publish.ports.views.cause(*node).await?.pop();
            let retraction = match cause {
                Some(cause) => self.publish.ports.views.retraction(cause).await?,
                None => None,
            };
            let overridden = despite.map(|because| Override {
                by: publisher.clone(),
                because: because.trim().to_owned(),
                at: self.publish.now(),
            });
            notices.push(Notice {
                about: name.clone(),
                standing,
                because: said,
                by: match &retraction {
                    Some(retraction) => self.person(retraction.by).await?,
                    None => None,
                },
                at: retraction.map_or_else(|| self.publish.now(), |retraction| retraction.time),
                overridden,
            });
        }
        Ok(notices)
    }

    pub(super) async fn independences(&mut self, nodes: &PublishedNodes) -> AppResult<Vec<Independence>> {
        let mut found = Vec::new();
        for (node, name) in &nodes.0 {
            for view in self.publish.ports.views.independences(*node).await? {
                if let (true, Some(on)) = (view.of == *node, nodes.name(view.on)) {
                    let by = self.person(view.by).await?;
                    found.push(Independence {
                        of: name.clone(),
                        on: on.to_owned(),
                        by: by.unwrap_or_else(|| named("nobody")),
                        because: view.because.unwrap_or_else(|| soundness::REASON_ERASED.to_owned()),
                        at: view.time,
                    });
                }
            }
        }
        Ok(found)
    }
}
