"""Makes the Keras files of the tests, and what Keras itself computes with them.

    python keras_fixtures.py models FOLDER        small whole models, .h5 and .keras, with Keras 3
    python keras_fixtures.py models-keras2 FOLDER the same as .h5 with Keras 2 (package tf_keras)
    python keras_fixtures.py narrow FOLDER        weights of the five applications, an eighth or less of their widths
    python keras_fixtures.py applications FOLDER  weights of the five applications as they are (1.2 GB)

Every file NAME comes with NAME.json: two images, what Keras predicts for them, and the number of trainable parameters.
Weights are random and so are the statistics of batch norms, so that a wrong order shows. All files are packed by gzip except those of `applications`.
"""
import gzip
import json
import os
import shutil
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np

KERAS2 = len(sys.argv) > 1 and sys.argv[1] == "models-keras2"
if KERAS2:
    import tf_keras as keras
else:
    import keras
layers = keras.layers


def randomise(model, rng):
    """Weights that keep activations near 1 whatever the depth."""
    seen = set()

    def own(layer):
        for inner in getattr(layer, "layers", []):
            own(inner)
        if id(layer) in seen or getattr(layer, "layers", None):
            return
        seen.add(id(layer))
        values = []
        for value in layer.get_weights():
            if value.dtype != np.float32:
                values.append(value)
            elif value.ndim > 1:
                depthwise = "Depthwise" in type(layer).__name__ or (
                    "Separable" in type(layer).__name__ and not values)
                fan = value.shape[0] * value.shape[1] if depthwise else np.prod(value.shape[:-1])
                # Few different values, so that the files pack well; their deviation is sqrt(2), hence a variance of 2 / fan.
                scale = 2.0 ** np.round(np.log2(np.sqrt(1.0 / fan)))
                values.append((rng.integers(-2, 3, size=value.shape) * scale).astype(np.float32))
            else:
                values.append((rng.integers(4, 13, size=value.shape) / 8).astype(np.float32))
        if values:
            if type(layer).__name__ == "BatchNormalization":
                # A mean of its own sign, near what comes in.
                values[-2] = values[-2] - np.float32(1)
                if layer.center:
                    values[-3] = values[-3] - np.float32(1)
            elif values[-1].ndim == 1 and type(layer).__name__ != "Normalization":
                values[-1] = (values[-1] - np.float32(1)) / np.float32(4)
            layer.set_weights(values)

    own(model)


def trainable(model):
    """Of the model as if nothing of it were frozen."""
    def of(layer):
        if getattr(layer, "layers", None):
            return sum(of(inner) for inner in layer.layers)
        frozen = layer.trainable
        layer.trainable = True
        number = int(sum(np.prod(w.shape) for w in layer.trainable_weights))
        layer.trainable = frozen
        return number
    return of(model)


def temper(model, images):
    """Logits of about 1: a softmax that says 1 and 0 would hide errors."""
    last = [layer for layer in model.layers if type(layer).__name__ == "Dense"][-1:]
    if len(model.output_shape) == 2 and last:
        features = keras.Model(model.inputs, last[0].input).predict(images, verbose=0)
        kernel, bias = last[0].get_weights()
        kernel = kernel * np.float32(2.0 ** -np.round(np.log2(np.std(features @ kernel))))
        middle = np.mean(features @ kernel) if bias.size == 1 else 0
        last[0].set_weights([kernel, bias - np.float32(np.round(middle * 8) / 8)])


def record(path, model, images, keep_open=False):
    temper(model, images)
    output = model.predict(images, verbose=0)
    numbers = {"shape": list(images.shape), "input": [float(x) for x in images.ravel()],
               "outputShape": list(output.shape),
               "output": [float(f"{x:.9g}") for x in output.ravel()], "trainable": trainable(model)}
    with open(path + ".json", "w") as file:
        json.dump(numbers, file, separators=(",", ":"))
    if not keep_open:
        pack(path + ".json")


def pack(path):
    with open(path, "rb") as plain, open(path + ".gz", "wb") as packed:
        with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0, compresslevel=9) as stream:
            shutil.copyfileobj(plain, stream)
    os.remove(path)


def pixels(rng, height, width, channels=3, number=2):
    return rng.integers(0, 256, size=(number, height, width, channels)).astype(np.float32)


def plain():
    return keras.Sequential([
        layers.Input((13, 10, 3)),
        layers.Rescaling(1 / 127.5, offset=-1, name="to_one"),
        layers.Conv2D(6, 3, padding="same", activation="relu", name="conv_a"),
        layers.MaxPooling2D(2, padding="same", name="pool_a"),
        layers.Conv2D(8, (3, 2), padding="valid", use_bias=False, name="conv_b"),
        layers.BatchNormalization(name="norm_b"),
        layers.Activation("relu", name="relu_b"),
        layers.AveragePooling2D((2, 3), strides=2, padding="same", name="pool_b"),
        layers.SpatialDropout2D(0.2, name="drop_b"),
        layers.Conv2D(5, 3, strides=2, padding="same", activation="tanh", name="conv_c"),
        layers.Flatten(name="flat"),
        layers.BatchNormalization(name="norm_flat"),
        layers.Dropout(0.5, name="drop"),
        layers.Dense(7, activation="elu", name="fc"),
        layers.Dense(4, activation="softmax", name="out"),
    ], name="plain")


def residual():
    """Basic blocks, batch norm after the convolution, projection of stride 2; ends in logits."""
    x = inputs = layers.Input((16, 12, 3), name="image")
    x = layers.Rescaling(1 / 255, name="scale")(x)
    x = layers.Conv2D(6, 3, padding="same", use_bias=False, name="stem")(x)
    x = layers.BatchNormalization(name="stem_bn")(x)
    x = layers.ReLU(name="stem_relu")(x)
    relu = layers.ReLU(name="relu")  # one layer without weights, called many times
    for i, (width, stride) in enumerate([(6, 1), (10, 2), (10, 1)]):
        shortcut = x
        y = layers.Conv2D(width, 3, strides=stride, padding="same", name=f"b{i}_conv1")(x)
        y = layers.BatchNormalization(name=f"b{i}_bn1", epsilon=1e-5)(y)
        y = relu(y)
        y = layers.Conv2D(width, 3, padding="same", name=f"b{i}_conv2")(y)
        y = layers.BatchNormalization(name=f"b{i}_bn2", scale=(i != 1))(y)
        if stride != 1 or shortcut.shape[-1] != width:
            shortcut = layers.Conv2D(width, 1, strides=stride, name=f"b{i}_shortcut")(shortcut)
        x = relu(layers.Add(name=f"b{i}_add")([shortcut, y]))
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    return keras.Model(inputs, layers.Dense(5, name="logits")(x), name="residual")


def bottleneck():
    """As ResNet-50 begins: padding of its own, bottlenecks, softmax as a layer of its own."""
    x = inputs = layers.Input((17, 19, 3))
    x = layers.Rescaling([1 / 64, 1 / 32, 1 / 48], offset=[-1.0, 0.5, 0.25], name="scale")(x)
    x = layers.ZeroPadding2D(((3, 2), (1, 4)), name="pad")(x)
    x = layers.Conv2D(8, 5, strides=2, name="conv1")(x)
    x = layers.BatchNormalization(name="bn1", epsilon=1.001e-5)(x)
    x = layers.Activation("relu", name="relu1")(x)
    x = layers.ZeroPadding2D(1, name="pad2")(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool")(x)
    for i in range(2):
        shortcut = x if i else layers.Conv2D(12, 1, name="short")(x)
        y = layers.Conv2D(4, 1, activation="relu", name=f"b{i}_1")(x)
        y = layers.Conv2D(4, 3, padding="same", use_bias=False, name=f"b{i}_2")(y)
        y = layers.BatchNormalization(name=f"b{i}_bn", center=False)(y)
        y = layers.LeakyReLU(name=f"b{i}_leaky")(y)
        y = layers.Conv2D(12, 1, name=f"b{i}_3")(y)
        x = layers.add([shortcut, y], name=f"b{i}_add")
    x = layers.Cropping2D(((0, 1), (1, 0)), name="crop")(x)
    x = layers.GlobalMaxPooling2D(name="max")(x)
    x = layers.Dense(6, name="fc")(x)
    return keras.Model(inputs, layers.Softmax(name="probabilities")(x), name="bottleneck")


def dense():
    """Pre-activation, concatenation over channels, transition with average pooling; batch norm without scale and shift."""
    x = inputs = layers.Input((14, 14, 1))
    x = layers.Normalization(mean=110.0, variance=5000.0, name="normal")(x)
    x = layers.Conv2D(6, 3, padding="same", use_bias=False, name="stem")(x)
    for block in range(2):
        for i in range(2):
            y = layers.BatchNormalization(name=f"d{block}{i}_bn", scale=False, center=False)(x)
            y = layers.Activation("relu", name=f"d{block}{i}_relu")(y)
            y = layers.Conv2D(4, 3, padding="same", use_bias=False, name=f"d{block}{i}_conv")(y)
            x = layers.Concatenate(axis=-1, name=f"d{block}{i}_concat")([x, y])
        if block == 0:
            x = layers.BatchNormalization(name="t_bn")(x)
            x = layers.Conv2D(7, 1, use_bias=False, activation="relu", name="t_conv")(x)
            x = layers.AveragePooling2D(3, strides=2, padding="same", name="t_pool")(x)
    x = layers.BatchNormalization(name="bn")(x)
    x = layers.Activation("relu", name="relu")(x)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    return keras.Model(inputs, layers.Dense(3, activation="softmax", name="out")(x), name="dense")


def inverted():
    """Inverted residuals in a model of their own, below augmentation: what transfer learning looks like."""
    x = entry = layers.Input((15, 18, 3), name="entry")
    x = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False, name="Conv1")(x)
    x = layers.BatchNormalization(name="bn1", momentum=0.999)(x)
    x = layers.ReLU(6.0, name="relu1")(x)
    for i, stride in enumerate([2, 1]):
        y = layers.Conv2D(16, 1, use_bias=False, name=f"i{i}_expand")(x)
        y = layers.BatchNormalization(name=f"i{i}_expand_bn")(y)
        y = layers.ReLU(6.0, name=f"i{i}_expand_relu")(y)
        if stride == 2:
            y = layers.ZeroPadding2D(((0, 1), (1, 1)), name=f"i{i}_pad")(y)
        y = layers.DepthwiseConv2D(3, strides=stride, padding="same" if stride == 1 else "valid",
                                   use_bias=False, name=f"i{i}_depthwise")(y)
        y = layers.BatchNormalization(name=f"i{i}_depthwise_bn")(y)
        y = layers.ReLU(6.0, name=f"i{i}_depthwise_relu")(y)
        y = layers.Conv2D(8, 1, use_bias=False, name=f"i{i}_project")(y)
        y = layers.BatchNormalization(name=f"i{i}_project_bn")(y)
        x = y if stride == 2 else layers.Add(name=f"i{i}_add")([x, y])
    base = keras.Model(entry, x, name="base")
    base.trainable = False
    base.get_layer("i1_project").trainable = True
    augmentation = keras.Sequential(
        [layers.Input((15, 18, 3)), layers.RandomFlip("horizontal"), layers.RandomRotation(0.1)], name="augmentation")
    inputs = layers.Input((15, 18, 3), name="photo")
    x = augmentation(inputs)
    x = keras.Sequential([layers.Input((15, 18, 3)), layers.Rescaling(1 / 127.5, offset=-1)], name="scale")(x)
    x = base(x, training=False)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    x = layers.Dropout(0.2, name="drop")(x)
    return keras.Model(inputs, layers.Dense(4, activation="softmax", name="out")(x), name="inverted")


def attention():
    """Squeeze and excitation in the three ways that people write it, and a gate over space."""
    x = inputs = layers.Input((12, 10, 3))
    x = layers.Rescaling(1 / 128, offset=-1, name="scale")(x)
    x = layers.Conv2D(8, 3, padding="same", activation="swish", name="conv1")(x)
    g = layers.GlobalAveragePooling2D(name="se1_pool")(x)
    g = layers.Reshape((1, 1, 8), name="se1_reshape")(g)
    g = layers.Conv2D(3, 1, activation="relu", name="se1_reduce")(g)
    g = layers.Conv2D(8, 1, activation="sigmoid", name="se1_expand")(g)
    x = layers.Multiply(name="se1_gate")([x, g])
    x = layers.Conv2D(6, 3, strides=2, padding="same", name="conv2")(x)
    g = layers.GlobalAveragePooling2D(keepdims=True, name="se2_pool")(x)
    g = layers.Dense(4, activation="relu", name="se2_reduce")(g)
    g = layers.Dense(6, activation="hard_sigmoid", name="se2_expand")(g)
    x = layers.multiply([g, x], name="se2_gate")
    x = layers.Conv2D(6, 3, padding="same", name="conv3")(x)
    x = layers.ReLU(max_value=4.0, name="clip3")(x)
    g = layers.GlobalAveragePooling2D(name="se3_pool")(x)
    g = layers.Dense(4, activation="relu", name="se3_reduce")(g)
    g = layers.Dense(6, activation="sigmoid", name="se3_expand")(g)
    g = layers.Reshape((1, 1, 6), name="se3_reshape")(g)
    x = layers.Multiply(name="se3_gate")([x, g])
    g = layers.Conv2D(1, 3, padding="same", activation="sigmoid", name="space")(x)
    x = layers.Multiply(name="space_gate")([x, g])
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    return keras.Model(inputs, layers.Dense(3, activation="softmax", name="out")(x), name="attention")


def separable():
    """Separable, depthwise, grouped and dilated convolutions, branches; one sigmoid unit at the end."""
    inputs = layers.Input((18, 15, 3))
    x = inputs / 127.5 - 1.0  # as Keras' own preprocess_input of MobileNets writes it
    x = layers.Conv2D(8, 3, padding="same", dilation_rate=2, activation="relu", name="dilated")(x)
    x = layers.SeparableConv2D(6, 3, strides=2, padding="same", depth_multiplier=2, activation="relu", name="sep")(x)
    x = layers.BatchNormalization(name="sep_bn")(x)
    x = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2, dilation_rate=2, name="depth")(x)
    x = layers.ELU(0.7, name="elu")(x)
    x = layers.Conv2D(8, 3, padding="same", groups=2, name="grouped")(x)
    x = layers.ReLU(negative_slope=0.125, name="leaky")(x)
    x = layers.Conv2D(8, (2, 3), padding="same", dilation_rate=3, name="uneven")(x)
    x = layers.Conv2D(16, 3, groups=8, name="as_depthwise")(x)
    a = layers.Conv2D(3, 1, activation="relu", name="branch_a")(x)
    b = layers.MaxPooling2D(3, strides=1, padding="same", name="branch_b")(x)
    c = layers.AveragePooling2D(3, strides=1, padding="same", name="branch_c")(x)
    c = layers.Conv2D(4, (1, 3), padding="same", name="branch_c_conv")(c)
    x = layers.concatenate([a, b, c], name="branches")
    x = layers.GaussianNoise(0.1, name="noise")(x)
    x = layers.Flatten(name="flat")(x)
    return keras.Model(inputs, layers.Dense(1, activation="sigmoid", name="out")(x), name="separable")


MODELS = [plain, residual, bottleneck, dense, inverted, attention, separable]


def models(folder):
    for seed, make in enumerate(MODELS):
        rng = np.random.default_rng(20260101 + seed)
        keras.backend.clear_session()
        model = make()
        randomise(model, rng)
        shape = model.input_shape
        name = make.__name__ + ("-keras2" if KERAS2 else "")
        path = os.path.join(folder, name + ".h5")
        record(path, model, pixels(rng, *shape[1:]))
        model.save(path)
        pack(path)
        if not KERAS2 and make in (plain, inverted):
            archive = os.path.join(folder, name + ".keras")
            model.save(archive)
            shutil.copy(path + ".json.gz", archive + ".json.gz")
            pack(archive)


class Narrow:
    """keras.layers, but convolutions and dense layers have a share of their units."""

    def __init__(self, share, real):
        self.share = share
        self.real = real

    def __getattr__(self, name):
        layer = getattr(self.real, name)
        if name == "Conv2D":
            return lambda filters, *a, **k: layer(max(2, filters // self.share), *a, **k)
        if name == "Dense":
            return lambda units, *a, **k: layer(units if k.get("name") == "predictions" else max(2, units // 256), *a, **k)
        return layer


def narrow(folder):
    from keras.src.applications import densenet, mobilenet_v2, resnet, vgg16, vgg19
    rng = np.random.default_rng(20260107)

    def save(name, model, side, extension=".h5"):
        randomise(model, rng)
        path = os.path.join(folder, name + extension)
        images = rng.integers(-3, 4, size=(1, side, side, 3)).astype(np.float32)
        record(path, model, images)
        legacy(model, path) if extension == ".h5" else model.save_weights(path)
        pack(path)

    for module, name, share, side in [(vgg16, "VGG16", 32, 64), (vgg19, "VGG19", 32, 32), (resnet, "ResNet50", 32, 40),
                                      (densenet, "DenseNet121", 32, 33)]:
        real = module.layers
        module.layers = Narrow(share, real)
        make = getattr(module, name)
        for top in (True, False):
            if not top and module is vgg19:
                continue
            keras.backend.clear_session()
            arguments = dict(weights=None, include_top=top, classes=7)
            model = make(input_shape=(side, side, 3), **arguments)
            if top or module is vgg16:
                save(name.lower() + ("" if top else "-notop"), model, side)
            elif module is resnet:
                save(name.lower() + "-notop", model, side, ".weights.h5")
        module.layers = real
    keras.backend.clear_session()
    save("mobilenetv2", mobilenet_v2.MobileNetV2(weights=None, alpha=0.05, classes=3, input_shape=(33, 33, 3)), 33)


def legacy(model, path):
    """The layout of the published files: layers' groups with their weight names, in the root."""
    import h5py
    from keras.src.legacy.saving import legacy_h5_format
    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)


def applications(folder):
    from keras import applications as zoo
    for name, side in [("MobileNetV2", 96), ("ResNet50", 64), ("DenseNet121", 64), ("VGG16", 64), ("VGG19", 64)]:
        for top in (True, False):
            rng = np.random.default_rng(20260108)
            keras.backend.clear_session()
            own = 224 if top and name.startswith("VGG") else side
            alpha = {"alpha": 0.75} if name == "MobileNetV2" and not top else {}
            model = getattr(zoo, name)(weights=None, include_top=top, input_shape=(own, own, 3), **alpha)
            randomise(model, rng)
            path = os.path.join(folder, name.lower() + ("" if top else "-notop") + ".h5")
            record(path, model, (pixels(rng, own, own) - 128) / 64, keep_open=True)
            legacy(model, path)
            if name == "ResNet50":
                third = path[:-3] + ".weights.h5"
                model.save_weights(third)
                shutil.copy(path + ".json", third + ".json")
            print(path, trainable(model), flush=True)


if __name__ == "__main__":
    os.makedirs(sys.argv[2], exist_ok=True)
    {"models": models, "models-keras2": models, "narrow": narrow, "applications": applications}[sys.argv[1]](sys.argv[2])
