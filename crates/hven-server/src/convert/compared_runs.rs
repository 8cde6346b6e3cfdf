//! Converts lists of runs with a condition, and comparisons of runs.

use hven_api::{
    compared_runs as wire,
    runs::{RunName, RunSummary},
};
use hven_app::{
    compare_runs::{
        comparison::{ComparedCode, ComparedMetric, ComparedSection, Comparison},
        curves::{Curves, RunCurve},
        influence::{Influence, Measure},
    },
    labelled::Labelled,
    ports::{quantities::QuantityRange, run::RunRow},
    run_search::{
        columns::{ColumnOf, Columns, NamedColumn},
        fields::RunField,
        search::{FoundCounts, FoundRuns},
    },
};
use hven_core::{
    expression::{Type, Value},
    run::Number,
};

use super::{
    metrics::{elapsed_s, number},
    runs::row,
    sentence, text,
};

pub(crate) fn list(found: Labelled<FoundRuns>) -> wire::RunList {
    let Labelled { of: FoundRuns { page, counts, values, mut tag_values }, labels } = found;
    let item =
        |run: &RunRow| RunSummary { named_tags: tag_values.remove(&run.id).unwrap_or_default(), ..row(run, &labels) };
    let counted = |FoundCounts { fit, cannot_tell }| wire::CountedRuns { fit, cannot_tell };
    wire::RunList {
        schema: "hven.runs/1".to_owned(),
        items: page.items.iter().map(item).collect(),
        next: page.next,
        counted: counts.map(counted),
        values: values.into_iter().map(|row| row.into_iter().map(cell).collect()).collect(),
    }
}

fn cell(value: Option<Value>) -> serde_json::Value {
    match value {
        None => serde_json::Value::Null,
        Some(Value::Bool(yes)) => yes.into(),
        Some(Value::Number(value)) => number(Number(value)),
        Some(Value::Time(time)) => text(time).into(),
        Some(Value::Text(text)) => text.into(),
    }
}

pub(crate) fn columns(found: Columns) -> wire::RunColumns {
    let Columns { runs, truncated, columns } = found;
    let field = |field: &RunField| wire::RunField {
        name: field.as_str().to_owned(),
        kind: kind_of(&field.type_of()).to_owned(),
    };
    wire::RunColumns {
        schema: "hven.run-columns/1".to_owned(),
        runs,
        truncated,
        columns: columns.into_iter().map(column).collect(),
        fields: RunField::ALL.iter().map(field).collect(),
    }
}

fn column(column: NamedColumn) -> wire::RunColumn {
    let NamedColumn { name, of, expression, range } = column;
    let of = match of {
        ColumnOf::Metric => "metric",
        ColumnOf::Param => "parameter",
        ColumnOf::Tag => "tag",
    };
    wire::RunColumn {
        name,
        of: of.to_owned(),
        expression,
        kind: kind_of_range(&range).to_owned(),
        runs: range.runs,
        low: range.low,
        high: range.high,
    }
}

const fn kind_of(type_: &Type) -> &'static str {
    match type_ {
        Type::Number { .. } => "number",
        Type::Text => "text",
        Type::Bool => "bool",
        Type::Time => "time",
    }
}

const fn kind_of_range(range: &QuantityRange) -> &'static str {
    match (range.numbers + range.number_texts, range.texts, range.bools) {
        (1.., 0, 0) => "number",
        (0, 0, 1..) => "bool",
        (0, _, 0) => "text",
        _ => "mixed",
    }
}

pub(crate) fn curves(key: String, found: Curves) -> wire::RunCurves {
    let name = |(id, handle): (hven_core::RunId, hven_core::handle::Handle)| RunName {
        id: id.to_string(),
        handle: handle.to_string(),
    };
    let curve = |curve: RunCurve| wire::RunCurve {
        run: name((curve.run, curve.handle)),
        name: curve.name,
        step: curve.points.iter().map(|point| point.step).collect(),
        elapsed_s: curve.points.iter().map(|point| elapsed_s(point.time_us, curve.started)).collect(),
        value: curve.points.iter().map(|point| number(point.value)).collect(),
        points_total: curve.points_total,
    };
    wire::RunCurves {
        schema: "hven.run-curves/1".to_owned(),
        key,
        curves: found.curves.into_iter().map(curve).collect(),
        without: found.without.into_iter().map(name).collect(),
    }
}

pub(crate) fn comparison(found: Labelled<Comparison>) -> wire::ComparedRuns {
    let Labelled { of, labels } = found;
    wire::ComparedRuns {
        schema: "hven.compared-runs/1".to_owned(),
        runs: of.runs.iter().map(|run| row(run, &labels)).collect(),
        params: section(of.params),
        metrics: of.metrics.into_iter().map(metric).collect(),
        metrics_left_out: of.metrics_left_out,
        work: section(of.work),
        code: code(of.code),
        software: section(of.software),
        environment: section(of.environment),
        inputs: section(of.inputs),
        changes: of.changes.into_iter().map(sentence).collect(),
        influence: of.influence.map(influence),
    }
}

fn section(section: ComparedSection) -> wire::ComparedSection {
    let rows = section.rows.into_iter().map(|row| {
        let missing = row.values.iter().zip(0..).filter(|(value, _)| value.is_none()).map(|(_, place)| place).collect();
        let values = row.values.into_iter().map(Option::unwrap_or_default).collect();
        wire::ComparedValues { name: row.name, differs: row.differs, values, missing }
    });
    wire::ComparedSection {
        rows: rows.collect(),
        unknown: section.unknown.into_iter().map(|place| place as u32).collect(),
        same_left_out: section.same_left_out,
        different_left_out: section.different_left_out,
    }
}

fn metric(metric: ComparedMetric) -> wire::ComparedMetric {
    let each = || metric.summaries.iter().map(Option::as_ref);
    wire::ComparedMetric {
        last: each().map(|line| line.map(|line| number(line.last))).collect(),
        min: each().map(|line| line?.min).collect(),
        max: each().map(|line| line?.max).collect(),
        points: each().map(|line| line.map_or(0, |line| line.points)).collect(),
        name: metric.name,
    }
}

fn code(code: ComparedCode) -> wire::ComparedCode {
    let groups = code.groups.into_iter().map(|group| wire::CodeGroup {
        commit: group.commit,
        changed: group.changed,
        difference: group.difference.map(sentence),
    });
    wire::ComparedCode {
        group: code.group.into_iter().map(|group| group.map(|group| group as u32)).collect(),
        groups: groups.collect(),
    }
}

fn influence(influence: Influence) -> wire::Influence {
    let measured = influence.measured.into_iter().map(|param| wire::ParamInfluence {
        name: param.name,
        measure: match param.measure {
            Measure::RankCorrelation(_) => "rank_correlation",
            Measure::VarianceShare(_) => "variance_share",
        }
        .to_owned(),
        value: param.measure.value(),
        runs: param.runs as u64,
        different: param.different as u64,
    });
    let not_measured = influence.not_measured.into_iter().map(|param| wire::ParamNotMeasured {
        name: param.name,
        because: param.because.as_str().to_owned(),
        runs: param.runs as u64,
    });
    wire::Influence {
        metric: influence.metric,
        runs: influence.runs as u64,
        params: measured.collect(),
        not_measured: not_measured.collect(),
    }
}
