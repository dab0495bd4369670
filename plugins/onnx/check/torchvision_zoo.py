"""Exports torchvision's classifiers with random weights, and compares files in ONNX Runtime. See `torchvision` beside it.

Usage: torchvision_zoo.py export FOLDER [NAME…]
       torchvision_zoo.py compare ORIGINAL CONVERTED
"""
import os
import sys
import warnings

warnings.filterwarnings("ignore")

NAMES = ("resnet18 resnext50_32x4d densenet121 mobilenet_v2 mobilenet_v3_small mnasnet0_5 efficientnet_b0 efficientnet_v2_s "
         "squeezenet1_1 googlenet inception_v3 regnet_y_400mf regnet_x_400mf alexnet vgg11_bn shufflenet_v2_x0_5 convnext_tiny").split()
# The smallest side at which each does what it does at its usual one.
SIDES = {"inception_v3": 75, "alexnet": 224, "vgg11_bn": 224}


def model(name):
    import torch
    import torchvision
    torch.manual_seed(0)
    more = {"aux_logits": False, "init_weights": False} if name in ("googlenet", "inception_v3") else {}
    network = getattr(torchvision.models, name)(weights=None, num_classes=10, **more).eval()
    # Statistics away from the identity, so that an error in them shows.
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-0.1, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    return network


def export(folder, names):
    import torch
    for name in names:
        side = SIDES.get(name, 64)
        images = torch.randn(1, 3, side, side)
        script, dynamo = (os.path.join(folder, f"{name}-{exporter}.onnx") for exporter in ("script", "dynamo"))
        if not os.path.exists(script):
            torch.onnx.export(model(name), (images,), script, dynamo=False, opset_version=17, input_names=["input"],
                              output_names=["output"], dynamic_axes={"input": {0: "batch"}})
        if not os.path.exists(dynamo):
            torch.onnx.export(model(name), (images,), dynamo, dynamo=True, verbose=False)


def compare(original, converted):
    import numpy
    import onnxruntime
    one, two = (onnxruntime.InferenceSession(path) for path in (original, converted))
    shape = [extent if isinstance(extent, int) else 1 for extent in one.get_inputs()[0].shape]
    images = numpy.random.default_rng(0).standard_normal(shape).astype("float32")
    a, b = (session.run(None, {session.get_inputs()[0].name: images})[0] for session in (one, two))
    print(f"{abs(a - b).max() / abs(a).max():.1e}")


if __name__ == "__main__":
    if len(sys.argv) >= 3 and sys.argv[1] == "export":
        export(sys.argv[2], sys.argv[3:] or NAMES)
    elif len(sys.argv) == 4 and sys.argv[1] == "compare":
        compare(*sys.argv[2:])
    else:
        sys.exit(__doc__)
