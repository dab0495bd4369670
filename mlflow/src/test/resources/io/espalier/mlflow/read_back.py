"""Everything that a server holds of a run, by MLflow's Python client, as JSON: read_back.py URI RUN_ID"""
import hashlib
import json
import os
import sys
import tempfile

from mlflow import MlflowClient

client = MlflowClient(tracking_uri=sys.argv[1], registry_uri=sys.argv[1])


def files(run_id):
    with tempfile.TemporaryDirectory() as folder:
        client.download_artifacts(run_id, "", folder)
        return digests(folder)


def digests(folder):
    found = {}
    for at, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(at, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = hashlib.sha256(file.read()).hexdigest()
    return found


def number(value):
    return value if value == value else "NaN"


def model(model_id):
    found = client.get_logged_model(model_id)
    uri = found.artifact_location
    import mlflow.artifacts

    with tempfile.TemporaryDirectory() as folder:
        mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=folder, tracking_uri=sys.argv[1])
        content = digests(folder)
    return {
        "id": model_id,
        "name": found.name,
        "status": str(found.status),
        "source_run": found.source_run_id,
        "params": found.params,
        "files": {os.path.basename(path): digest for path, digest in content.items()},
    }


def run(run_id):
    found = client.get_run(run_id)
    outputs = found.outputs.model_outputs if found.outputs else []
    return {
        "name": found.info.run_name,
        "status": found.info.status,
        "start": found.info.start_time,
        "end": found.info.end_time,
        "params": found.data.params,
        "tags": found.data.tags,
        "metrics": {
            key: [[m.timestamp, m.step, number(m.value)] for m in client.get_metric_history(run_id, key)]
            for key in found.data.metrics
        },
        "files": files(run_id),
        "data": [
            {"name": i.dataset.name, "digest": i.dataset.digest, "profile": i.dataset.profile, "tags": {t.key: t.value for t in i.tags}}
            for i in found.inputs.dataset_inputs
        ],
        "models": [model(output.model_id) for output in outputs],
    }


def children(run_id, experiment):
    below = client.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{run_id}'", max_results=1000)
    return {child.info.run_name: run(child.info.run_id) for child in below}


def versions(run_id):
    return [
        {"name": v.name, "version": v.version, "source": v.source, "aliases": list(client.get_model_version(v.name, v.version).aliases)}
        for v in client.search_model_versions(f"run_id = '{run_id}'")
    ]


experiment = client.get_run(sys.argv[2]).info.experiment_id
print(json.dumps({
    "run": run(sys.argv[2]),
    "children": children(sys.argv[2], experiment),
    "versions": versions(sys.argv[2]),
    "experiment": client.get_experiment(experiment).name,
    "runs": len(client.search_runs([experiment], max_results=1000)),
    "logged_models": len(client.search_logged_models([experiment])),
}))
