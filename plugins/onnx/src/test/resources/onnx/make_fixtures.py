"""Makes the small networks of this folder with PyTorch's two exporters and with Keras through tf2onnx.

Usage: make_fixtures.py [FOLDER]. Random weights from fixed seeds; see README.md beside it for the versions.
"""
import os
import sys
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
warnings.filterwarnings("ignore")

import numpy as np
import onnx
import torch
import torch.nn as nn
import torch.nn.functional as F

FOLDER = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
CLASSES = 5
rows = []


def randomise(model):
    """Norms away from the identity, so that an error in them shows."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.5, 0.5)
            nn.init.uniform_(module.running_mean, -0.3, 0.3)
            nn.init.uniform_(module.running_var, 0.5, 1.5)


def norm_relu(channels):
    return nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU())


def conv_norm(i, o, k=3, s=1, g=1, act=nn.ReLU):
    layers = [nn.Conv2d(i, o, k, s, k // 2, groups=g, bias=False), nn.BatchNorm2d(o)]
    return nn.Sequential(*layers, *([act()] if act else []))


class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(6, 8, 3, padding=1), nn.LeakyReLU(0.1), nn.MaxPool2d(2))
        self.head = nn.Sequential(nn.Linear(8 * 16, 12), nn.ReLU(), nn.Dropout(), nn.Linear(12, CLASSES))

    def forward(self, x):
        x = self.features(x)
        return self.head(x.view(x.size(0), -1))


class OptionA(nn.Module):
    """A residual network whose shortcuts skip rows and columns and pad channels."""

    def __init__(self):
        super().__init__()
        self.stem = conv_norm(3, 4)
        self.a = nn.Sequential(conv_norm(4, 4), conv_norm(4, 4, act=None))
        self.b = nn.Sequential(conv_norm(4, 8, s=2), conv_norm(8, 8, act=None))
        self.head = nn.Linear(8, CLASSES)

    def forward(self, x):
        x = self.stem(x)
        x = F.relu(self.a(x) + x)
        x = F.relu(self.b(x) + F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 2, 2), "constant", 0))
        x = F.avg_pool2d(x, x.size()[3])
        return self.head(x.view(x.size(0), -1))


class OptionB(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 4, 7, 2, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
        self.a = nn.Sequential(conv_norm(4, 8, s=2), conv_norm(8, 8, act=None))
        self.shortcut = conv_norm(4, 8, k=1, s=2, act=None)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(8, CLASSES)

    def forward(self, x):
        x = self.stem(x)
        x = F.relu(self.a(x) + self.shortcut(x))
        return self.head(torch.flatten(self.pool(x), 1))


class Bottleneck(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = conv_norm(3, 8)
        self.a = nn.Sequential(conv_norm(8, 4, 1), conv_norm(4, 4), conv_norm(4, 8, 1, act=None))
        self.b = nn.Sequential(conv_norm(8, 4, 1), conv_norm(4, 4, s=2), conv_norm(4, 16, 1, act=None))
        self.shortcut = conv_norm(8, 16, 1, 2, act=None)
        self.head = nn.Linear(16, CLASSES)

    def forward(self, x):
        x = self.stem(x)
        x = F.relu(self.a(x) + x)
        x = F.relu(self.b(x) + self.shortcut(x))
        return self.head(x.mean((2, 3)))


class Dense(nn.Module):
    """Blocks in which each layer reads all before it, norm and activation first."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 6, 3, padding=1, bias=False)
        self.layers = nn.ModuleList(
            nn.Sequential(norm_relu(6 + 4 * i), nn.Conv2d(6 + 4 * i, 4, 3, padding=1, bias=False)) for i in range(3))
        self.transition = nn.Sequential(norm_relu(18), nn.Conv2d(18, 9, 1, bias=False), nn.AvgPool2d(2))
        self.norm = norm_relu(9)
        self.head = nn.Linear(9, CLASSES)

    def forward(self, x):
        x = self.stem(x)
        for layer in self.layers:
            x = torch.cat([x, layer(x)], 1)
        x = self.norm(self.transition(x))
        return self.head(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))


class Inverted(nn.Module):
    def __init__(self, act=nn.ReLU6):
        super().__init__()
        self.stem = conv_norm(3, 6, s=2, act=act)
        self.a = nn.Sequential(conv_norm(6, 12, 1, act=act), conv_norm(12, 12, g=12, act=act), conv_norm(12, 6, 1, act=None))
        self.b = nn.Sequential(conv_norm(6, 12, 1, act=act), conv_norm(12, 24, 5, 2, 12, act=act), conv_norm(24, 8, 1, act=None))
        self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(8, CLASSES))

    def forward(self, x):
        x = self.stem(x)
        x = self.b(x + self.a(x))
        return self.head(x.mean([2, 3]))


class Inception(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = conv_norm(3, 6)
        self.one = conv_norm(6, 4, 1)
        self.long = nn.Sequential(
            conv_norm(6, 4, 1), nn.Conv2d(4, 4, (1, 7), padding=(0, 3)), nn.ReLU(), nn.Conv2d(4, 5, (7, 1), padding=(3, 0)), nn.ReLU())
        self.pooled = nn.Sequential(nn.AvgPool2d(3, 1, 1), conv_norm(6, 3, 1))
        self.excluding = nn.AvgPool2d(3, 2, 1, count_include_pad=False)
        self.reduce = conv_norm(12, 6, 3, 2)
        self.max = nn.MaxPool2d(3, 2, 1)
        self.head = nn.Linear(30, CLASSES)

    def forward(self, x):
        x = self.stem(x)
        x = torch.cat([self.one(x), self.long(x), self.pooled(x)], 1)
        x = torch.cat([self.reduce(x), self.max(x), self.excluding(x)], 1)
        return torch.softmax(self.head(F.adaptive_avg_pool2d(x, (1, 1)).flatten(1)), 1)


class Attention(nn.Module):
    """Channel attention by dense layers, as squeeze-and-excitation was first written."""

    def __init__(self):
        super().__init__()
        self.stem = conv_norm(3, 8)
        self.fc = nn.Sequential(nn.Linear(8, 4, bias=False), nn.ReLU(), nn.Linear(4, 8, bias=False), nn.Sigmoid())
        self.more = conv_norm(8, 6, s=2)
        self.head = nn.Linear(6, CLASSES)

    def forward(self, x):
        x = self.stem(x)
        b, c, _, _ = x.size()
        gate = self.fc(F.adaptive_avg_pool2d(x, 1).view(b, c)).view(b, c, 1, 1)
        x = self.more(x * gate)
        return self.head(F.adaptive_max_pool2d(x, 1).view(b, -1))


class Mobile3(nn.Module):
    """Hard swish and attention by 1x1 convolutions with a hard sigmoid."""

    def __init__(self):
        super().__init__()
        self.stem = conv_norm(3, 8, s=2, act=nn.Hardswish)
        self.depth = conv_norm(8, 8, 3, 1, 8, act=nn.Hardswish)
        self.squeeze = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(8, 4, 1), nn.ReLU(), nn.Conv2d(4, 8, 1), nn.Hardsigmoid())
        self.project = conv_norm(8, 8, 1, act=None)
        self.head = nn.Sequential(nn.Linear(8, 10), nn.Hardswish(), nn.Linear(10, CLASSES))

    def forward(self, x):
        x = self.stem(x)
        y = self.depth(x)
        x = x + self.project(self.squeeze(y) * y)
        return self.head(F.adaptive_avg_pool2d(x, 1).flatten(1))


class HandMadeHardSwish(nn.Module):
    """x * relu6(x + 3) / 6 and its relatives, as networks older than the operation write them."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 6, 3, padding=1)
        self.b = nn.Conv2d(6, 6, 3, padding=1)
        self.c = nn.Conv2d(6, 6, 3, padding=1)
        self.gate = nn.Conv2d(6, 6, 1)
        self.head = nn.Linear(6, CLASSES)

    def forward(self, x):
        x = self.a(x)
        x = x * F.relu6(x + 3) / 6
        x = self.b(x)
        x = x * (torch.clamp(x + 3, 0, 6) / 6)
        x = self.c(x)
        x = x * torch.sigmoid(x)
        x = x * (F.relu6(self.gate(F.adaptive_avg_pool2d(x, 1)) + 3) * (1 / 6))
        return self.head(x.mean((2, 3)))


class Grouped(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = conv_norm(3, 8)
        self.a = nn.Sequential(conv_norm(8, 8, 1), conv_norm(8, 8, g=4), conv_norm(8, 8, 1, act=None))
        self.dilated = nn.Sequential(nn.Conv2d(8, 12, 3, padding=2, dilation=2, groups=2), nn.ELU(0.7))
        self.head = nn.Linear(12 * 4, CLASSES)

    def forward(self, x):
        x = self.stem(x)
        x = self.dilated(F.relu(x + self.a(x)))
        return self.head(F.adaptive_avg_pool2d(x, (2, 2)).flatten(1))


class CeilMode(nn.Module):
    """Poolings that round up, and classes pooled from maps."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 6, 3), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=True),
            nn.Conv2d(6, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=True))
        self.head = nn.Sequential(nn.Dropout(), nn.Conv2d(8, CLASSES, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1))

    def forward(self, x):
        return torch.flatten(self.head(self.features(x)), 1)


class CeilAverage(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 6, 3)
        self.b = nn.Conv2d(6, 8, 3)
        self.head = nn.Linear(8 * 9, CLASSES)

    def forward(self, x):
        x = F.avg_pool2d(F.relu(self.a(x)), 3, 2, ceil_mode=True, count_include_pad=False)
        x = F.max_pool2d(torch.tanh(self.b(x)), 2, 2, ceil_mode=True)
        return self.head(x.reshape(x.shape[0], -1))


class Uneven(nn.Module):
    """Padding that is wider on one side, cropping, split channels."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 8, 3, stride=2)
        self.b = nn.Conv2d(8, 8, 3)
        self.head = nn.Linear(8 * 4, CLASSES)

    def forward(self, x):
        x = F.relu(self.a(F.pad(x, (0, 1, 0, 1))))
        x = self.b(F.pad(x, (1, 0, 2, 0), value=0.5))
        left, right = torch.chunk(x, 2, 1)
        x = torch.cat([right * 0.5, left - 1], 1)[:, :, 1:, :-1]
        x = F.max_pool2d(F.pad(x, (0, 1, 1, 0), value=-1e9), 3, 2)
        x = F.avg_pool2d(x, 2, 1)
        return self.head(torch.flatten(x, 1))


def same_padding(x, kernel, stride):
    """As TensorFlow pads, from extents that the trace holds as numbers of the graph."""
    extents = [torch.as_tensor(x.size(axis)) for axis in (2, 3)]
    h, w = (torch.clamp((torch.ceil(e / stride) - 1) * stride + kernel - e, min=0).to(torch.int64) for e in extents)
    return F.pad(x, (w // 2, w - w // 2, h // 2, h - h // 2))


class StandardisedConvolution(nn.Conv2d):
    """Its kernels have mean 0 and a variance that is learned; the exporter leaves the sums in the graph."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.gain = nn.Parameter(torch.rand(self.out_channels) + 0.5)

    def forward(self, x):
        rows = self.weight.reshape(1, self.out_channels, -1)
        weight = F.batch_norm(rows, None, None, weight=self.gain, training=True, momentum=0.0, eps=1e-6).reshape_as(self.weight)
        return F.conv2d(same_padding(x, self.kernel_size[0], self.stride[0]), weight, self.bias, self.stride)


class Standardised(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = StandardisedConvolution(3, 8, 3, stride=2)
        self.b = StandardisedConvolution(8, 8, 5)
        self.head = nn.Linear(8, CLASSES)

    def forward(self, x):
        x = F.relu(self.b(F.relu(self.a(x))))
        return self.head(x.mean((2, 3)))


def count(model, folded):
    """Parameters; where the exporter multiplies norms into convolutions, as many as are left."""
    total = sum(p.numel() for p in model.parameters())
    total -= sum(m.gain.numel() for m in model.modules() if isinstance(m, StandardisedConvolution))
    if folded:
        for module in model.modules():
            if isinstance(module, nn.Sequential):
                children = list(module)
                for a, b in zip(children, children[1:]):
                    if isinstance(a, nn.Conv2d) and isinstance(b, nn.BatchNorm2d):
                        total -= b.num_features * (2 if a.bias is not None else 1)
    return total


def torch_fixture(name, model, size=16, opset=17, dynamo=False, keep_norms=False, dynamic=("batch",)):
    torch.manual_seed(len(rows) + 1)
    for module in model.modules():
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()
    randomise(model)
    model.eval()
    path = os.path.join(FOLDER, name + ".onnx")
    images = torch.rand(2, 3, size, size)
    if dynamo:
        shapes = {0: torch.export.Dim("batch", min=1, max=1024)}
        if "sides" in dynamic:
            shapes.update({2: torch.export.Dim.AUTO, 3: torch.export.Dim.AUTO})
        torch.onnx.export(model, (images,), path, dynamo=True, opset_version=opset, external_data=False, verbose=False,
                          input_names=["input"], output_names=["output"], dynamic_shapes=(shapes,))
    else:
        axes = {0: "batch"} if "batch" in dynamic else {}
        if "sides" in dynamic:
            axes.update({2: "height", 3: "width"})
        torch.onnx.export(model, (images,), path, dynamo=False, opset_version=opset,
                          training=torch.onnx.TrainingMode.PRESERVE if keep_norms else torch.onnx.TrainingMode.EVAL,
                          do_constant_folding=not keep_norms,
                          input_names=["input"], output_names=["output"],
                          dynamic_axes={"input": axes, "output": {0: "batch"} if "batch" in dynamic else {}})
    stripped(path)
    left = [n.op_type for n in onnx.load(path).graph.node]
    done(name, size, count(model, "BatchNormalization" not in left), 3)


def stripped(path):
    """Where in the exporter's own source a node came from is most of the file otherwise."""
    model = onnx.load(path)
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    del model.graph.value_info[:]
    for value in list(model.graph.value_info) + list(model.graph.input) + list(model.graph.output):
        del value.metadata_props[:]
    del model.graph.metadata_props[:]
    del model.metadata_props[:]
    onnx.save(model, path)


def done(name, size, parameters, channels):
    path = os.path.join(FOLDER, name + ".onnx")
    model = onnx.load(path)
    opset = [o.version for o in model.opset_import if o.domain in ("", "ai.onnx")][0]
    rows.append((name, channels, size, parameters))
    print(f"{name:28} opset {opset:2} {os.path.getsize(path):7} bytes {parameters:6} parameters ",
          " ".join(sorted({n.op_type for n in model.graph.node})), flush=True)


def keras_fixtures():
    import keras
    from keras import layers as L

    def conv_bn(x, filters, kernel, strides=1, activation="relu"):
        x = L.Conv2D(filters, kernel, strides=strides, padding="same", use_bias=False)(x)
        x = L.BatchNormalization()(x)
        return L.Activation(activation)(x) if activation else x

    def plain():
        return keras.Sequential([
            keras.Input((16, 16, 3)),
            L.Conv2D(6, 3, padding="same", activation="relu"), L.MaxPooling2D(),
            L.Conv2D(8, 3, padding="valid"), L.BatchNormalization(), L.LeakyReLU(0.2), L.AveragePooling2D(2),
            L.Flatten(), L.Dense(10, activation="relu"), L.Dropout(0.3), L.Dense(CLASSES, activation="softmax")])

    def residual():
        i = keras.Input((16, 16, 3))
        x = conv_bn(i, 6, 3)
        y = conv_bn(conv_bn(x, 8, 3, 2), 8, 3, activation=None)
        x = L.Activation("relu")(L.Add()([y, conv_bn(x, 8, 1, 2, None)]))
        x = L.Concatenate()([x, conv_bn(x, 4, 3), L.MaxPooling2D(3, 1, padding="same")(x)])
        return keras.Model(i, L.Dense(CLASSES)(L.GlobalAveragePooling2D()(x)))

    def mobile():
        i = keras.Input((16, 16, 3))
        x = L.Rescaling(1 / 127.5, offset=-1)(i)
        x = L.ReLU(6.0)(conv_bn(L.ZeroPadding2D(((0, 1), (0, 1)))(x), 8, 3, 2, None))
        y = L.DepthwiseConv2D(3, strides=2, padding="same", use_bias=False)(x)
        y = L.ReLU(6.0)(L.BatchNormalization()(y))
        y = L.Conv2D(8, 1, use_bias=False)(y)
        y = L.BatchNormalization()(y)
        s = L.Reshape((1, 1, 8))(L.GlobalAveragePooling2D()(y))
        s = L.Conv2D(4, 1, activation="silu")(s)
        s = L.Conv2D(8, 1, activation="sigmoid")(s)
        x = L.Multiply()([y, s])
        x = L.AveragePooling2D(3, 2, padding="same")(x)
        x = L.Activation("hard_swish")(L.SeparableConv2D(10, 3, padding="same")(x))
        x = L.Flatten()(x)
        return keras.Model(i, L.Dense(CLASSES, activation="softmax")(x))

    def folded(model):
        """
        What goes when norms are multiplied into the convolutions before them, which get a bias for it. After depthwise
        convolutions and such that have a bias already tf2onnx leaves them, as a factor and a sum.
        """
        gone = 0
        for layer in model.layers:
            before = layer.input._keras_history.operation if isinstance(layer, L.BatchNormalization) else None
            if before is not None and not isinstance(before, L.DepthwiseConv2D) and not before.use_bias:
                gone += layer.gamma.shape[0]
        return gone

    for name, make, opset in [("keras-plain", plain, 13), ("keras-residual", residual, 15), ("keras-mobile", mobile, 18)]:
        keras.utils.set_random_seed(len(rows) + 1)
        model = make()
        for layer in model.layers:
            # Biases of zero are taken out by the exporter.
            layer.set_weights([np.random.uniform(0.5, 1.5, w.shape) if w.ndim == 1 else w for w in layer.get_weights()])
        model(np.zeros((1, 16, 16, 3), "float32"))
        path = os.path.join(FOLDER, name + ".onnx")
        model.export(path, format="onnx", opset_version=opset, verbose=False)
        kept = "BatchNormalization" in [n.op_type for n in onnx.load(path).graph.node]
        trainable = int(sum(np.prod(w.shape) for w in model.trainable_weights))
        stripped(path)
        done(name, 16, trainable if kept else trainable - folded(model), 3)


def opsets():
    """One network in every version of the operations that is read."""

    class Versions(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = conv_norm(3, 4)
            self.b = nn.Conv2d(8, 6, 3, 2)
            self.head = nn.Linear(6, CLASSES)

        def forward(self, x):
            x = self.a(x)
            x = torch.cat([x[:, :, 1:, 1:], F.avg_pool2d(x, 2, 1)], 1)
            x = torch.clamp(self.b(x), -0.5, 2.0)
            x = F.dropout(x.mean((2, 3), keepdim=True), 0.5, self.training)
            return torch.softmax(self.head(x.squeeze(3).squeeze(2)), 1)

    for opset in range(9, 21):
        torch_fixture(f"opset-{opset:02}", Versions(), 12, opset, keep_norms=True)
    model = onnx.version_converter.convert_version(onnx.load(os.path.join(FOLDER, "opset-20.onnx")), 21)
    onnx.save(model, os.path.join(FOLDER, "opset-21.onnx"))
    done("opset-21", 12, rows[-1][3], 3)


def precisions():
    """The plain network's weights as halves, bfloat16 and doubles, cast to float in the graph; and as old files list them."""
    from onnx import TensorProto, helper, numpy_helper
    import ml_dtypes

    base = onnx.load(os.path.join(FOLDER, "dynamo-plain.onnx"))
    for name, kind, dtype in [("weights-half", TensorProto.FLOAT16, np.float16), ("weights-bfloat16", TensorProto.BFLOAT16, ml_dtypes.bfloat16),
                              ("weights-double", TensorProto.DOUBLE, np.float64)]:
        model = onnx.ModelProto()
        model.CopyFrom(base)
        casts = []
        for tensor in model.graph.initializer:
            if tensor.data_type != TensorProto.FLOAT:
                continue
            values = numpy_helper.to_array(tensor).astype(dtype)
            narrow = tensor.name + "." + name
            tensor.CopyFrom(helper.make_tensor(narrow, kind, values.shape, values.tobytes(), raw=True))
            casts.append(helper.make_node("Cast", [narrow], [narrow.rsplit("." + name, 1)[0]], to=TensorProto.FLOAT))
        nodes = casts + list(model.graph.node)
        del model.graph.node[:]
        model.graph.node.extend(nodes)
        onnx.save(model, os.path.join(FOLDER, name + ".onnx"))
        done(name, 16, [r[3] for r in rows if r[0] == "torch-plain"][0], 3)
    model = onnx.load(os.path.join(FOLDER, "torch-plain.onnx"))
    model.ir_version = 3
    for tensor in model.graph.initializer:
        model.graph.input.append(helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims))
        values = numpy_helper.to_array(tensor)
        tensor.CopyFrom(helper.make_tensor(tensor.name, tensor.data_type, tensor.dims, values.flatten().tolist()))
    onnx.save(model, os.path.join(FOLDER, "weights-listed-as-inputs.onnx"))
    done("weights-listed-as-inputs", 16, [r[3] for r in rows if r[0] == "torch-plain"][0], 3)
    model = onnx.ModelProto()
    model.CopyFrom(base)
    onnx.save_model(model, os.path.join(FOLDER, "weights-beside.onnx"), save_as_external_data=True, all_tensors_to_one_file=True,
                    location="weights-beside.data", size_threshold=64)
    done("weights-beside", 16, [r[3] for r in rows if r[0] == "torch-plain"][0], 3)


def main():
    torch_fixture("torch-plain", Plain(), opset=9)
    torch_fixture("torch-option-a", OptionA(), opset=11, keep_norms=True)
    torch_fixture("torch-option-b", OptionB(), 32, opset=13)
    torch_fixture("torch-bottleneck", Bottleneck(), opset=17, keep_norms=True, dynamic=("batch", "sides"))
    torch_fixture("torch-dense", Dense(), opset=17, keep_norms=True)
    torch_fixture("torch-inverted", Inverted(), opset=12)
    torch_fixture("torch-inception", Inception(), opset=14, dynamic=())
    torch_fixture("torch-attention", Attention(), opset=15)
    torch_fixture("torch-mobile3", Mobile3(), opset=13)
    torch_fixture("torch-mobile3-native", Mobile3(), opset=16, keep_norms=True)
    torch_fixture("torch-hand-hard-swish", HandMadeHardSwish(), opset=17)
    torch_fixture("torch-grouped", Grouped(), opset=17)
    torch_fixture("torch-ceil", CeilMode(), 18, opset=17)
    torch_fixture("torch-ceil-open", CeilMode(), 18, opset=17, dynamic=("batch", "sides"))
    torch_fixture("torch-ceil-average", CeilAverage(), 16, opset=19)
    torch_fixture("torch-uneven", Uneven(), 16, opset=17)
    torch_fixture("torch-plain-open", Plain(), opset=17, dynamic=("batch", "sides"))
    for name, model, size, opset, dynamic in [
            ("dynamo-plain", Plain(), 16, 18, ("batch",)), ("dynamo-option-a", OptionA(), 16, 18, ("batch",)),
            ("dynamo-bottleneck", Bottleneck(), 16, 20, ("batch", "sides")), ("dynamo-inverted", Inverted(nn.SiLU), 16, 21, ("batch",)),
            ("dynamo-attention", Attention(), 16, 18, ("batch",)), ("dynamo-mobile3", Mobile3(), 16, 18, ("batch",)),
            ("dynamo-inception", Inception(), 16, 18, ("batch",)), ("dynamo-uneven", Uneven(), 16, 18, ("batch",)),
            ("dynamo-grouped", Grouped(), 16, 20, ("batch",)), ("dynamo-dense", Dense(), 16, 18, ("batch",)),
            ("dynamo-ceil", CeilMode(), 18, 18, ("batch",))]:
        torch_fixture(name, model, size, opset, dynamo=True, dynamic=dynamic)
    opsets()
    precisions()
    keras_fixtures()
    torch_fixture("torch-standardised", Standardised(), 15, opset=17)
    with open(os.path.join(FOLDER, "fixtures.txt"), "w") as out:
        out.write("# name, channels, side of the images, parameters (as the framework counts them after what the exporter folds)\n")
        out.writelines(f"{n} {c} {s} {p}\n" for n, c, s, p in rows)
    print("total", sum(os.path.getsize(os.path.join(FOLDER, f)) for f in os.listdir(FOLDER) if not f.endswith(("log", "py"))))


if __name__ == "__main__":
    main()
