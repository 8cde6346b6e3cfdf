//! Publications: versions, permanent edges, and the origins of imported publications.

use hven_app::ports::{
    Lineages, Publications,
    publications::PublicationView,
    soundness::Direction,
    views::{ListFilter, ListQuery},
};
use hven_core::{
    Digest, Fact, PublicationId,
    access::Scope,
    name::Name,
    publication::{Imported, ImportedNode, PublicationMade},
    soundness::NodeId,
};

use crate::{
    facts::{batch, run_id},
    lineage::{claim_id, judged, makes, reads, retracted, soundness, study},
    world::{Add, World, assert_views_follow_facts, wait},
};

pub fn publication_id(n: u64) -> PublicationId {
    PublicationId::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 + u128::from(n))
}

pub fn made(n: u64, version: u32, runs: &[u64]) -> Fact {
    PublicationMade {
        publication: publication_id(n),
        project: "astro/exoplanets".parse().unwrap(),
        name: "kepler3".parse().unwrap(),
        version,
        supersedes: (version > 1).then(|| publication_id(n - 1)),
        identifier: "urn:uuid:019b7e1c-2a00-7000-8000-00000000c0de".to_owned(),
        title: format!("Planets, number {version}"),
        claims: vec![claim_id(0)],
        evidence: runs.iter().map(|run| run_id(*run)).collect(),
        state: Digest::of(&version.to_be_bytes()),
        fingerprint: Digest::of(b"manifest"),
        archive: Digest::of(b"zip"),
        archive_bytes: 3,
        page: Digest::of(b"page"),
        description: Digest::of(b"description"),
        files: 20,
        bytes: 1000,
        withheld: Vec::new(),
    }
    .into()
}

fn versions(found: &[PublicationView]) -> Vec<(u32, bool)> {
    found.iter().map(|one| (one.made.version, one.newest)).collect()
}

pub fn publications_are_listed_by_version(world: &World) {
    let home = world.open();
    let name: Name = "kepler3".parse().unwrap();
    let project = "astro/exoplanets".parse().unwrap();
    wait(async {
        home.add(batch(study())).await.unwrap();
        home.add(batch([made(0, 1, &[2]), made(1, 2, &[2])])).await.unwrap();
        let newest = home.publications_named(&name, None).await.unwrap();
        assert_eq!(versions(&newest), [(2, true)]);
        assert_eq!(versions(&home.publications_named(&name, Some(1)).await.unwrap()), [(1, false)]);
        assert_eq!(versions(&home.publication_versions(&project, &name).await.unwrap()), [(2, true), (1, false)]);
        assert_eq!(versions(&home.publications_of(claim_id(0)).await.unwrap()), [(2, true), (1, false)]);
        assert_eq!(home.publication(publication_id(0)).await.unwrap().unwrap().made.version, 1);
        assert!(home.publication(publication_id(7)).await.unwrap().is_none());
        let query = |limit, cursor| {
            let filter = ListFilter { limit, cursor, ..ListFilter::default() };
            ListQuery { scopes: vec![Scope::Home], filter }
        };
        let first = home.publications(&query(1, None), None).await.unwrap();
        assert_eq!(versions(&first.items), [(2, true)]);
        let second = home.publications(&query(1, first.next), None).await.unwrap();
        assert_eq!((versions(&second.items), second.next), (vec![(1, false)], None));
        let count = async |query: &ListQuery, claim| home.publications(query, claim).await.unwrap().items.len();
        let all = query(10, None);
        let worded = ListFilter { words: vec!["NUMBER 1".to_owned()], ..all.filter.clone() };
        assert_eq!(count(&ListQuery { filter: worded, ..all.clone() }, None).await, 1);
        assert_eq!(count(&all, Some(claim_id(1))).await, 0);
        assert_eq!(count(&all, Some(claim_id(0))).await, 2);
        assert_eq!(count(&ListQuery { scopes: Vec::new(), ..all }, None).await, 0);
    });
    assert_views_follow_facts(&home);
}

/// A repaired claim is sound again; an earlier publication of it still rests on the old run.
pub fn a_publication_rests_on_the_evidence_at_its_time(world: &World) {
    let home = world.open();
    let [old, new] = [0, 1].map(|n| NodeId::from(publication_id(n)));
    let claim = NodeId::from(claim_id(0));
    wait(async {
        home.add(batch(study())).await.unwrap();
        home.add(batch([made(0, 1, &[2])])).await.unwrap();
        assert_eq!(home.direct_sources(old).await.unwrap(), [run_id(2).into(), claim]);
        home.add(batch([retracted(run_id(1))])).await.unwrap();
        assert_eq!(soundness(&home, &[claim, old]).await, ["suspect", "suspect"]);
        let reach = home.reach(run_id(1).into(), Direction::Consequences, 0, 10).await.unwrap();
        assert_eq!((reach.runs, reach.claims, reach.publications), (1, 1, 1));
        home.add(batch([reads(6, &["raw"]), makes(6, &["better"]), judged(0, 1, &[6]), made(1, 2, &[6])]))
            .await
            .unwrap();
        assert_eq!(soundness(&home, &[claim, old, new]).await, ["sound", "suspect", "sound"]);
        home.add(batch([retracted(new)])).await.unwrap();
        assert_eq!(soundness(&home, &[new]).await, ["retracted"]);
    });
    assert_views_follow_facts(&home);
}

pub fn an_imported_publication_names_its_origin(world: &World) {
    let home = world.open();
    let imported = Imported {
        fingerprint: Digest::of(b"manifest"),
        identifier: "urn:uuid:x".to_owned(),
        version: 3,
        title: "Planets".to_owned(),
        publisher: "Mira".to_owned(),
        description: Digest::of(b"description"),
        project: "astro/exoplanets".parse().unwrap(),
        nodes: vec![
            ImportedNode { node: run_id(2).into(), name: "7Q2M".to_owned() },
            ImportedNode { node: claim_id(0).into(), name: "kepler3".to_owned() },
        ],
    };
    wait(async {
        home.add(batch(study().into_iter().chain([imported.clone().into()]))).await.unwrap();
        let found = home.imported(imported.fingerprint).await.unwrap().unwrap();
        assert_eq!(found.imported, imported);
        assert!(home.imported(Digest::of(b"other")).await.unwrap().is_none());
        for (node, is_from_there) in
            [(NodeId::from(run_id(2)), true), (claim_id(0).into(), true), (run_id(1).into(), false)]
        {
            assert_eq!(home.origin(node).await.unwrap().is_some(), is_from_there, "{node}");
        }
        // A node that a later publication also contains still comes from the first one.
        let later = Imported { fingerprint: Digest::of(b"later"), version: 4, ..imported };
        home.add(batch([later])).await.unwrap();
        assert_eq!(home.origin(run_id(2).into()).await.unwrap().unwrap().imported.version, 3);
    });
    assert_views_follow_facts(&home);
}
