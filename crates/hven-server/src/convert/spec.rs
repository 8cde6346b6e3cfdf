//! Converts the specification of a run to wire types.

use hven_api::runs as wire;
use hven_core::{
    resources::Resources,
    run::{Code, RunFolder, Spec},
};

use super::{code::code, files::file, process, recorded_sentence};

pub(crate) fn resources(resources: &Resources) -> wire::Resources {
    wire::Resources {
        cpus: Some(resources.cpus),
        memory_bytes: Some(resources.memory_bytes).filter(|&bytes| bytes > 0),
        named: resources.named.clone(),
    }
}

pub(crate) fn spec(spec: &Spec) -> wire::Spec {
    let limits = &spec.limits;
    wire::Spec {
        argv: spec.argv.clone(),
        cwd: spec.cwd.clone(),
        place: match spec.place {
            RunFolder::Here => wire::RunFolder::Here,
            RunFolder::Fresh => wire::RunFolder::Fresh,
        },
        recipe: spec.recipe.as_ref().map(|recipe| wire::Recipe {
            name: recipe.name.clone(),
            version: recipe.version,
            arguments: recipe.arguments.clone(),
        }),
        process: spec.process.as_ref().map(Into::into),
        stdin: spec.stdin.as_ref().map(process::stdin),
        environment: spec.environment.clone(),
        secrets: spec.secrets.clone(),
        resources: resources(&spec.resources),
        limits: wire::Limits {
            wall_s: limits.wall_s,
            memory_bytes: limits.memory_bytes,
            output_bytes: limits.output_bytes,
            grace_s: Some(limits.grace_s),
        },
        inputs: spec.inputs.iter().map(file).collect(),
        outputs: spec.outputs.clone(),
        code: spec.code.as_ref().map(code),
        code_missing: match &spec.code {
            Some(Code::NotCaptured { why }) => recorded_sentence(why),
            _ => None,
        },
        surroundings: spec.surroundings.map(|digest| digest.to_string()),
        retries: spec.retries_max,
    }
}
