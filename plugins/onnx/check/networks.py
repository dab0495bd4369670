"""Exports classifiers of torchvision and timm with random weights, and compares files in ONNX Runtime. See `networks` beside it.

Usage: networks.py names
       networks.py export FOLDER NAME…
       networks.py compare ORIGINAL WRITTEN
"""
import os
import sys
import warnings

warnings.filterwarnings("ignore")

NAMES = ("resnet18 resnext50_32x4d densenet121 mobilenet_v2 mobilenet_v3_small mnasnet0_5 efficientnet_b0 efficientnet_v2_s "
         "squeezenet1_1 googlenet inception_v3 regnet_y_400mf regnet_x_400mf alexnet vgg11_bn shufflenet_v2_x0_5 convnext_tiny "
         "timm/resnetv2_50 timm/res2net50_14w_8s timm/legacy_seresnet18 timm/dpn48b timm/dla34 timm/darknet53 timm/cspresnet50 "
         "timm/cspdarknet53 timm/vovnet39a timm/ese_vovnet19b_dw timm/selecsls42b timm/gernet_s timm/repvgg_a0 timm/mobileone_s0 "
         "timm/xception41 timm/ghostnet_050 timm/mixnet_s timm/rexnet_100 timm/fbnetc_100 timm/lcnet_050 timm/tinynet_e "
         "timm/hrnet_w18_small timm/skresnet18 timm/resnest14d timm/ecaresnet26t").split()
# The smallest side at which each does what it does at its usual one.
SIDES = {"inception_v3": 75, "alexnet": 224, "vgg11_bn": 224}


def model(name):
    import torch
    torch.manual_seed(0)
    if name.startswith("timm/"):
        import timm
        network = timm.create_model(name[len("timm/"):], pretrained=False, num_classes=10).eval()
    else:
        import torchvision
        more = {"aux_logits": False, "init_weights": False} if name in ("googlenet", "inception_v3") else {}
        network = getattr(torchvision.models, name)(weights=None, num_classes=10, **more).eval()
    # Statistics away from the identity, so that an error in them shows.
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-0.1, 0.1)
            module.running_var.uniform_(0.5, 1.5)
            if name.startswith("timm/") and module.affine:
                # It begins the last of each block at 0, so that the block would not show.
                torch.nn.init.uniform_(module.weight, 0.5, 1.5)
    return network


def with_dead_channels(network):
    import torch
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                # What is zero stays zero behind them, where they come before a convolution too.
                module.running_mean.zero_()
                module.bias.zero_()
            elif isinstance(module, torch.nn.Conv2d) and module.out_channels >= 8:
                module.weight[:module.out_channels // 4] = 0
                if module.bias is not None:
                    module.bias[:module.out_channels // 4] = 0
    return network


def export(folder, names):
    import torch
    for name in names:
        side = SIDES.get(name, 64)
        images = torch.randn(1, 3, side, side)
        script, dynamo, dead = (os.path.join(folder, f"{os.path.basename(name)}-{kind}.onnx") for kind in ("script", "dynamo", "dead"))
        for path, change in ((script, lambda network: network), (dead, with_dead_channels)):
            if not os.path.exists(path):
                torch.onnx.export(change(model(name)), (images,), path, dynamo=False, opset_version=17, input_names=["input"],
                                  output_names=["output"], dynamic_axes={"input": {0: "batch"}})
        if not os.path.exists(dynamo):
            torch.onnx.export(model(name), (images,), dynamo, dynamo=True, verbose=False)


def compare(original, written):
    """Prints the largest difference over the largest value, and over what two images differ by: a network that answers all images alike
    shows little. Exits with 1 where the first is above 1e-5."""
    import numpy
    import onnxruntime
    one, two = (onnxruntime.InferenceSession(path) for path in (original, written))
    shape = [extent if isinstance(extent, int) else 1 for extent in one.get_inputs()[0].shape]
    images = numpy.random.default_rng(0).standard_normal((2, *shape)).astype("float32")
    a, b = (numpy.stack([session.run(None, {session.get_inputs()[0].name: image})[0] for image in images]) for session in (one, two))
    difference = abs(a - b).max()
    print(f"{difference / abs(a).max():.1e} ({difference / abs(a[0] - a[1]).max():.1e})")
    # A difference that is no number is above it too.
    if not difference <= 1e-5 * abs(a).max():
        sys.exit(1)


if __name__ == "__main__":
    if sys.argv[1:] == ["names"]:
        print(*NAMES)
    elif len(sys.argv) >= 4 and sys.argv[1] == "export":
        export(sys.argv[2], sys.argv[3:])
    elif len(sys.argv) == 4 and sys.argv[1] == "compare":
        compare(*sys.argv[2:])
    else:
        sys.exit(__doc__)
