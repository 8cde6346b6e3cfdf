//! The import of a publication from another home: complete or not at all, only once, and with withheld objects known only by
//! their digests.

use futures::{StreamExt, stream};
use hven_app::{
    Admission, AppError, AppResult, Caller, ancestry,
    claims::{self, ClaimStanding},
    objects,
    ports::{
        Catalogue, Objects, Press, Record, Series,
        objects::{Arrival, Presence},
        press::PressedPublication,
    },
    publications::{
        self,
        import::{self, ImportResult},
    },
    repair, reproduce, soundness,
};
use hven_core::{
    AttemptId, Digest, RunId, TokenId, UserId,
    access::{Grant, Role, RoleGranted, Scope, TokenIssued},
    claim::Verdict,
    publication::description::{Publication, Withheld},
    run::Number,
    soundness::Soundness,
};

use crate::{
    events::file,
    kepler::verdict,
    world::{BEN, KEPLER, World, ada, ben, project},
};

const TEST: &str = "abs(exponent - 1.5) < 0.01";

/// A publication and the home that made it.
struct Sent {
    from: World,
    publication: Publication,
    pressed: PressedPublication,
    law: RunId,
}

impl Sent {
    /// Another home has found, judged and published the third law, without the bytes in `withheld`.
    async fn holding_back(withheld: &[(Digest, Withheld)]) -> Self {
        let from = World::new().await;
        let planets = from.planets("a,b").await;
        let law = from.law(&planets, 1.5).await;
        from.claims("kepler3", TEST, &["run.law"]).await;
        from.judges("kepler3").await;
        from.press.withheld.lock().unwrap().extend(withheld.iter().cloned());
        Self::of(from, law).await
    }

    async fn of(from: World, law: RunId) -> Self {
        let request = publications::PublishRequest {
            claims: vec!["kepler3".to_owned()],
            ..publications::PublishRequest::default()
        };
        publications::publish(&from.app, &ada(), None, request).await.unwrap();
        let (publication, pressed) = from.press.made.lock().unwrap().clone().unwrap();
        Self { from, publication, pressed, law }
    }

    /// The objects that belong to the publication.
    fn objects(&self) -> Vec<Digest> {
        let said = &self.publication;
        let of_runs = said.runs.iter().flat_map(|run| run.inputs.iter().chain(&run.outputs).map(|file| file.digest));
        let of_data =
            said.datasets.iter().flat_map(|one| one.source.iter().map(|source| source.digest).chain(one.report));
        let held = of_runs.chain(of_data).filter(|digest| !said.withheld.contains_key(digest));
        held.chain([self.pressed.fingerprint, self.pressed.description]).collect()
    }

    async fn bytes(&self, digest: Digest) -> bytes::Bytes {
        Objects::head(&*self.from.home, digest, 1 << 20).await.unwrap().unwrap()
    }

    /// Uploads the objects to a home, except `but_for`.
    async fn sent_to(&self, to: &World, but_for: &[Digest]) {
        for digest in self.objects().into_iter().filter(|digest| !but_for.contains(digest)) {
            to.home.put(self.bytes(digest).await).await.unwrap();
        }
    }

    fn request(&self) -> import::ImportRequest {
        let PressedPublication { fingerprint, description, .. } = self.pressed;
        import::ImportRequest { fingerprint, description, project: None }
    }

    async fn imported_into(&self, to: &World) -> ImportResult {
        self.sent_to(to, &[]).await;
        import_as(to, &ada(), self.request()).await.unwrap()
    }
}

async fn import_as(to: &World, caller: &Caller, request: import::ImportRequest) -> AppResult<ImportResult> {
    import::import(&to.app, caller, None, request).await.map(|imported| imported.of)
}

#[tokio::test]
async fn an_import_has_the_findings_of_the_other_home() {
    let sent = Sent::holding_back(&[]).await;
    let here = World::new().await;
    let imported = sent.imported_into(&here).await;
    assert!(imported.is_new);
    assert_eq!((imported.datasets, imported.claims), (vec!["planets@1".to_owned()], vec!["kepler3".to_owned()]));
    let runs: Vec<RunId> = imported.runs.iter().map(|run| run.id).collect();
    assert_eq!(runs, sent.publication.runs.iter().map(|run| run.id).collect::<Vec<_>>(), "they keep their ids");
    let recorded = imported.import.imported;
    assert_eq!((recorded.publisher.as_str(), recorded.version, recorded.project), ("Ada", 1, project(KEPLER)));

    let there = sent.from.view(sent.law).await;
    let law = here.view(sent.law).await;
    assert_eq!((&law.result.as_ref().unwrap().outputs, law.attempts), (&there.result.unwrap().outputs, 0));
    assert_ne!(law.spec().unwrap().recipe, None);
    let measured = here.home.summaries(AttemptId { run: sent.law, number: 1 }).await.unwrap();
    assert_eq!((measured[0].key.as_str(), measured[0].last), ("exponent", Number(1.5)));
    let (before, now) = (sent.from.newest_planets().await.version, here.newest_planets().await.version);
    assert_eq!((now.dataset, &now.content, now.rows), (before.dataset, &before.content, 3));

    let detail = claims::detail(&here.app, &ada(), "kepler3", None).await.unwrap().of;
    assert_eq!((verdict(&detail.now.claim), detail.now.standing), (Some(Verdict::Holds), ClaimStanding::Judged));
    assert_eq!(detail.origin.unwrap().import.imported.fingerprint, sent.pressed.fingerprint);
    let rests_on = |world: &World| {
        let app = std::sync::Arc::clone(&world.app);
        async move { ancestry::of(&app, &ada(), "claim/kepler3", None).await.unwrap().rests_on.len() }
    };
    assert_eq!(rests_on(&here).await, rests_on(&sent.from).await);
    let found = here.home.verify(true).await.unwrap();
    assert!(found.is_sound() && found.objects.absent == 0, "{found:?}");
}

#[tokio::test]
async fn the_same_publication_again_changes_nothing() {
    let sent = Sent::holding_back(&[]).await;
    let here = World::new().await;
    sent.sent_to(&here, &[]).await;
    let caller = ada();
    let (first, second) =
        tokio::join!(import_as(&here, &caller, sent.request()), import_as(&here, &caller, sent.request()));
    assert_eq!([first.unwrap().is_new, second.unwrap().is_new].iter().filter(|is_new| **is_new).count(), 1);
    let head = here.home.head();
    let third = import_as(&here, &ada(), sent.request()).await.unwrap();
    assert!(!third.is_new && third.runs.is_empty());
    assert_eq!(here.home.head(), head);
}

#[tokio::test]
async fn a_kill_at_any_moment_leaves_all_of_it_or_nothing() {
    let sent = Sent::holding_back(&[]).await;
    let mut here = World::new().await;
    sent.sent_to(&here, &[]).await;
    let mut kills = 0;
    loop {
        let imported = crate::events::killed_after(kills, import_as(&here, &ada(), sent.request())).await;
        let counts = ["crate.imported", "claim.judged", "dataset.version_added", "run.submitted"];
        let mut found = Vec::new();
        for kind in counts {
            found.push(here.count(kind).await);
        }
        assert!(found == [0, 0, 0, 0] || found == [1, 1, 1, 2], "after {kills} polls: {found:?}");
        if let Some(imported) = imported {
            imported.unwrap();
            break;
        }
        here = here.after_a_kill().await;
        kills += 1;
    }
    assert!(kills >= 3, "it was killed on its way");
    let points = here.home.points(AttemptId { run: sent.law, number: 1 }, "exponent").await.unwrap();
    assert_eq!(points.len(), 1, "points of a try that was killed are not there twice");
}

#[tokio::test]
async fn an_incomplete_publication_leaves_nothing_behind() {
    let sent = Sent::holding_back(&[]).await;
    let here = World::new().await;
    let output = sent.publication.runs[1].outputs[0].clone();
    sent.sent_to(&here, &[output.digest, sent.pressed.description]).await;
    let head = here.home.head();
    let refused = async |request| import_as(&here, &ada(), request).await.unwrap_err();
    assert_eq!(refused(sent.request()).await.code(), "not_found", "its description is not there");
    here.home.put(sent.bytes(sent.pressed.description).await).await.unwrap();
    let missing = refused(sent.request()).await;
    assert!(matches!(&missing, AppError::ObjectMissing { path, .. } if *path == output.path), "{missing}");
    let absent = import::ImportRequest { fingerprint: Digest::of(b"nothing"), ..sent.request() };
    assert_eq!(refused(absent).await.code(), "not_found");
    // The manifest names another description.
    let other = here.put("publication.json", "{}").await.digest;
    let exchanged = refused(import::ImportRequest { description: other, ..sent.request() }).await;
    assert!(exchanged.to_string().contains("is not the one that its manifest names"), "{exchanged}");
    assert_eq!(here.home.head(), head, "nothing was recorded");
}

type Change = fn(&mut Publication);

#[tokio::test]
async fn an_impossible_description_is_refused() {
    let sent = Sent::holding_back(&[]).await;
    let changes: [(Change, &str); 7] = [
        (|said| said.format = "hven.publication/2".to_owned(), "and not \"hven.publication/1\""),
        (|said| said.claims.clear(), "holds no claim"),
        (|said| said.claims[0].test = "abs(".to_owned(), "the test cannot be read"),
        (|said| said.claims[0].project = "a//b".to_owned(), "a//b"),
        (|said| said.runs[1].outputs[0].path = "a\0b".to_owned(), "NUL"),
        (|said| said.runs[1].metrics.extend([("\n".to_owned(), Number(1.0))]), "\\n"),
        (|said| said.datasets[0].name = "no name".to_owned(), "no name"),
    ];
    for (change, expected) in changes {
        let here = World::new().await;
        sent.sent_to(&here, &[]).await;
        let head = here.home.head();
        let mut said = sent.publication.clone();
        change(&mut said);
        let pressed = here.press.press(said).await.unwrap();
        let (fingerprint, description) = (pressed.fingerprint, pressed.description);
        let request = import::ImportRequest { fingerprint, description, project: None };
        let refused = import_as(&here, &ada(), request).await.unwrap_err().to_string();
        assert!(refused.contains(expected), "{refused} does not contain {expected}");
        assert_eq!(here.home.head(), head);
    }
}

#[tokio::test]
async fn withheld_bytes_are_known_only_by_their_digest() {
    let source = file("planets.csv", "a,b").digest;
    let why = Withheld::Licence { license: None, why: "its licence is not known".to_owned() };
    let sent = Sent::holding_back(&[(source, why)]).await;
    let here = World::new().await;
    let imported = sent.imported_into(&here).await;
    assert_eq!(here.home.presence(source).await.unwrap(), Presence::Absent);
    assert_eq!(here.newest_planets().await.version.source.unwrap().digest, source);
    let found = here.home.verify(true).await.unwrap();
    assert!(found.is_sound() && found.objects.absent >= 1, "{:?}", found.objects);
    // A reproduction needs the bytes and names them.
    let import = imported.runs[0].id;
    let request = reproduce::ReproduceRequest::default();
    let started = reproduce::start(&here.app, &ada(), None, &import.to_string(), request).await.unwrap().of;
    let reproduce::ReproduceStart::Cannot(cannot) = started else { panic!("it has nothing to read") };
    let because = cannot.view.reproduced.because.unwrap();
    assert!(because.contains("are not in the store") && because.contains(&source.to_string()), "{because}");
}

#[tokio::test]
async fn an_import_recognises_existing_nodes_and_changes_none() {
    let sent = Sent::holding_back(&[]).await;
    // The import goes into the home that made the publication.
    let head = sent.from.home.head().seq;
    let imported = import_as(&sent.from, &ada(), sent.request()).await.unwrap();
    assert_eq!((imported.runs.len(), imported.datasets.len(), imported.claims.len()), (0, 0, 0));
    assert_eq!(sent.from.home.head().seq, head + 1, "only that it came");
    assert_eq!(imported.import.imported.nodes, []);
    // A run with the same id and other outputs is another run.
    let here = World::new().await;
    sent.imported_into(&here).await;
    let mut said = sent.publication.clone();
    said.runs[1].outputs[0].digest = Digest::of(b"forged");
    here.put("forged", "forged").await;
    let pressed = here.press.press(said).await.unwrap();
    let request =
        import::ImportRequest { fingerprint: pressed.fingerprint, description: pressed.description, project: None };
    let refused = import_as(&here, &ada(), request).await.unwrap_err();
    assert!(refused.to_string().contains("has the id of another that is here already"), "{refused}");
}

#[tokio::test]
async fn a_claim_of_the_same_name_keeps_its_place() {
    let sent = Sent::holding_back(&[]).await;
    let here = World::new().await;
    here.planets("c,d").await;
    here.ran("fit", &[], &[]).await;
    here.claims("kepler3", "exponent > 0", &["run.law"]).await;
    sent.sent_to(&here, &[]).await;
    let refused = import_as(&here, &ada(), sent.request()).await.unwrap_err();
    assert!(refused.to_string().contains("bring it into another project with --project"), "{refused}");
    let elsewhere = import::ImportRequest { project: Some(project("astro/imported")), ..sent.request() };
    let imported = import_as(&here, &ada(), elsewhere).await.unwrap();
    assert_eq!((imported.datasets, imported.claims), (vec!["planets@1".to_owned()], vec!["kepler3".to_owned()]));
    assert_eq!(imported.import.imported.project, project("astro/imported"));
    let own = claims::detail(&here.app, &ada(), "kepler3", Some(&project(KEPLER))).await.unwrap().of.now;
    assert_eq!((own.standing, own.claim.stated.test.as_str()), (ClaimStanding::NotJudged, "exponent > 0"));
}

#[tokio::test]
async fn a_dataset_with_a_used_name_becomes_its_next_version() {
    let sent = Sent::holding_back(&[]).await;
    let here = World::new().await;
    let own = here.planets("c,d").await;
    let imported = sent.imported_into(&here).await;
    assert_eq!(imported.datasets, ["planets@2"]);
    let newest = here.newest_planets().await.version;
    assert_eq!((newest.version, newest.dataset), (2, sent.publication.datasets[0].id.unwrap()));
    assert!(here.home.dataset(own.version.dataset).await.unwrap().is_some());
}

#[tokio::test]
async fn a_retraction_comes_with_the_import_and_can_be_repaired() {
    let from = World::new().await;
    let planets = from.planets("a,b").await;
    let law = from.law(&planets, 1.5).await;
    from.claims("kepler3", TEST, &["run.law"]).await;
    from.judges("kepler3").await;
    from.retracts("planets@1").await;
    let request = publications::PublishRequest {
        claims: vec!["kepler3".to_owned()],
        despite_suspicion: Some("to show what was wrong".to_owned()),
        ..publications::PublishRequest::default()
    };
    publications::publish(&from.app, &ada(), None, request).await.unwrap();
    let (publication, pressed) = from.press.made.lock().unwrap().clone().unwrap();
    let sent = Sent { from, publication, pressed, law };
    let here = World::new().await;
    sent.imported_into(&here).await;
    assert_eq!(soundness::of_one(&here.app, law).await.unwrap(), Soundness::Suspect);
    let detail = soundness::detail(&here.app, &ada(), "planets@1", None).await.unwrap();
    let (retraction, _) = detail.retraction.unwrap();
    let because = "retracted by Ada on 2026-01-01 00:00 UTC: the units were wrong (as the publication of Ada says)";
    assert_eq!(retraction.because.as_deref(), Some(because));
    // The imported run is a recipe, so a repair can run it here.
    let run = here.imports("planets", "m").await;
    let made = [("table.parquet", "table of m"), ("report.json", &crate::kepler::report(3, &[]))];
    here.makes(run, &made).await;
    hven_app::recipe_results::dataset_of_run(&here.app, &ada(), &run.to_string()).await.unwrap();
    let request =
        repair::RepairRequest { of: "planets@1".to_owned(), with: Some("planets@2".to_owned()), project: None };
    let plan = repair::find_steps::plan(&here.app, &ada(), &request).await.unwrap();
    let progress: Vec<_> = plan.steps.iter().map(|step| step.progress).collect();
    assert_eq!(progress, [repair::StepProgress::Ready, repair::StepProgress::Waiting]);
}

#[tokio::test]
async fn only_a_member_of_the_target_project_imports() {
    let sent = Sent::holding_back(&[]).await;
    let here = World::new().await;
    sent.sent_to(&here, &[]).await;
    let grant = |role, scope| Grant { scope, role, may_run_as_server: false };
    let looks_everywhere = |also: Vec<Grant>| Caller::User {
        id: UserId::from_u128(BEN),
        grants: [vec![grant(Role::Viewer, Scope::Home)], also].concat(),
    };
    let code = async |caller: Caller, to: Option<&str>| {
        let request = import::ImportRequest { project: to.map(project), ..sent.request() };
        import_as(&here, &caller, request).await.map_err(|refused| refused.code()).map(|imported| imported.is_new)
    };
    let of_bio = looks_everywhere(vec![grant(Role::Member, Scope::Project(project("bio")))]);
    assert_eq!(code(looks_everywhere(vec![]), None).await, Err("access.denied"));
    assert_eq!(code(of_bio.clone(), None).await, Err("access.denied"), "it says astro/kepler");
    assert_eq!(code(ben(Role::Member, "bio"), Some("astro")).await, Err("not_found"));
    assert_eq!(code(ben(Role::Viewer, "bio"), Some("bio")).await, Err("access.denied"));
    // A user without a role in the whole home can name only objects that he uploaded.
    assert_eq!(code(ben(Role::Member, "bio"), Some("bio")).await, Err("not_found"));
    assert_eq!(here.count("crate.imported").await, 0);
    assert_eq!(code(of_bio, Some("bio/kepler")).await, Ok(true));
}

#[tokio::test]
async fn a_withheld_digest_gives_no_access_to_hidden_bytes() {
    let (source, secret) = (file("planets.csv", "a,b"), "bytes of another project");
    let why = Withheld::Decided { why: "not yet".to_owned() };
    let mut sent = Sent::holding_back(&[(source.digest, why.clone())]).await;
    let here = World::new().await;
    // The bytes exist here, in a project that Ben cannot see.
    let hidden = here.put("secret", secret).await;
    let run = here.submit(crate::events::command("read", vec![hidden.clone()], &[])).await;
    here.makes(run, &[]).await;
    // A forged publication names them as withheld.
    for run in &mut sent.publication.runs {
        for input in run.inputs.iter_mut().filter(|input| input.digest == source.digest) {
            input.digest = hidden.digest;
        }
    }
    sent.publication.datasets[0].source = Some(hidden.clone());
    sent.publication.withheld = [(hidden.digest, why)].into();
    sent.pressed = sent.from.press.press(sent.publication.clone()).await.unwrap();

    let token = "a token of this test";
    let user = UserId::from_u128(BEN);
    let bio = Scope::Project(project("bio"));
    here.record([RoleGranted { project: bio, user, role: Role::Member, may_run_as_server: false }]).await;
    let issued = TokenIssued {
        token: TokenId::from_u128(5),
        user,
        name: "laptop".to_owned(),
        digest: Digest::of(token.as_bytes()),
        expires: None,
    };
    here.record([issued]).await;
    let admission = Admission::of(&here.app, token).await.unwrap();
    for digest in sent.objects() {
        let bytes = stream::iter([Ok(sent.bytes(digest).await)]).boxed();
        objects::receive(&here.app.kernel, &admission, digest, Arrival::rest(0), bytes).await.unwrap();
    }
    let request = import::ImportRequest { project: Some(project("bio")), ..sent.request() };
    let imported = import_as(&here, &admission.caller, request).await.unwrap();
    let named = here.view(imported.runs[0].id).await.spec().unwrap().inputs[0].clone();
    assert_ne!(named.digest, hidden.digest, "something else stands in its place");
    let name = imported.runs[0].id.to_string();
    let opened = hven_app::files::open(&here.app, &admission.caller, &name, &named.path).await;
    assert_eq!(opened.unwrap_err().code(), "not_found");
    assert_eq!(objects::presence(&here.app, &admission.caller, hidden.digest).await.unwrap(), Presence::Absent);
}
