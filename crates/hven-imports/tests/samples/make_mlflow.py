"""Makes a small store of MLflow with the real client: one of each thing that `hven import mlflow` reads.

Usage: make_mlflow.py FOLDER database|folder
In FOLDER it makes `mlflow.db` and the files of the runs, or a folder `mlruns`.
"""

import json
import math
import os
import sys
from pathlib import Path

os.environ.setdefault("MLFLOW_ENABLE_ASYNC_LOGGING", "false")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
os.environ.setdefault("LOGNAME", "ada")

import mlflow
from mlflow.entities import Metric, Param, RunTag
from mlflow.tracking import MlflowClient

T0 = 1_700_000_000_000


def make(client):
    tune = client.create_experiment("tune/nights 🚀", tags={"mlflow.note.content": "all nights", "team": "b"})
    gone = client.create_experiment("gone")
    run = client.create_run(tune, start_time=T0, run_name="first/run 🚀", tags={"mlflow.user": "ada", "a/b": "é\n2"})
    parent = run.info.run_id
    values = [0.5, 0.25, math.nan, math.inf, -math.inf, 1e-300, 3]
    metrics = [Metric("loss", value, T0 + 1000 * n, n) for n, value in enumerate(values)]
    metrics += [Metric("val/acc", n / 10, T0 + 500 * n, 10 - n) for n in range(5)]
    metrics += [Metric("same step", n, T0 + n, 0) for n in range(3)]
    params = [Param("lr", "0.010"), Param("epochs", "3"), Param("name", "é 🚀"), Param("flag", "True")]
    client.log_batch(parent, metrics, params, [RunTag("mlflow.note.content", "the *best* one")])
    (Path("files") / "deep").mkdir(parents=True, exist_ok=True)
    Path("files/deep/report é.txt").write_text("hello\n", encoding="utf-8")
    Path("files/empty.bin").write_bytes(b"")
    client.log_artifacts(parent, "files", "out")
    client.set_terminated(parent, "FINISHED", T0 + 60_000)
    child = client.create_run(tune, start_time=T0 + 1000, run_name="child", tags={"mlflow.parentRunId": parent})
    client.log_metric(child.info.run_id, "loss", 1.5, T0 + 2000, 1)
    client.set_terminated(child.info.run_id, "FAILED", T0 + 3000)
    killed = client.create_run("0", start_time=T0 + 5000, run_name="killed")
    client.set_terminated(killed.info.run_id, "KILLED", T0 + 6000)
    going = client.create_run("0", start_time=T0 + 7000, run_name="going on")
    client.log_metric(going.info.run_id, "loss", 0.75, T0 + 8000, 1)
    dead = client.create_run(tune, start_time=T0 + 9000, run_name="dead")
    client.set_terminated(dead.info.run_id, "FINISHED", T0 + 9500)
    client.delete_run(dead.info.run_id)
    lost = client.create_run(gone, start_time=T0 + 9000, run_name="lost")
    client.set_terminated(lost.info.run_id, "FINISHED", T0 + 9500)
    client.delete_experiment(gone)
    inputs(client, parent)
    registry(client, parent, run.info.artifact_uri)
    models(client, tune)


def inputs(client, run):
    if not hasattr(client, "log_inputs"):
        # MLflow 1 has no inputs.
        return
    from mlflow.entities import Dataset, DatasetInput, InputTag

    source = json.dumps({"uri": "s3://bucket/planets.csv"})
    dataset = Dataset("planets", "d1a2", "s3", source, schema=None, profile=json.dumps({"rows": 11}))
    client.log_inputs(run, [DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])])


def registry(client, run, uri):
    client.create_registered_model("planet model", tags={"kind": "tree"}, description="finds planets")
    for number in range(3):
        client.create_model_version("planet model", f"{uri}/out", run, tags={"n": str(number)})
    client.delete_model_version("planet model", "2")
    if hasattr(client, "set_registered_model_alias"):
        client.set_registered_model_alias("planet model", "champion", "3")


def models(client, experiment):
    if not hasattr(client, "create_logged_model"):
        return
    run = client.create_run(experiment, start_time=T0 + 11_000, run_name="with a model")
    model = client.create_logged_model(
        experiment, name="tree", source_run_id=run.info.run_id, tags={"t": "1"}, params={"depth": "3"}, model_type="agent"
    )
    client.log_model_artifacts(model.model_id, "files/deep")
    client.finalize_logged_model(model.model_id, "READY")
    from mlflow.entities import LoggedModelOutput

    client.log_outputs(run.info.run_id, [LoggedModelOutput(model.model_id, 0)])
    client.set_terminated(run.info.run_id, "FINISHED", T0 + 12_000)


def main():
    folder, kind = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    os.chdir(folder)
    uri = "sqlite:///mlflow.db" if kind == "database" else "file:" + os.path.abspath("mlruns")
    mlflow.set_tracking_uri(uri)
    make(MlflowClient(tracking_uri=uri))
    print(mlflow.__version__, kind)


main()
