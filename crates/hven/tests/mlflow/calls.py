"""Calls a server with the real client of MLflow, and prints for each call whether it works.

Each function is one row of the table in docs/mlflow.md. It returns nothing, or raises.
MLFLOW_TRACKING_URI and MLFLOW_TRACKING_TOKEN say where the server is. Usage: calls.py [NAME …]
"""

import json
import math
import os
import sys
import tempfile
import time
import traceback
import uuid

os.environ.setdefault("MLFLOW_ENABLE_ASYNC_LOGGING", "false")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")

import mlflow
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

client = MlflowClient()
calls = []


def call(function):
    calls.append(function)
    return function


def name(word):
    return f"{word}-{uuid.uuid4().hex[:8]}"


def experiment():
    """A new experiment, which later runs belong to."""
    return mlflow.set_experiment(name("exp")).experiment_id


def refused(code, function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except MlflowException as error:
        assert error.error_code == code, f"{error.error_code}: {error}"
        return
    raise AssertionError(f"it was not refused with {code}")


@call
def set_experiment():
    wanted = name("experiment")
    first = mlflow.set_experiment(wanted)
    assert first.name == wanted and first.lifecycle_stage == "active", first
    assert mlflow.set_experiment(wanted).experiment_id == first.experiment_id
    assert client.get_experiment("0").name == "Default"


@call
def experiment_names_of_any_kind():
    for word in ["My Experiment (v2)", "/Users/me@x.org/tune", "实验 1", "🚀 launch", "a'b\"c"]:
        wanted = f"{word} {uuid.uuid4().hex[:6]}"
        made = client.create_experiment(wanted)
        assert client.get_experiment(made).name == wanted
        assert client.get_experiment_by_name(wanted).experiment_id == made
    refused("RESOURCE_ALREADY_EXISTS", client.create_experiment, wanted)


@call
def set_experiment_of_several_processes_at_once():
    import multiprocessing

    wanted = name("race")
    with multiprocessing.get_context("fork").Pool(6) as pool:
        found = pool.map(set_and_get, [wanted] * 12)
    assert len(set(found)) == 1, found


def set_and_get(wanted):
    return mlflow.set_experiment(wanted).experiment_id


@call
def experiment_tags_rename_delete_restore():
    made = client.create_experiment(name("e"), tags={"team": "astro"})
    client.set_experiment_tag(made, "k", "v")
    assert client.get_experiment(made).tags == {"team": "astro", "k": "v"}
    client.delete_experiment_tag(made, "k")
    new = name("renamed")
    client.rename_experiment(made, new)
    assert client.get_experiment_by_name(new).experiment_id == made
    client.delete_experiment(made)
    assert client.get_experiment(made).lifecycle_stage == "deleted"
    assert made not in [e.experiment_id for e in client.search_experiments()]
    client.restore_experiment(made)
    found = client.search_experiments(filter_string=f"name = '{new}' and tags.team = 'astro'")
    assert [e.experiment_id for e in found] == [made]


@call
def start_run_and_end_run():
    experiment()
    with mlflow.start_run(run_name="first") as run:
        assert client.get_run(run.info.run_id).info.status == "RUNNING"
    ended = client.get_run(run.info.run_id)
    assert (ended.info.status, ended.info.run_name) == ("FINISHED", "first"), ended.info
    assert ended.info.end_time >= ended.info.start_time
    with mlflow.start_run() as unnamed:
        pass
    assert client.get_run(unnamed.info.run_id).info.run_name


@call
def a_run_that_fails():
    experiment()
    try:
        with mlflow.start_run() as run:
            raise ValueError("no")
    except ValueError:
        pass
    assert client.get_run(run.info.run_id).info.status == "FAILED"
    killed = client.create_run(run.info.experiment_id)
    client.set_terminated(killed.info.run_id, "KILLED")
    assert client.get_run(killed.info.run_id).info.status == "KILLED"


@call
def log_metric():
    experiment()
    with mlflow.start_run() as run:
        mlflow.log_metric("loss", 0.5, step=1)
        mlflow.log_metric("loss", 0.25, step=2)
        mlflow.log_metric("nan", math.nan)
        mlflow.log_metric("inf", math.inf)
        mlflow.log_metric("neg", -math.inf)
        mlflow.log_metric("val/acc 🚀", 0.75)
    data = client.get_run(run.info.run_id).data
    assert data.metrics["loss"] == 0.25 and math.isnan(data.metrics["nan"])
    assert data.metrics["inf"] == sys.float_info.max and data.metrics["neg"] == -sys.float_info.max
    assert data.metrics["val/acc 🚀"] == 0.75


@call
def steps_backwards_and_repeated():
    experiment()
    with mlflow.start_run() as run:
        for step, value in [(5, 1.0), (1, 2.0), (5, 3.0), (-2, 4.0)]:
            client.log_metric(run.info.run_id, "m", value, timestamp=1000 + len(str(value)), step=step)
    history = client.get_metric_history(run.info.run_id, "m")
    assert sorted((m.step, m.value) for m in history) == [(-2, 4.0), (1, 2.0), (5, 1.0), (5, 3.0)], history
    assert client.get_run(run.info.run_id).data.metrics["m"] == 3.0


@call
def log_metrics_params_and_tags():
    experiment()
    params = {"lr": 1e-05, "layers": 3, "name": "adam", "flag": True, "none": None, "text": "0.10", "list": [1, 2]}
    with mlflow.start_run() as run:
        mlflow.log_metrics({"a": 1.0, "b": 2.0}, step=3)
        mlflow.log_params(params)
        mlflow.set_tags({"t1": "1", "t2": "two"})
        mlflow.set_tag("t3", "x")
        mlflow.delete_tag("t1")
    data = client.get_run(run.info.run_id).data
    assert data.params == {key: str(value) for key, value in params.items()}, data.params
    assert (data.tags["t2"], data.tags["t3"], "t1" in data.tags) == ("two", "x", False)
    assert data.metrics == {"a": 1.0, "b": 2.0}


@call
def a_parameter_never_changes():
    experiment()
    with mlflow.start_run() as run:
        mlflow.log_param("p", 1)
        mlflow.log_param("p", 1)
        refused("INVALID_PARAMETER_VALUE", client.log_param, run.info.run_id, "p", 2)


@call
def log_in_the_background():
    experiment()
    with mlflow.start_run() as run:
        for step in range(50):
            mlflow.log_metric("async", step, step=step, synchronous=False)
        mlflow.flush_async_logging()
    assert len(client.get_metric_history(run.info.run_id, "async")) == 50


@call
def log_batch_of_a_thousand():
    experiment()
    run = client.create_run("0").info.run_id
    points = [mlflow.entities.Metric("m", i * 0.5, 1_700_000_000_000 + i, i) for i in range(1000)]
    client.log_batch(run, metrics=points)
    history = client.get_metric_history(run, "m")
    assert [(m.step, m.value, m.timestamp) for m in history] == [(p.step, p.value, p.timestamp) for p in points]
    client.set_terminated(run)


@call
def log_artifacts():
    experiment()
    with mlflow.start_run() as run, tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "f.txt")
        with open(path, "w") as file:
            file.write("hello")
        mlflow.log_artifact(path)
        mlflow.log_artifacts(folder, "d/e")
        mlflow.log_text("text", "notes/a b.txt")
        mlflow.log_dict({"a": [1]}, "conf.json")
        listed = {(entry.path, entry.is_dir, entry.file_size) for entry in client.list_artifacts(run.info.run_id)}
        assert listed == {("f.txt", False, 5), ("d", True, None), ("notes", True, None), ("conf.json", False, len(json.dumps({"a": [1]}, indent=2)))}, listed
        assert [e.path for e in client.list_artifacts(run.info.run_id, "d/e")] == ["d/e/f.txt"]
        got = mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="d")
        assert open(os.path.join(got, "e", "f.txt")).read() == "hello"
        assert mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/notes/a b.txt") == "text"
        assert mlflow.artifacts.load_dict(f"runs:/{run.info.run_id}/conf.json") == {"a": [1]}


@call
def an_artifact_of_12_mib():
    experiment()
    with mlflow.start_run() as run, tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "big.bin")
        with open(path, "wb") as file:
            file.write(bytes(range(256)) * 4096 * 12)
        mlflow.log_artifact(path)
        got = mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="big.bin")
        assert open(got, "rb").read() == open(path, "rb").read()


@call
def log_table_figure_and_image():
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot
    import numpy
    import pandas

    experiment()
    with mlflow.start_run() as run:
        mlflow.log_table({"a": [1, 2], "b": ["x", "y"]}, artifact_file="table.json")
        mlflow.log_table({"a": [3], "b": ["z"]}, artifact_file="table.json")
        figure = matplotlib.pyplot.figure()
        mlflow.log_figure(figure, "figure.png")
        mlflow.log_image(numpy.zeros((8, 8, 3), dtype=numpy.uint8), key="frame", step=1)
        mlflow.log_image(numpy.zeros((8, 8, 3), dtype=numpy.uint8), "single.png")
    table = mlflow.load_table("table.json", run_ids=[run.info.run_id])
    assert list(table["a"]) == [1, 2, 3], table
    names = {entry.path for entry in client.list_artifacts(run.info.run_id)}
    assert {"figure.png", "single.png", "images", "table.json"} <= names, names
    assert isinstance(table, pandas.DataFrame)


@call
def log_input():
    import pandas

    experiment()
    data = mlflow.data.from_pandas(pandas.DataFrame({"a": [1, 2]}), name="numbers")
    with mlflow.start_run() as run:
        mlflow.log_input(data, context="training")
    inputs = client.get_run(run.info.run_id).inputs.dataset_inputs
    assert [(i.dataset.name, i.tags[0].value) for i in inputs] == [("numbers", "training")]
    found = mlflow.search_runs(filter_string="dataset.name = 'numbers'", output_format="list")
    assert run.info.run_id in [r.info.run_id for r in found]


@call
def nested_runs():
    experiment()
    with mlflow.start_run() as parent:
        with mlflow.start_run(nested=True) as child:
            mlflow.log_metric("x", 1)
    tags = client.get_run(child.info.run_id).data.tags
    assert tags["mlflow.parentRunId"] == parent.info.run_id
    found = mlflow.search_runs(filter_string=f"tags.mlflow.parentRunId = '{parent.info.run_id}'", output_format="list")
    assert [r.info.run_id for r in found] == [child.info.run_id]


@call
def resume_a_run():
    experiment()
    with mlflow.start_run() as run:
        mlflow.log_metric("m", 1, step=1)
    with mlflow.start_run(run_id=run.info.run_id):
        mlflow.log_metric("m", 2, step=2)
        mlflow.log_param("late", "yes")
        mlflow.set_tag("late", "yes")
    again = client.get_run(run.info.run_id)
    assert (again.data.metrics["m"], again.data.params["late"], again.data.tags["late"]) == (2.0, "yes", "yes")
    assert [m.value for m in client.get_metric_history(run.info.run_id, "m")] == [1.0, 2.0]


@call
def search_runs():
    made = experiment()
    for i in range(5):
        with mlflow.start_run(run_name=f"r{i}"):
            mlflow.log_metric("m", i / 4)
            mlflow.log_param("kind", "even" if i % 2 == 0 else "odd")
            mlflow.log_param("lr", 10.0**-i)
            mlflow.set_tag("group", "a" if i < 3 else "b")
    find = lambda filter, order=None: [
        r.info.run_name for r in mlflow.search_runs([made], filter_string=filter, order_by=order, output_format="list")
    ]
    assert find("metrics.m > 0.5") == ["r4", "r3"]
    assert find("metrics.m > 0.2 and params.kind = 'even'", ["metrics.m ASC"]) == ["r2", "r4"]
    assert find("tags.group LIKE 'b%' AND status = 'FINISHED'") == ["r4", "r3"]
    assert find("attributes.run_name ILIKE 'R1'") == ["r1"]
    assert find("params.`kind` IN ('odd')", ["start_time ASC"]) == ["r1", "r3"]
    assert find("metrics.absent > 0") == []
    frame = mlflow.search_runs([made], order_by=["metrics.m DESC"], max_results=2)
    assert list(frame["metrics.m"]) == [1.0, 0.75], frame
    pages, token = [], None
    while True:
        page = client.search_runs([made], max_results=2, page_token=token)
        pages.append(len(page))
        token = page.token
        if not token:
            break
    assert pages == [2, 2, 1]
    refused("INVALID_PARAMETER_VALUE", client.search_runs, [made], "metrics.m >")


@call
def delete_and_restore_a_run():
    made = experiment()
    with mlflow.start_run() as run:
        pass
    client.delete_run(run.info.run_id)
    assert client.get_run(run.info.run_id).info.lifecycle_stage == "deleted"
    assert client.search_runs([made]) == []
    deleted = client.search_runs([made], run_view_type=mlflow.entities.ViewType.DELETED_ONLY)
    assert [r.info.run_id for r in deleted] == [run.info.run_id]
    client.restore_run(run.info.run_id)
    assert [r.info.run_id for r in client.search_runs([made])] == [run.info.run_id]


@call
def rename_a_run():
    experiment()
    with mlflow.start_run(run_name="old") as run:
        mlflow.set_tag("mlflow.runName", "new")
    assert client.get_run(run.info.run_id).info.run_name == "new"
    client.update_run(run.info.run_id, name="newest")
    assert client.get_run(run.info.run_id).info.run_name == "newest"


@call
def a_run_that_is_not_there():
    refused("RESOURCE_DOES_NOT_EXIST", client.get_run, "0" * 32)
    refused("RESOURCE_DOES_NOT_EXIST", client.log_metric, "0" * 32, "m", 1)
    assert client.get_experiment_by_name(name("none")) is None


def fitted():
    import numpy
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression().fit(numpy.array([[0.0], [1.0], [2.0], [3.0]]), numpy.array([0, 0, 1, 1]))


@call
def log_model_and_load_model():
    experiment()
    with mlflow.start_run() as run:
        info = mlflow.sklearn.log_model(fitted(), name="model", input_example=[[1.0]])
    assert list(mlflow.sklearn.load_model(info.model_uri).predict([[0.0], [3.0]])) == [0, 1]
    assert list(mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/model").predict([[3.0]])) == [1]
    outputs = client.get_run(run.info.run_id).outputs.model_outputs
    assert [o.model_id for o in outputs] == [info.model_id]


@call
def a_model_without_a_run():
    experiment()
    info = mlflow.sklearn.log_model(fitted(), name="alone")
    assert list(mlflow.sklearn.load_model(info.model_uri).predict([[3.0]])) == [1]


@call
def logged_models():
    made = experiment()
    model = mlflow.initialize_logged_model(name="m", params={"a": "1"}, tags={"t": "x"}, model_type="demo")
    mlflow.finalize_logged_model(model.model_id, "READY")
    mlflow.set_logged_model_tags(model.model_id, {"u": "y"})
    mlflow.delete_logged_model_tag(model.model_id, "t")
    mlflow.log_model_params({"b": "2"}, model.model_id)
    with mlflow.start_run():
        mlflow.log_metric("acc", 0.9, model_id=model.model_id)
    got = mlflow.get_logged_model(model.model_id)
    assert (got.status, got.tags["u"], "t" in got.tags, got.params) == ("READY", "y", False, {"a": "1", "b": "2"}), got
    found = mlflow.search_logged_models([made], filter_string="name = 'm'", output_format="list")
    assert [m.model_id for m in found] == [model.model_id]
    assert [m.value for m in got.metrics] == [0.9]


@call
def registry():
    experiment()
    with mlflow.start_run():
        info = mlflow.sklearn.log_model(fitted(), name="model")
    model = name("RM")
    first = mlflow.register_model(info.model_uri, model)
    second = mlflow.register_model(info.model_uri, model)
    assert (str(first.version), str(second.version)) == ("1", "2")
    client.set_registered_model_alias(model, "champion", "1")
    assert str(client.get_model_version_by_alias(model, "champion").version) == "1"
    for uri in [f"models:/{model}/1", f"models:/{model}@champion", f"models:/{model}/latest"]:
        assert list(mlflow.sklearn.load_model(uri).predict([[3.0]])) == [1], uri
    client.delete_registered_model_alias(model, "champion")
    client.set_model_version_tag(model, "1", "k", "v")
    client.delete_model_version_tag(model, "1", "k")
    client.set_registered_model_tag(model, "k", "v")
    client.delete_registered_model_tag(model, "k")
    client.update_model_version(model, "1", description="one")
    client.update_registered_model(model, description="all")
    assert client.get_model_version(model, "1").description == "one"
    assert client.get_registered_model(model).description == "all"
    assert client.get_model_version_download_uri(model, "1").startswith("mlflow-artifacts:/")
    assert [m.name for m in client.search_registered_models(f"name = '{model}'")] == [model]
    assert {str(v.version) for v in client.search_model_versions(f"name = '{model}'")} == {"1", "2"}
    client.transition_model_version_stage(model, "1", "Production")
    assert [str(v.version) for v in client.get_latest_versions(model, ["Production"])] == ["1"]
    copied = client.copy_model_version(f"models:/{model}/1", name("copy"))
    assert str(copied.version) == "1"
    renamed = name("renamed")
    client.rename_registered_model(model, renamed)
    client.delete_model_version(renamed, "2")
    client.delete_registered_model(renamed)
    refused("RESOURCE_DOES_NOT_EXIST", client.get_registered_model, renamed)


@call
def log_model_with_a_registered_name():
    experiment()
    model = name("reg")
    with mlflow.start_run():
        mlflow.sklearn.log_model(fitted(), name="model", registered_model_name=model)
    assert str(client.get_latest_versions(model)[0].version) == "1"


@call
def prompts():
    prompt = name("prompt")
    mlflow.register_prompt(name=prompt, template="Say {{word}}")
    assert mlflow.load_prompt(f"prompts:/{prompt}/1").template == "Say {{word}}"
    assert prompt not in [m.name for m in client.search_registered_models()]


@call
def autolog_of_scikit_learn():
    experiment()
    mlflow.sklearn.autolog(log_models=True)
    try:
        with mlflow.start_run() as run:
            fitted()
    finally:
        mlflow.sklearn.autolog(disable=True)
    data = client.get_run(run.info.run_id).data
    assert data.params["C"] == "1.0" and "training_accuracy_score" in data.metrics, data


@call
def autolog_of_a_grid_search():
    import numpy
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    made = experiment()
    mlflow.sklearn.autolog(max_tuning_runs=3)
    try:
        with mlflow.start_run() as run:
            search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0, 10.0]}, cv=2)
            search.fit(numpy.arange(8.0).reshape(-1, 1), numpy.array([0, 0, 0, 0, 1, 1, 1, 1]))
    finally:
        mlflow.sklearn.autolog(disable=True)
    children = client.search_runs([made], f"tags.mlflow.parentRunId = '{run.info.run_id}'")
    assert len(children) == 3, len(children)


@call
def evaluate():
    import pandas

    experiment()
    data = pandas.DataFrame({"x": [0.0, 1.0, 2.0, 3.0], "y": [0, 0, 1, 1]})
    with mlflow.start_run() as run:
        info = mlflow.sklearn.log_model(fitted(), name="model")
        mlflow.models.evaluate(
            info.model_uri, data, targets="y", model_type="classifier", evaluator_config={"log_explainer": False}
        )
    assert "accuracy_score" in client.get_run(run.info.run_id).data.metrics


def main(wanted):
    print(f"mlflow {mlflow.__version__}")
    failed = 0
    for function in calls:
        if wanted and function.__name__ not in wanted:
            continue
        try:
            function()
        except Exception as error:  # each row of the table is of its own
            failed += 1
            print(f"fails  {function.__name__}: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")
            if os.environ.get("SHOW"):
                traceback.print_exc()
        else:
            print(f"works  {function.__name__}")
        finally:
            while mlflow.active_run():
                mlflow.end_run()
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
