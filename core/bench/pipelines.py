"""The whole way from the file of a model to the pruned network, Espalier and PyTorch in turn, for `compare`."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
TRAIN, VALIDATION, TEST, EPOCHS, ROUND_EPOCHS, FINAL_EPOCHS, TARGET = 1000, 500, 2000, 2, 1, 2, 0.8


def timed(command, environment):
    """Output, seconds and peak memory in MB of a process."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}")
    return output, time.perf_counter() - begin, usage.ru_maxrss // 1024


def ours(espalier, model, data, seed):
    with tempfile.TemporaryDirectory() as folder:
        options = {"model": model, "data": data, "train": TRAIN, "validation": VALIDATION, "test": TEST, "batch": 32, "epochs": EPOCHS,
                   "roundEpochs": ROUND_EPOCHS, "finalEpochs": FINAL_EPOCHS, "learningRate": 0.02, "headLearningRate": 0.003,
                   "finalLearningRate": 0.01, "fraction": 0.25, "of": "parameters", "costExponent": 0.5, "maxDrop": 0.99, "target": TARGET}
        command = [espalier, "run", "basis-scaling", "--quiet", "--no-tracking", "--seed", str(seed), "--run-dir", folder]
        _, seconds, memory = timed(command + [word for name, value in options.items() for word in ("-p", f"{name}={value}")], dict(os.environ))
        run = next(pathlib.Path(folder).glob("*-basis-scaling"))
        summary = json.loads((run / "summary.json").read_text())
        rounds = len(re.findall(r'"type":"stage-finished".*"stage":"threshold"', (run / "journal.jsonl").read_text()))
        return {"s": seconds, "mb": memory, "accuracy": summary["pruned"]["accuracy"], "reduction": summary["achievedReduction"], "rounds": rounds}


def theirs(python, model, data, seed):
    with tempfile.TemporaryDirectory() as folder:
        output, seconds, memory = timed(
            [python, str(HERE / "torch_pipeline.py"), str(model), str(data), f"{folder}/pruned.pt",
             *map(str, (TRAIN, VALIDATION, TEST, EPOCHS, ROUND_EPOCHS, FINAL_EPOCHS, TARGET, seed))], dict(os.environ))
        result = json.loads(output.splitlines()[-1])
        return {"s": seconds, "mb": memory, "accuracy": result["pruned"], "reduction": result["reduction"], "rounds": result["rounds"]}


def compare(model, data, pairs, espalier, python):
    samples = {"onednn": [], "plain": []}
    for pair in range(1, pairs + 1):
        samples["onednn"].append(ours(espalier, model, data, pair))
        samples["plain"].append(theirs(python, model, data, pair))
    return {"case": ["pipeline"], "samples": samples, "load": os.getloadavg()[0]}
