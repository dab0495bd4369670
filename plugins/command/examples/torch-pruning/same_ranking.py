#!/usr/bin/env python3
"""Compares the scores in a run's journal with those of three lines for Torch-Pruning on the network that the run exported.

    same_ranking.py RUN
"""
import json
import pathlib
import sys
import warnings

import onnx
import onnx2torch
import torch
import torch_pruning
from prune import layers_of

warnings.filterwarnings("ignore")
MAKES = (torch_pruning.prune_conv_out_channels, torch_pruning.prune_depthwise_conv_out_channels, torch_pruning.prune_linear_out_channels)


def peak_weight(group):
    kernels = [dependency.target.module.weight[channels] for dependency, channels in group if dependency.pruning_fn in MAKES]
    return sum(kernel.abs().flatten(1).amax(1) for kernel in kernels)


def ranking(scores):
    return sorted(range(len(scores)), key=lambda unit: (scores[unit], unit))


def main(run):
    journal = [json.loads(line) for line in (run / "journal.jsonl").read_text().splitlines()]
    scored = next(event["details"] for event in journal if event["type"] == "scores")
    model = onnx.load(run / "artifacts" / "network.onnx")
    for node in model.graph.node:
        # Layers become attributes, and one may be called what is a word of Python.
        node.name = "layer_" + node.name
    module = onnx2torch.convert(model).eval()
    layers = layers_of(module, model)
    shape = [d.dim_value or 1 for d in model.graph.input[0].type.tensor_type.shape.dim]
    graph = torch_pruning.DependencyGraph().build_dependency(module, torch.zeros(shape))
    theirs = {}
    for group in graph.get_all_groups(root_module_types=[torch.nn.Conv2d, torch.nn.Linear]):
        with torch.no_grad():
            scores = peak_weight(group).tolist()
        for dependency, channels in group:
            if dependency.pruning_fn in MAKES and sorted(channels) == list(range(len(scores))):
                # By the channels of every layer that makes the group's units, since it is named after one of them.
                theirs[layers[dependency.target.module]] = [scores[channels.index(channel)] for channel in range(len(scores))]
    print(f"criterion {scored['criterion']}, Torch-Pruning {torch_pruning.__version__}, {model.graph.name or 'network'} of {len(layers)} layers with weights")
    differing = 0
    for group, ours in scored["scores"].items():
        same = group in theirs and ranking(ours) == ranking(theirs[group])
        furthest = max(abs(a - b) for a, b in zip(ours, theirs[group])) / max(map(abs, ours)) if group in theirs else float("nan")
        first = " ".join(str(unit) for unit in ranking(ours)[:6])
        print(f"  {group:24} {len(ours):4} channels  {'the same ranking' if same else 'ANOTHER RANKING' if group in theirs else 'NOT A GROUP THERE'}"
              f"  lowest {first} …  scores differ by {furthest:.1e}")
        differing += not same
    print(f"{len(scored['scores']) - differing} of {len(scored['scores'])} groups are ranked the same")
    return 1 if differing or not scored["scores"] else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
