#!/usr/bin/env python3
"""Torch-Pruning (Fang et al., DepGraph, 2023) as a pruner of Espalier.

    prune.py [--importance group|l1|random] [--network] FOLDER

FOLDER holds network.onnx and groups.json. The network becomes a PyTorch module, Torch-Pruning's dependency graph finds what
goes together and its importance what goes, and the channels that it chose are written to plan.json by Espalier's units; the
surgery is Espalier's. With --network the surgery is Torch-Pruning's too: the pruned module goes back as pruned.onnx.

Channels are chosen inside of blocks alone, that is where one layer makes them: along sums both sides of which Espalier knows to
go together, Torch-Pruning cannot follow shortcuts that add channels of zeros (option A).
"""
import argparse
import json
import pathlib
import warnings

import onnx
import onnx2torch
import torch
import torch_pruning
from onnx import numpy_helper

warnings.filterwarnings("ignore")


def layers_of(module, model):
    """Espalier's names of the module's convolutions and dense layers, known by their weights."""
    by_weights = {}
    for node in model.graph.node:
        if node.op_type in ("Conv", "Gemm"):
            tensor = next(t for t in model.graph.initializer if t.name == node.input[1])
            array = numpy_helper.to_array(tensor)
            transposed = any(a.name == "transB" and a.i for a in node.attribute)
            array = array if node.op_type == "Conv" or transposed else array.T
            by_weights[array.tobytes()] = tensor.name.rsplit(".", 1)[0]
    return {
        part: by_weights[part.weight.detach().contiguous().numpy().tobytes()]
        for part in module.modules()
        if isinstance(part, (torch.nn.Conv2d, torch.nn.Linear))
    }


def makers(groups):
    """Of the groups whose units one layer makes: by that layer, the group and the unit of each of its channels."""
    found = {}
    for group in groups:
        kernels = [member for member in group["members"] if member["role"] == "kernel"]
        if len(kernels) == 1:
            units = {channel: unit for unit, channels in enumerate(kernels[0]["channels"]) for channel in channels}
            found[kernels[0]["layer"]] = (group["group"], units)
    return found


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--importance", choices=("group", "l1", "random"), default="group")
    arguments.add_argument("--network", action="store_true")
    arguments.add_argument("folder", type=pathlib.Path)
    given = arguments.parse_args()

    asked = json.loads((given.folder / "groups.json").read_text())
    torch.manual_seed(asked["seed"])
    model = onnx.load(given.folder / asked["network"])
    module = onnx2torch.convert(model).eval()
    layers = layers_of(module, model)
    inner = makers(asked["groups"])
    importance = {
        "group": torch_pruning.importance.GroupMagnitudeImportance(p=2),
        "l1": torch_pruning.importance.MagnitudeImportance(p=1),
        "random": torch_pruning.importance.RandomImportance(),
    }[given.importance]
    shape = asked["input"]
    images = torch.zeros(1, shape["channels"], shape["height"], shape["width"])
    pruner = torch_pruning.pruner.BasePruner(
        module, images, importance,
        pruning_ratio=asked["selection"]["amount"],
        global_pruning=asked["selection"]["scope"] == "global",
        round_to=asked["selection"]["multiple"],
        ignored_layers=[part for part, layer in layers.items() if layer not in inner],
    )
    removals = {}
    for chosen in pruner.step(interactive=True):
        dependency, channels = chosen[0]
        group, units = inner[layers[dependency.target.module]]
        removals.setdefault(group, set()).update(units[int(channel)] for channel in channels)
        chosen.prune()
    count = sum(len(units) for units in removals.values())
    if given.network:
        torch.onnx.export(module, images, given.folder / "pruned.onnx", opset_version=17, dynamo=False,
                          input_names=["input"], output_names=["logits"], dynamic_axes={"input": {0: "n"}, "logits": {0: "n"}})
        print(f"Torch-Pruning {torch_pruning.__version__} cut {count} channels of {len(removals)} layers")
        return
    plan = [{"group": group, "removed": sorted(units)} for group, units in removals.items()]
    (given.folder / "plan.json").write_text(json.dumps({"reason": f"Torch-Pruning, {given.importance}", "removals": plan}))
    print(f"Torch-Pruning {torch_pruning.__version__} chose {count} channels of {len(plan)} groups")


if __name__ == "__main__":
    main()
