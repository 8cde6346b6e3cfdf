//! Succeeded runs with the same question, for forecasts.

use hven_app::ports::views::{PastQuery, PastRun};
use hven_core::{Fact, envelope::Envelope, run::State};

use super::{conditions::PAGE_MAX, run_state::state_to_int};
use crate::{
    facts,
    sql::{Connection, SqlResult},
};

/// Two statements, however many runs there are. Imported runs had no attempt here: another machine ran them.
pub(crate) fn past_runs(sql: &mut Connection, query: &PastQuery) -> SqlResult<Vec<PastRun>> {
    let find = "SELECT seq, wall_s, cpu_s, memory_max_bytes FROM runs WHERE project = ?1 AND question = ?2 AND seq < ?3 \
                AND state = ?4 AND attempts > 0 AND wall_s IS NOT NULL ORDER BY seq DESC LIMIT ?5";
    let before = query.before.map_or(i64::MAX, |seq| seq as i64);
    let limit = query.limit.min(PAGE_MAX) as i64;
    let values = [
        query.project.as_str().into(),
        query.question.as_str().into(),
        before.into(),
        state_to_int(State::Done).into(),
        limit.into(),
    ];
    let rows = sql.query(find, &values, |row| {
        Ok((row.uint(0)?, row.real_or_null(1)?, row.real_or_null(2)?, row.int_or_null(3)?))
    })?;
    let seqs: Vec<u64> = rows.iter().map(|row| row.0).collect();
    let facts = facts::many(sql, &seqs)?;
    let mut runs = Vec::with_capacity(rows.len());
    for (seq, wall_s, cpu_s, memory_max_bytes) in rows {
        let submitted = facts.get(&seq).map(Envelope::readable_fact).transpose()?.flatten();
        if let (Some(Fact::RunSubmitted(submitted)), Some(wall_s)) = (submitted, wall_s) {
            let memory_max_bytes = memory_max_bytes.map(|bytes| bytes as u64);
            runs.push(PastRun { spec: submitted.spec, wall_s, cpu_s, memory_max_bytes });
        }
    }
    Ok(runs)
}
