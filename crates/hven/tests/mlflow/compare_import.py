"""Compares a store of MLflow with a server of Hven that imported it, through the real client of MLflow.

Usage: compare_import.py SOURCE TARGET. Both are tracking URIs. It prints what it compared, and each difference; it exits with 1 if there is one.
"""

import hashlib
import math
import os
import sys
import tempfile

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")

import mlflow
from mlflow.entities import ViewType
from mlflow.tracking import MlflowClient

ADDED = ("hven.",)
# The door of Hven answers them for each run.
OF_EACH_RUN = ("mlflow.source.name", "mlflow.runName")

differences = []
compared = {"experiments": 0, "runs": 0, "points": 0, "files": 0, "versions": 0, "models": 0}


def same(what, source, target):
    if source != target:
        differences.append(f"{what}: {source!r} became {target!r}")


def tags(run):
    return {k: v for k, v in run.data.tags.items() if not k.startswith(ADDED) and k not in OF_EACH_RUN}


def bits(value):
    # Databases and servers of MLflow have the largest numbers for infinities; folders have infinities.
    return "nan" if math.isnan(value) else max(-sys.float_info.max, min(sys.float_info.max, value))


def history(client, run, key):
    points = client.get_metric_history(run, key)
    return sorted(((p.step, p.timestamp, str(bits(p.value))) for p in points), key=str)


def files(client, run, path=None):
    found = {}
    for entry in client.list_artifacts(run, path):
        if entry.is_dir:
            found.update(files(client, run, entry.path))
        elif not entry.path.startswith("models/m-"):
            found[entry.path] = entry.file_size
    return found


def digest(client, run, path):
    with tempfile.TemporaryDirectory() as folder, open(client.download_artifacts(run, path, folder), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def compare_run(source, target, run):
    other = target.get_run(run.info.run_id)
    at = f"run {run.info.run_id}"
    compared["runs"] += 1
    for field in ["run_name", "status", "start_time", "end_time", "user_id", "lifecycle_stage"]:
        same(f"{at} {field}", getattr(run.info, field), getattr(other.info, field))
    same(f"{at} params", run.data.params, other.data.params)
    same(f"{at} tags", tags(run), tags(other))
    same(f"{at} metrics", sorted(run.data.metrics), sorted(other.data.metrics))
    for key in run.data.metrics:
        points = history(source, run.info.run_id, key)
        compared["points"] += len(points)
        same(f"{at} {key}", points, history(target, run.info.run_id, key))
        same(f"{at} last {key}", bits(run.data.metrics[key]), bits(other.data.metrics[key]))
    mine, theirs = files(source, run.info.run_id), files(target, run.info.run_id)
    same(f"{at} files", mine, theirs)
    for path in mine:
        compared["files"] += 1
        same(f"{at} {path}", digest(source, run.info.run_id, path), digest(target, run.info.run_id, path))
    inputs = lambda run: sorted(str(each.to_dictionary()) for each in (run.inputs.dataset_inputs if run.inputs else []))
    same(f"{at} inputs", inputs(run), inputs(other))
    outputs = lambda run: sorted(each.model_id for each in (getattr(run.outputs, "model_outputs", None) or []))
    if hasattr(run, "outputs"):
        same(f"{at} outputs", outputs(run), outputs(other))


def compare_registry(source, target):
    for model in source.search_registered_models():
        other = target.get_registered_model(model.name)
        same(f"model {model.name} description", model.description, other.description)
        same(f"model {model.name} tags", model.tags, other.tags)
        same(f"model {model.name} aliases", {k: str(v) for k, v in model.aliases.items()}, {k: str(v) for k, v in other.aliases.items()})
        versions = lambda client: {str(v.version): v for v in client.search_model_versions(f"name = '{model.name}'")}
        mine, theirs = versions(source), versions(target)
        same(f"model {model.name} versions", sorted(mine), sorted(theirs))
        for number in mine:
            compared["versions"] += 1
            same(f"{model.name} {number} run", mine[number].run_id, theirs[number].run_id)
            same(f"{model.name} {number} tags", mine[number].tags, theirs[number].tags)


def compare_models(source, target, experiment, other):
    if not hasattr(source, "search_logged_models"):
        return
    for model in source.search_logged_models([experiment]):
        copy = target.get_logged_model(model.model_id)
        compared["models"] += 1
        for field in ["name", "source_run_id", "model_type", "creation_timestamp", "params", "tags", "status"]:
            same(f"model {model.model_id} {field}", getattr(model, field), getattr(copy, field))
        same(f"model {model.model_id} experiment", other, copy.experiment_id)


def main():
    source, target = (MlflowClient(tracking_uri=uri, registry_uri=uri) for uri in sys.argv[1:3])
    for experiment in source.search_experiments(view_type=ViewType.ACTIVE_ONLY):
        other = target.get_experiment_by_name(experiment.name)
        compared["experiments"] += 1
        mine = {k: v for k, v in experiment.tags.items() if not k.startswith("mlflow.experiment")}
        same(f"experiment {experiment.name} tags", mine, {k: v for k, v in other.tags.items() if k in mine})
        runs = source.search_runs([experiment.experiment_id], max_results=50000)
        found = target.search_runs([other.experiment_id], max_results=50000)
        same(f"experiment {experiment.name} runs", sorted(r.info.run_id for r in runs), sorted(r.info.run_id for r in found))
        for run in runs:
            compare_run(source, target, run)
        compare_models(source, target, experiment.experiment_id, other.experiment_id)
        frames = []
        for uri, ids in [(sys.argv[1], [experiment.experiment_id]), (sys.argv[2], [other.experiment_id])]:
            mlflow.set_tracking_uri(uri)
            frame = mlflow.search_runs(ids)
            frames.append({c for c in frame.columns if c.startswith(("metrics.", "params."))})
        same(f"experiment {experiment.name} columns", *frames)
    compare_registry(source, target)
    print(mlflow.__version__, ", ".join(f"{count} {what}" for what, count in compared.items()))
    for difference in differences:
        print("differs:", difference)
    sys.exit(1 if differences else 0)


main()
