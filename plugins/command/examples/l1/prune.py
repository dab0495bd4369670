#!/usr/bin/env python3
"""An external pruner for Espalier, whole: the channels whose kernels have the smallest L1 norm go (Li et al., 2017).

    prune.py [--network] FOLDER

FOLDER holds network.onnx and groups.json, and gets plan.json. With --network the first group alone is pruned, here, and the
network that is left is the answer: FOLDER gets pruned.onnx.
"""
import json
import pathlib
import sys

import numpy
import onnx
from onnx import numpy_helper


def weights(model):
    """Kernels and dense weights by layer, with the channels that the layer gives first and those that it reads second."""
    by_layer = {}
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type in ("Conv", "Gemm") and node.input[1] in tensors:
            layer = node.input[1].rsplit(".", 1)[0]
            array = numpy_helper.to_array(tensors[node.input[1]])
            transposed = any(a.name == "transB" and a.i for a in node.attribute)
            by_layer[layer] = array if node.op_type == "Conv" or transposed else array.T
    return by_layer


def scores(group, kernels):
    """Sum of absolute weights of each unit, over all layers that make it."""
    total = numpy.zeros(group["size"])
    for member in group["members"]:
        if member["role"] == "kernel":
            norms = numpy.abs(kernels[member["layer"]]).reshape(len(kernels[member["layer"]]), -1).sum(axis=1)
            total += [norms[channels].sum() for channels in member["channels"]]
    return total


def lowest(group, values, selection):
    """A share of the units, one always staying."""
    count = min(int(selection["amount"] * group["size"] + 1e-9), group["size"] - 1)
    return sorted(int(unit) for unit in numpy.argsort(values, kind="stable")[:count])


def cut(model, group, removed):
    """Takes units of a group of plain convolutions out of the network."""
    gone = {}
    for member in group["members"]:
        channels = [c for unit in removed for c in member["channels"][unit]]
        gone[(member["layer"], member["role"])] = channels
    for tensor in model.graph.initializer:
        layer, _, parameter = tensor.name.rpartition(".")
        array = numpy_helper.to_array(tensor)
        if (layer, "kernel") in gone and parameter in ("weight", "bias"):
            array = numpy.delete(array, gone[(layer, "kernel")], axis=0)
        if (layer, "scale") in gone:
            array = numpy.delete(array, gone[(layer, "scale")], axis=0)
        if (layer, "reader") in gone and parameter == "weight":
            array = numpy.delete(array, gone[(layer, "reader")], axis=1)
        tensor.CopyFrom(numpy_helper.from_array(numpy.ascontiguousarray(array), tensor.name))


def main(arguments):
    folder = pathlib.Path(arguments[-1])
    asked = json.loads((folder / "groups.json").read_text())
    model = onnx.load(folder / asked["network"])
    kernels = weights(model)
    plan = {group["group"]: lowest(group, scores(group, kernels), asked["selection"]) for group in asked["groups"]}
    if "--network" in arguments:
        first = asked["groups"][0]
        cut(model, first, plan[first["group"]])
        onnx.save(model, folder / "pruned.onnx")
        print(f"{len(plan[first['group']])} channels of {first['group']} cut here")
        return
    removals = [{"group": name, "removed": removed} for name, removed in plan.items() if removed]
    (folder / "plan.json").write_text(json.dumps({"reason": "l1 by hand", "removals": removals}))
    print(f"{sum(len(r['removed']) for r in removals)} channels chosen in {len(removals)} groups")


if __name__ == "__main__":
    main(sys.argv[1:])
