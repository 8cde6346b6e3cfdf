//! Converts the result of an audit to wire types. The command line also uses this, for a home that no server has open.

use hven_api::facts as wire;
use hven_app::ports::record::{ReadSoFar, Verification};

pub fn audit(found: Verification) -> wire::Audit {
    let sound = found.is_sound();
    let objects = found.objects;
    wire::Audit {
        schema: "hven.audit/1".to_owned(),
        sound,
        facts: found.facts,
        erased: found.erased,
        head: found.head.to_string(),
        broken: found.broken.map(|(seq, why)| wire::BrokenFact { seq, why }),
        objects_named: objects.named,
        objects_checked: objects.checked,
        bytes_checked: objects.bytes,
        objects_absent: objects.absent,
        objects_waiting: objects.waiting,
        objects_damaged: objects
            .damaged
            .into_iter()
            .map(|object| wire::DamagedObject { digest: object.digest.to_string(), why: object.why, what: object.what })
            .collect(),
        unreadable: found
            .unreadable
            .into_iter()
            .map(|one| wire::UnreadableFact { seq: one.seq, kind: one.kind, why: one.why })
            .collect(),
        unreadable_total: found.unreadable_total,
    }
}

pub(crate) fn progress(so_far: ReadSoFar) -> wire::AuditProgress {
    let ReadSoFar { objects, objects_of, bytes, bytes_of } = so_far;
    wire::AuditProgress { objects, objects_of, bytes, bytes_of }
}
