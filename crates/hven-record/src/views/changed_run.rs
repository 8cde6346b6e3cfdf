//! The state of a run in memory while facts about it are applied.

use hven_core::{
    RunId,
    resources::UnitNames,
    run::{AttemptResult, State},
};

use super::{
    attempt_use::{AttemptUse, Reserved},
    run_state::state_to_int,
};
use crate::sql::{Connection, SqlError, SqlResult, Value};

/// The state of a run: the columns of its row that facts change, and the parts of its rows that are not yet written.
#[derive(Debug)]
pub(crate) struct ChangedRun {
    pub(super) seq: i64,
    pub(super) project: String,
    /// Whether Hven started it for its own check: then it is not counted.
    pub(super) is_own: bool,
    pub(super) state: State,
    pub(super) attempts: u32,
    pub(super) runner: Option<[u8; 16]>,
    pub(super) started: Option<i64>,
    pub(super) software_seq: Option<i64>,
    /// Whether lists and counts omit it.
    pub(super) archived: bool,
    /// The fact of its deletion, and whether its row has it.
    pub(super) deleted_seq: Option<i64>,
    pub(super) is_deletion_written: bool,
    /// The number of files that were added before its end, by path.
    pub(super) files_added: u64,
    /// Seconds of the processes of attempts before the last one, and the processor time that they used.
    pub(super) earlier_wall_s: f64,
    pub(super) earlier_cpu_s: f64,
    /// The resources that each of its attempts reserves.
    pub(super) reserved: Reserved,
    /// The columns of its end, unless they are already written.
    pub(super) end: Option<Box<End>>,
    /// Its other columns, unless its row is already written.
    pub(super) new: Option<Box<New>>,
    /// Attempts whose rows are not yet written.
    pub(super) started_attempts: Vec<Attempt>,
    /// The use by ended attempts that is not yet counted.
    pub(super) uncounted: Vec<AttemptUse>,
    /// Whether it is in the list of rows to write.
    pub(super) is_touched: bool,
}

/// The columns that the submission of a run sets permanently.
#[derive(Debug)]
pub(super) struct New {
    pub(super) handle: u64,
    pub(super) name: Option<String>,
    pub(super) command: String,
    pub(super) search: String,
    pub(super) submitted_by: [u8; 16],
    pub(super) submitted: i64,
    pub(super) cache_key: Option<[u8; 32]>,
    /// Set for a run that Hven started for its own check.
    pub(super) own_kind: Option<&'static str>,
    /// The key of its question.
    pub(super) question: Option<String>,
    /// The name of its recipe.
    pub(super) recipe: Option<String>,
    /// The number of the task in its array.
    pub(super) task: Option<u64>,
}

/// The columns that the end of a run sets.
#[derive(Debug)]
pub(super) struct End {
    pub(super) at: i64,
    pub(super) seq: i64,
    pub(super) wall_s: Option<f64>,
    pub(super) outcome: Option<String>,
    pub(super) outputs: i64,
    pub(super) cpu_s: Option<f64>,
    pub(super) memory_max_bytes: Option<u64>,
}

#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) number: u32,
    pub(super) runner: Option<[u8; 16]>,
    pub(super) started: i64,
    started_seq: i64,
    pub(super) ended: Option<i64>,
    pub(super) ended_seq: Option<i64>,
    units: Option<String>,
    used: Option<AttemptUse>,
}

impl ChangedRun {
    pub(super) fn submitted(seq: i64, project: String, reserved: Reserved, new: New) -> Self {
        Self {
            seq,
            project,
            is_own: new.own_kind.is_some(),
            state: State::Waiting,
            attempts: 0,
            runner: None,
            started: None,
            software_seq: None,
            archived: false,
            deleted_seq: None,
            is_deletion_written: false,
            files_added: 0,
            earlier_wall_s: 0.0,
            earlier_cpu_s: 0.0,
            reserved,
            end: None,
            new: Some(Box::new(new)),
            started_attempts: Vec::new(),
            uncounted: Vec::new(),
            is_touched: false,
        }
    }

    /// Whether lists and counts include it: always, only archived ones, or never.
    fn listed(&self) -> i64 {
        if self.deleted_seq.is_some() { 2 } else { self.archived.into() }
    }

    /// Whether lists include it without a request.
    pub(super) fn is_listed(&self) -> bool {
        self.listed() == 0
    }

    /// Adds what an attempt used that was not the last one.
    pub(super) fn add_use(&mut self, result: &AttemptResult) {
        let cpu_s = result.usage.cpu_user_s + result.usage.cpu_system_s;
        if result.started.is_some() && result.wall_s.is_finite() && cpu_s.is_finite() {
            self.earlier_wall_s += result.wall_s;
            self.earlier_cpu_s += cpu_s;
        }
    }

    /// Notes the start of an attempt; an attempt that is already known stays unchanged.
    pub(super) fn begin_attempt(&mut self, number: u32, runner: Option<[u8; 16]>, started: i64, started_seq: i64) {
        if self.started_attempts.iter().all(|attempt| attempt.number != number) {
            let (ended, ended_seq, units, used) = (None, None, None, None);
            self.started_attempts.push(Attempt { number, runner, started, started_seq, ended, ended_seq, units, used });
        }
    }

    /// Notes the named units that an attempt has.
    pub(super) fn set_units(
        &mut self,
        run: RunId,
        number: u32,
        units: &UnitNames,
        sql: &mut Connection,
    ) -> SqlResult<()> {
        let units = serde_json::to_string(units).map_err(|error| SqlError::Row(error.to_string()))?;
        if let Some(attempt) = self.started_attempts.iter_mut().find(|attempt| attempt.number == number) {
            attempt.units = Some(units);
            return Ok(());
        }
        let run = run.to_bytes();
        let values = [(&units).into(), (&run).into(), number.into()];
        sql.execute("UPDATE attempts SET units = ?1 WHERE run = ?2 AND number = ?3", &values).map(drop)
    }

    /// Notes the end of an attempt. Its use counts once: if several facts say that it ended, as only in a record from another
    /// program, the first of them counts.
    pub(super) fn end_attempt(
        &mut self,
        run: RunId,
        number: u32,
        (ended, ended_seq): (i64, i64),
        used: Option<AttemptUse>,
        sql: &mut Connection,
    ) -> SqlResult<()> {
        if let Some(attempt) = self.started_attempts.iter_mut().find(|attempt| attempt.number == number) {
            if attempt.ended_seq.is_none() {
                attempt.used = used;
            }
            (attempt.ended, attempt.ended_seq) = (Some(ended), Some(ended_seq));
            return Ok(());
        }
        self.end_written_attempt(&run.to_bytes(), number, (ended, ended_seq), used, sql)
    }

    /// Ends an attempt that has a row.
    fn end_written_attempt(
        &mut self,
        run: &[u8; 16],
        number: u32,
        (ended, ended_seq): (i64, i64),
        used: Option<AttemptUse>,
        sql: &mut Connection,
    ) -> SqlResult<()> {
        let [used_from, used_until, cpus, memory_bytes, named, cpu_s] = columns(used.as_ref());
        let values = [
            ended.into(),
            ended_seq.into(),
            run.into(),
            number.into(),
            used_from,
            used_until,
            cpus,
            memory_bytes,
            named,
            cpu_s,
        ];
        let first_end = "UPDATE attempts SET ended = ?1, ended_seq = ?2, used_from = ?5, used_until = ?6, cpus = ?7, \
                         memory_bytes = ?8, named = ?9, cpu_s = ?10 WHERE run = ?3 AND number = ?4 AND ended_seq IS NULL";
        if sql.execute(first_end, &values)? == 1 {
            self.uncounted.extend(used);
            return Ok(());
        }
        let later_end = "UPDATE attempts SET ended = ?1, ended_seq = ?2 WHERE run = ?3 AND number = ?4";
        sql.execute(later_end, &values[..4]).map(drop)
    }

    /// Writes the unwritten parts.
    pub(super) fn write(&mut self, run: RunId, sql: &mut Connection) -> SqlResult<()> {
        self.is_touched = false;
        let id = run.to_bytes();
        match self.new.take() {
            Some(new) => self.insert(&id, &new, sql)?,
            None => self.update(sql)?,
        }
        if let Some(deleted) = self.deleted_seq.filter(|_| !self.is_deletion_written) {
            let values = [self.seq.into(), deleted.into(), (&self.project).into()];
            sql.execute("UPDATE runs SET archived = 2, deleted_seq = ?2, project = ?3 WHERE seq = ?1", &values)?;
            self.is_deletion_written = true;
        }
        self.end = None;
        for Attempt { number, runner, started, started_seq, ended, ended_seq, units, used } in
            std::mem::take(&mut self.started_attempts)
        {
            let [used_from, used_until, cpus, memory_bytes, named, cpu_s] = columns(used.as_ref());
            let is_new = sql.execute(
                "INSERT INTO attempts (run, number, runner, started, started_seq, ended, ended_seq, used_from, used_until, \
                 cpus, memory_bytes, named, cpu_s, units) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) \
                 ON CONFLICT (run, number) DO NOTHING",
                &[
                    (&id).into(),
                    number.into(),
                    runner.as_ref().into(),
                    started.into(),
                    started_seq.into(),
                    ended.into(),
                    ended_seq.into(),
                    used_from,
                    used_until,
                    cpus,
                    memory_bytes,
                    named,
                    cpu_s,
                    units.as_ref().into(),
                ],
            )? == 1;
            match (ended, ended_seq) {
                _ if is_new => self.uncounted.extend(used),
                (Some(ended), Some(ended_seq)) => {
                    self.end_written_attempt(&id, number, (ended, ended_seq), used, sql)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn insert(&self, id: &[u8; 16], new: &New, sql: &mut Connection) -> SqlResult<()> {
        let end = self.end.as_deref();
        sql.execute(
            "INSERT INTO runs (seq, id, handle, project, name, command, search, submitted_by, submitted, cache_key, \
             state, attempts, runner, started, software_seq, ended, ended_seq, wall_s, outcome, outputs, cpu_s, \
             memory_max_bytes, own_kind, question, recipe, archived, cpus, earlier_wall_s, earlier_cpu_s, task, \
             memory_bytes, named, files_added) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, \
             ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33)",
            &[
                self.seq.into(),
                id.into(),
                new.handle.into(),
                (&self.project).into(),
                new.name.as_ref().into(),
                (&new.command).into(),
                (&new.search).into(),
                (&new.submitted_by).into(),
                new.submitted.into(),
                new.cache_key.as_ref().into(),
                state_to_int(self.state).into(),
                self.attempts.into(),
                self.runner.as_ref().into(),
                self.started.into(),
                self.software_seq.into(),
                end.map(|end| end.at).into(),
                end.map(|end| end.seq).into(),
                end.and_then(|end| end.wall_s).into(),
                end.and_then(|end| end.outcome.as_ref()).into(),
                end.map_or(0, |end| end.outputs).into(),
                end.and_then(|end| end.cpu_s).into(),
                end.and_then(|end| end.memory_max_bytes).into(),
                new.own_kind.into(),
                new.question.as_ref().into(),
                new.recipe.as_ref().into(),
                self.listed().into(),
                self.reserved.cpus.into(),
                self.earlier_wall_s.into(),
                self.earlier_cpu_s.into(),
                new.task.into(),
                self.reserved.memory_bytes.into(),
                self.reserved.named.as_ref().into(),
                self.files_added.into(),
            ],
        )
        .map(drop)
    }

    fn update(&self, sql: &mut Connection) -> SqlResult<()> {
        let changed: [Value<'_>; 10] = [
            self.seq.into(),
            state_to_int(self.state).into(),
            self.attempts.into(),
            self.runner.as_ref().into(),
            self.started.into(),
            self.software_seq.into(),
            self.listed().into(),
            self.earlier_wall_s.into(),
            self.earlier_cpu_s.into(),
            self.files_added.into(),
        ];
        let Some(end) = &self.end else {
            return sql
                .execute(
                    "UPDATE runs SET state = ?2, attempts = ?3, runner = ?4, started = ?5, software_seq = ?6, \
                     archived = ?7, earlier_wall_s = ?8, earlier_cpu_s = ?9, files_added = ?10 WHERE seq = ?1",
                    &changed,
                )
                .map(drop);
        };
        let [seq, state, attempts, runner, started, software_seq, archived, earlier_wall_s, earlier_cpu_s, files_added] =
            changed;
        sql.execute(
            "UPDATE runs SET state = ?2, attempts = ?3, runner = ?4, started = ?5, software_seq = ?6, archived = ?7, \
             earlier_wall_s = ?8, earlier_cpu_s = ?9, files_added = ?10, ended = ?11, ended_seq = ?12, wall_s = ?13, \
             outcome = ?14, outputs = ?15, cpu_s = ?16, memory_max_bytes = ?17 WHERE seq = ?1",
            &[
                seq,
                state,
                attempts,
                runner,
                started,
                software_seq,
                archived,
                earlier_wall_s,
                earlier_cpu_s,
                files_added,
                end.at.into(),
                end.seq.into(),
                end.wall_s.into(),
                end.outcome.as_ref().into(),
                end.outputs.into(),
                end.cpu_s.into(),
                end.memory_max_bytes.into(),
            ],
        )
        .map(drop)
    }
}

/// The columns of an attempt for its use, all empty without any.
fn columns(used: Option<&AttemptUse>) -> [Value<'_>; 6] {
    [
        used.map(|used| used.from).into(),
        used.map(|used| used.until).into(),
        used.map(|used| used.reserved.cpus).into(),
        used.map(|used| used.reserved.memory_bytes).into(),
        used.and_then(|used| used.reserved.named.as_ref()).into(),
        used.and_then(|used| used.cpu_s).into(),
    ]
}
