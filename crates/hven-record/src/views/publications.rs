//! Versions of publications with their claims, and imported publications.

use hven_app::ports::{
    StoreResult,
    publications::{ImportView, PublicationView},
    views::{ListQuery, Page},
};
use hven_core::{ClaimId, Digest, Fact, PublicationId, name::Name, project::ProjectPath, soundness::NodeId};

use super::{
    Changes, Edges, Seen, Table, View,
    conditions::{Conditions, newest_first},
    kinds,
    lineage::add_with_named,
};
use crate::{
    facts,
    sql::{
        ColumnKind::{Bytes, Int, Text},
        Connection, Row, SqlResult, Value, keys,
    },
};

pub(crate) struct Publications;

const TABLES: &[Table] = &[
    Table {
        name: "publications",
        columns: &[
            ("id", Bytes),
            ("seq", Int),
            ("project", Text),
            ("name", Text),
            ("version", Int),
            ("archive", Bytes),
            ("search", Text),
        ],
        definition: "PRIMARY KEY (id)) {by key}",
        indexes: &[
            "publications_name ON publications (name, project, version)",
            "publications_seq ON publications (seq)",
        ],
        key_columns: 1,
    },
    Table {
        name: "publication_claims",
        columns: &[("claim", Bytes), ("publication", Bytes)],
        definition: "PRIMARY KEY (claim, publication)) {by key}",
        indexes: &[],
        key_columns: 2,
    },
    Table {
        name: "crate_imports",
        columns: &[("fingerprint", Bytes), ("seq", Int)],
        definition: "PRIMARY KEY (fingerprint)) {by key}",
        indexes: &[],
        key_columns: 1,
    },
    Table {
        name: "crate_nodes",
        columns: &[("node", Bytes), ("seq", Int)],
        definition: "PRIMARY KEY (node)) {by key}",
        indexes: &[],
        key_columns: 1,
    },
];

impl View for Publications {
    fn name(&self) -> &'static str {
        "publications"
    }
    fn version(&self) -> u32 {
        1
    }
    fn tables(&self) -> &'static [Table] {
        TABLES
    }
    fn kinds(&self) -> &'static [&'static str] {
        kinds![PublicationMade, CrateImported]
    }
    fn edges(&self) -> Option<&'static Edges> {
        Some(&EDGES)
    }

    fn apply(&self, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<()> {
        let sql = &mut *changes.sql;
        match seen.fact {
            Some(Fact::PublicationMade(made)) => {
                let publication = made.publication.to_bytes();
                let search = format!("{} {} {}", made.name, made.project, made.title).to_lowercase();
                sql.execute(
                    "INSERT INTO publications (id, seq, project, name, version, archive, search) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO NOTHING",
                    &[
                        (&publication).into(),
                        seen.seq().into(),
                        made.project.as_str().into(),
                        made.name.as_str().into(),
                        made.version.into(),
                        made.archive.as_bytes().into(),
                        (&search).into(),
                    ],
                )?;
                for claim in &made.claims {
                    sql.execute(
                        "INSERT INTO publication_claims (claim, publication) VALUES (?1, ?2) \
                         ON CONFLICT (claim, publication) DO NOTHING",
                        &[(&claim.to_bytes()).into(), (&publication).into()],
                    )?;
                }
                Ok(())
            }
            Some(Fact::CrateImported(imported)) => {
                sql.execute(
                    "INSERT INTO crate_imports (fingerprint, seq) VALUES (?1, ?2) ON CONFLICT (fingerprint) DO NOTHING",
                    &[imported.fingerprint.as_bytes().into(), seen.seq().into()],
                )?;
                for came in &imported.nodes {
                    sql.execute(
                        "INSERT INTO crate_nodes (node, seq) VALUES (?1, ?2) ON CONFLICT (node) DO NOTHING",
                        &[(&came.node.id().to_be_bytes()).into(), seen.seq().into()],
                    )?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

const EDGES: Edges = Edges { kinds: kinds![PublicationMade], draw };

/// A publication rests on its claims, and for ever on the runs that were their evidence.
fn draw(seen: &Seen<'_>, sql: &mut Connection) -> SqlResult<()> {
    add_with_named(sql, seen, PublicationId::from_u128).map(drop)
}

const COLUMNS: &str = "seq, (SELECT COUNT(*) FROM publications AS later WHERE later.name = publications.name \
                       AND later.project = publications.project AND later.version > publications.version)";

/// The fact of the version, and whether it is the newest version.
fn found(row: &Row<'_>) -> SqlResult<(u64, bool)> {
    Ok((row.uint(0)?, row.int(1)? == 0))
}

fn load(sql: &mut Connection, condition: &str, values: &[Value<'_>]) -> SqlResult<Vec<PublicationView>> {
    let rows = sql.query(&format!("SELECT {COLUMNS} FROM publications {condition}"), values, found)?;
    complete(sql, rows)
}

/// The versions with these ids.
pub(crate) fn many(sql: &mut Connection, publications: &[PublicationId]) -> SqlResult<Vec<PublicationView>> {
    let ids: Vec<[u8; 16]> = publications.iter().map(|publication| publication.to_bytes()).collect();
    let find = format!("SELECT {COLUMNS} FROM publications WHERE id IN ({{keys}}) ORDER BY seq");
    let rows = sql.query_in(&find, &[], &keys(&ids), found)?;
    complete(sql, rows)
}

fn complete(sql: &mut Connection, rows: Vec<(u64, bool)>) -> SqlResult<Vec<PublicationView>> {
    let seqs: Vec<u64> = rows.iter().map(|(seq, _)| *seq).collect();
    let facts = facts::many(sql, &seqs)?;
    let mut found = Vec::with_capacity(rows.len());
    for (seq, newest) in rows {
        let Some(envelope) = facts.get(&seq) else { continue };
        let Some(Fact::PublicationMade(made)) = envelope.readable_fact()? else { continue };
        found.push(PublicationView { made, time: envelope.header.time, by: envelope.header.actor, newest });
    }
    Ok(found)
}

pub(crate) fn one(sql: &mut Connection, publication: PublicationId) -> SqlResult<Option<PublicationView>> {
    Ok(load(sql, "WHERE id = ?1", &[(&publication.to_bytes()).into()])?.pop())
}

pub(crate) fn named(sql: &mut Connection, name: &Name, version: Option<u32>) -> SqlResult<Vec<PublicationView>> {
    if let Some(version) = version {
        let condition = "WHERE name = ?1 AND version = ?2 ORDER BY project";
        return load(sql, condition, &[name.as_str().into(), version.into()]);
    }
    let mut found = load(sql, "WHERE name = ?1 ORDER BY project, version", &[name.as_str().into()])?;
    found.retain(|publication| publication.newest);
    Ok(found)
}

pub(crate) fn versions(sql: &mut Connection, project: &ProjectPath, name: &Name) -> SqlResult<Vec<PublicationView>> {
    let condition = "WHERE project = ?1 AND name = ?2 ORDER BY version DESC";
    load(sql, condition, &[project.as_str().into(), name.as_str().into()])
}

pub(crate) fn page(
    sql: &mut Connection,
    query: &ListQuery,
    claim: Option<ClaimId>,
) -> StoreResult<Page<PublicationView>> {
    let mut conditions = Conditions::default();
    if let Some(claim) = claim {
        conditions.of_claim(claim);
    }
    newest_first(sql, "publications", query, conditions, load)
}

pub(crate) fn of_claim(sql: &mut Connection, claim: ClaimId) -> SqlResult<Vec<PublicationView>> {
    let condition = "WHERE id IN (SELECT publication FROM publication_claims WHERE claim = ?1) ORDER BY seq DESC";
    load(sql, condition, &[(&claim.to_bytes()).into()])
}

fn import(sql: &mut Connection, find: &str, key: &[u8]) -> SqlResult<Option<ImportView>> {
    let found = facts::load_mapped(sql, find, &[Value::Bytes(key)], |fact, time, by| match fact {
        Fact::CrateImported(imported) => Some(ImportView { imported, time, by }),
        _ => None,
    })?;
    Ok(found.into_iter().next())
}

pub(crate) fn imported(sql: &mut Connection, fingerprint: Digest) -> SqlResult<Option<ImportView>> {
    import(sql, "SELECT seq FROM crate_imports WHERE fingerprint = ?1", fingerprint.as_bytes())
}

pub(crate) fn origin(sql: &mut Connection, node: NodeId) -> SqlResult<Option<ImportView>> {
    import(sql, "SELECT seq FROM crate_nodes WHERE node = ?1", &node.id().to_be_bytes())
}
