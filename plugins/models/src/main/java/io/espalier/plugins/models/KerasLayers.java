package io.espalier.plugins.models;

import com.fasterxml.jackson.databind.JsonNode;
import io.espalier.plugins.models.KerasTensor.Form;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Keras' layers by class: what each computes when it is called. */
final class KerasLayers {

    /** Nothing is left of these in prediction. */
    private static final Set<String> VANISHING = Set.of(
            "Dropout", "SpatialDropout2D", "AlphaDropout", "GaussianDropout", "GaussianNoise", "ActivityRegularization", "Identity",
            "RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomShear", "RandomContrast", "RandomBrightness",
            "RandomHue", "RandomSaturation", "RandomColorJitter", "RandomGrayscale", "RandomPosterization", "RandomSharpness",
            "RandomColorDegeneration", "RandomErasing", "RandomGaussianBlur", "RandomPerspective", "RandomElasticTransform",
            "RandAugment", "AugMix", "MixUp", "CutMix");

    /** Layers that take any number of tensors. */
    private static final Set<String> MERGING = Set.of("Add", "Multiply", "Concatenate");

    /** Classes that are functions of Keras or TensorFlow, which numbers may be given to. */
    private static final Set<String> ARITHMETIC = Set.of("Add", "Multiply", "Subtract", "TrueDivide", "Divide", "TFOpLambda");

    private static final double EPSILON = 1e-3;

    /** What Keras' Normalization takes for the smallest deviation. */
    private static final double SMALLEST_DEVIATION = 1e-7;

    private static final Map<String, Rule> KNOWN = known();

    private final KerasOperations operations;

    KerasLayers(KerasOperations operations) {
        this.operations = operations;
    }

    /**
     * One call of a layer.
     *
     * @param node name of the node that it becomes
     * @param layer the layer
     * @param inputs what it reads
     * @param constants numbers that it is called with besides
     * @param weights its weights
     * @param reshaped whether a Reshape reads what it gives
     */
    record Site(
            String node, KerasLayer layer, List<KerasTensor> inputs, List<List<Double>> constants, LayerWeights weights, boolean reshaped) {

        KerasConfig config() {
            return layer.config();
        }

        KerasTensor x() {
            return inputs.get(0);
        }
    }

    private interface Rule {
        KerasTensor apply(KerasLayers layers, Site site);
    }

    /** Classes that are known, in order of name. */
    static Collection<String> names() {
        return KNOWN.keySet();
    }

    static boolean knows(String className) {
        return KNOWN.containsKey(className);
    }

    private static Map<String, Rule> known() {
        Map<String, Rule> known = new TreeMap<>();
        VANISHING.forEach(name -> known.put(name, (layers, site) -> site.x()));
        known.put("Conv2D", KerasLayers::convolution);
        known.put("DepthwiseConv2D", KerasLayers::depthwise);
        known.put("SeparableConv2D", KerasLayers::separable);
        known.put("Dense", KerasLayers::dense);
        known.put("BatchNormalization", KerasLayers::batchNorm);
        known.put("Activation", (layers, site) -> layers.activated(site, KerasActivations.of(site.config())));
        known.put("ReLU", (layers, site) -> layers.activated(site, KerasActivations.relu(site.config())));
        known.put("LeakyReLU", (layers, site) -> layers.activated(site, KerasActivations.leaky(site.config())));
        known.put("ELU", (layers, site) -> layers.activated(site, KerasActivations.elu(site.config())));
        known.put("Softmax", (layers, site) -> layers.activated(site, KerasActivations.softmax(site.config())));
        known.put("MaxPooling2D", (layers, site) -> layers.pooling(site, PoolingType.MAX));
        known.put("AveragePooling2D", (layers, site) -> layers.pooling(site, PoolingType.AVG));
        known.put("GlobalAveragePooling2D", (layers, site) -> layers.globalPooling(site, PoolingType.AVG));
        known.put("GlobalMaxPooling2D", (layers, site) -> layers.globalPooling(site, PoolingType.MAX));
        known.put("ZeroPadding2D", KerasLayers::padding);
        known.put("Cropping2D", KerasLayers::cropping);
        known.put("Flatten", (layers, site) -> layers.operations.flatten(site.node(), site.x()));
        known.put("Reshape", KerasLayers::reshape);
        known.put("Add", KerasLayers::add);
        known.put("Multiply", KerasLayers::multiply);
        known.put("Subtract", (layers, site) -> layers.shifted(site, -1));
        known.put("TrueDivide", KerasLayers::divided);
        known.put("Divide", KerasLayers::divided);
        known.put("TFOpLambda", KerasLayers::function);
        known.put("Concatenate", KerasLayers::concatenation);
        known.put("Rescaling", KerasLayers::rescaling);
        known.put("Normalization", KerasLayers::normalization);
        return known;
    }

    KerasTensor read(Site site) {
        KerasConfig config = site.config();
        requireFloats(config);
        String className = site.layer().className();
        if (site.inputs().isEmpty() || site.inputs().size() > 1 && !MERGING.contains(className)) {
            throw config.refusal("is a " + className + " of " + site.inputs().size() + " tensors, which is not known here");
        }
        if (!site.constants().isEmpty() && !ARITHMETIC.contains(className)) {
            throw config.refusal("is a " + className + " that is called with numbers, which is not known here");
        }
        if (config.text("data_format", "channels_last").equals("channels_first")) {
            throw config.wrong("data_format", "is channels_first; read are models of channels_last."
                    + " Build the model anew with keras.config.set_image_data_format('channels_last') and set_weights, and save that");
        }
        return KNOWN.get(className).apply(this, site);
    }

    /** Mixed precision keeps its weights as float32, and here it computes in that. */
    private static void requireFloats(KerasConfig config) {
        JsonNode policy = config.get("dtype");
        String name = policy.isObject() ? policy.path("config").path("name").asText("") : policy.asText("");
        if (name.contains("int8") || name.contains("float8") || policy.path("class_name").asText("").startsWith("Quantized")) {
            throw config.wrong("dtype", "is quantised (" + name + "); read are models of float32. Save the model before it is quantised");
        }
    }

    private KerasTensor activated(Site site, IActivation activation) {
        return activation instanceof ActivationIdentity ? site.x() : operations.activation(site.node(), site.x(), activation);
    }

    private KerasTensor convolution(Site site) {
        KerasConfig config = site.config();
        int groups = config.integer("groups", 1);
        int channels = site.x().channels();
        int filters = config.integer("filters", LayerWeights.ANY);
        if (channels % groups != 0 || filters != LayerWeights.ANY && filters % groups != 0) {
            throw config.wrong("groups", "is " + groups + ", which divides " + channels + " channels or " + filters + " filters unevenly");
        }
        LayerWeights weights = weights(site, 1, "a kernel");
        int[] kernel = kernelSize(config, weights.shape(0));
        INDArray numbers = weights.array(0, "kernel", kernel[0], kernel[1], channels / groups, filters);
        if (numbers.size(3) % groups != 0) {
            throw config.wrong("groups", "is " + groups + ", which divides " + numbers.size(3) + " filters unevenly");
        }
        return operations.convolution(
                site.node(), site.x(), numbers, bias(site, weights, 1, (int) numbers.size(3)), window(config, kernel), groups,
                activation(site));
    }

    private KerasTensor depthwise(Site site) {
        KerasConfig config = site.config();
        LayerWeights weights = weights(site, 1, "a depthwise kernel");
        int[] kernel = kernelSize(config, weights.shape(0));
        int multiplier = config.integer("depth_multiplier", 1);
        INDArray numbers = weights.array(0, "kernel", kernel[0], kernel[1], site.x().channels(), multiplier);
        return operations.depthwise(
                site.node(), site.x(), numbers, bias(site, weights, 1, Math.multiplyExact(site.x().channels(), multiplier)),
                window(config, kernel), activation(site));
    }

    /** Two nodes: each channel by itself, then 1x1 over all. */
    private KerasTensor separable(Site site) {
        KerasConfig config = site.config();
        LayerWeights weights = weights(site, 2, "a depthwise and a pointwise kernel");
        int[] kernel = kernelSize(config, weights.shape(0));
        int multiplier = config.integer("depth_multiplier", 1);
        int between = Math.multiplyExact(site.x().channels(), multiplier);
        INDArray depthwise = weights.array(0, "depthwise kernel", kernel[0], kernel[1], site.x().channels(), multiplier);
        INDArray pointwise = weights.array(1, "pointwise kernel", 1, 1, between, LayerWeights.ANY);
        KerasTensor channels = operations.depthwise(
                site.node() + "-depthwise", site.x(), depthwise, Optional.empty(), window(config, kernel), new ActivationIdentity());
        return operations.convolution(
                site.node(), channels, pointwise, bias(site, weights, 2, (int) pointwise.size(3)), Window.square(1, 1, false), 1,
                activation(site));
    }

    private KerasTensor dense(Site site) {
        LayerWeights weights = weights(site, 1, "a kernel");
        INDArray kernel = weights.array(0, "kernel", site.x().features(), site.config().integer("units", LayerWeights.ANY));
        return operations.dense(site.node(), site.x(), kernel, bias(site, weights, 1, (int) kernel.size(1)), activation(site));
    }

    private static LayerWeights weights(Site site, int kernels, String what) {
        boolean bias = site.config().truth("use_bias", true);
        return site.weights().require(kernels + (bias ? 1 : 0), what + (bias ? " and a bias" : ""));
    }

    private static Optional<INDArray> bias(Site site, LayerWeights weights, int index, int length) {
        return site.config().truth("use_bias", true) ? Optional.of(weights.array(index, "bias", length)) : Optional.empty();
    }

    private static IActivation activation(Site site) {
        return KerasActivations.of(site.config());
    }

    private static int[] kernelSize(KerasConfig config, int[] shape) {
        return config.pair("kernel_size").orElseGet(() -> {
            if (shape.length != 4) {
                throw config.wrong("kernel_size", "is missing");
            }
            return new int[] {shape[0], shape[1]};
        });
    }

    private static Window window(KerasConfig config, int[] kernel) {
        return new Window(
                kernel,
                config.pair("strides").orElse(new int[] {1, 1}),
                config.pair("dilation_rate").orElse(new int[] {1, 1}),
                same(config));
    }

    private static boolean same(KerasConfig config) {
        String padding = config.text("padding", "valid");
        if (!padding.equals("same") && !padding.equals("valid")) {
            throw config.wrong("padding", "is '" + padding + "'; known are same and valid");
        }
        return padding.equals("same");
    }

    private KerasTensor batchNorm(Site site) {
        KerasConfig config = site.config();
        requireChannelsLast(config, site.x());
        if (config.truth("renorm", false) || config.has("virtual_batch_size")) {
            throw config.refusal("is a batch norm with renorm or virtual batches, which is not known here");
        }
        boolean scale = config.truth("scale", true);
        boolean center = config.truth("center", true);
        LayerWeights weights = site.weights().require(
                2 + (scale ? 1 : 0) + (center ? 1 : 0), (scale ? "gamma, " : "") + (center ? "beta, " : "") + "mean and variance");
        int length = site.x().features();
        int index = 0;
        Optional<INDArray> gamma = scale ? Optional.of(weights.array(index++, "gamma", length)) : Optional.empty();
        Optional<INDArray> beta = center ? Optional.of(weights.array(index++, "beta", length)) : Optional.empty();
        INDArray mean = weights.array(index++, "mean", length);
        INDArray variance = weights.array(index, "variance", length);
        double epsilon = config.number("epsilon", EPSILON);
        if (variance.minNumber().doubleValue() + epsilon <= 0) {
            throw config.refusal("has a negative variance, which no batch norm has");
        }
        return operations.batchNorm(site.node(), site.x(), gamma, beta, mean, variance, epsilon);
    }

    private static void requireChannelsLast(KerasConfig config, KerasTensor x) {
        JsonNode axis = config.get("axis");
        JsonNode only = axis.isArray() && axis.size() == 1 ? axis.get(0) : axis;
        int last = x.is(Form.MAPS, Form.PIXEL) ? 3 : 1;
        boolean channels = only.isMissingNode() || only.isInt() && (only.intValue() == -1 || only.intValue() == last);
        if (!channels) {
            throw config.wrong("axis", "is " + axis + "; known is the last one, -1, that of the channels");
        }
    }

    private KerasTensor pooling(Site site, PoolingType type) {
        KerasConfig config = site.config();
        int[] size = config.pair("pool_size").orElse(new int[] {2, 2});
        int[] strides = config.pair("strides").orElse(size);
        return operations.pooling(site.node(), site.x(), type, new Window(size, strides, new int[] {1, 1}, same(config)));
    }

    /** Where a Reshape makes one pixel of the vector at once, one pixel it stays. */
    private KerasTensor globalPooling(Site site, PoolingType type) {
        Form reshaped = site.reshaped() ? Form.FLATTENED : Form.VECTOR;
        return operations.globalPooling(site.node(), site.x(), type, site.config().truth("keepdims", false) ? Form.MAPS : reshaped);
    }

    private KerasTensor padding(Site site) {
        int[][] sides = site.config().sides("padding");
        return operations.padding(site.node(), site.x(), sides[0], sides[1]);
    }

    private KerasTensor cropping(Site site) {
        int[][] sides = site.config().sides("cropping");
        return operations.cropping(site.node(), site.x(), sides[0], sides[1]);
    }

    private KerasTensor reshape(Site site) {
        JsonNode shape = site.config().get("target_shape");
        int[] extents = new int[shape.size()];
        for (int i = 0; i < extents.length; i++) {
            if (!shape.get(i).isInt()) {
                throw site.config().wrong("target_shape", "is " + shape + ", not whole numbers");
            }
            extents[i] = shape.get(i).intValue();
        }
        return operations.reshape(site.node(), site.x(), extents);
    }

    private KerasTensor add(Site site) {
        return site.constants().isEmpty() ? operations.add(site.node(), site.inputs()) : shifted(site, 1);
    }

    private KerasTensor multiply(Site site) {
        return site.constants().isEmpty() ? operations.multiply(site.node(), site.inputs()) : scaled(site, constant(site));
    }

    private KerasTensor concatenation(Site site) {
        JsonNode axis = site.config().get("axis");
        int last = site.x().is(Form.MAPS, Form.PIXEL) ? 3 : 1;
        if (!axis.isMissingNode() && axis.asInt() != -1 && axis.asInt() != last) {
            throw site.config().wrong("axis", "is " + axis + "; known is the last one, -1, that of the channels");
        }
        return site.inputs().size() == 1 ? site.x() : operations.concatenation(site.node(), site.inputs());
    }

    /** What TensorFlow's own functions become in Keras 2. */
    private KerasTensor function(Site site) {
        String function = site.config().text("function", "");
        return switch (function) {
            case "math.add", "__operators__.add" -> shifted(site, 1);
            case "math.subtract" -> shifted(site, -1);
            case "math.multiply" -> scaled(site, constant(site));
            case "math.truediv", "math.divide" -> divided(site);
            default -> throw site.config().refusal("is TensorFlow's function '" + function
                    + "'; known are math.add, math.subtract, math.multiply and math.truediv with numbers");
        };
    }

    private KerasTensor shifted(Site site, int sign) {
        double[] shift = Arrays.stream(constant(site)).map(value -> sign * value).toArray();
        return operations.affine(site.node(), site.x(), new double[] {1}, shift);
    }

    private KerasTensor scaled(Site site, double[] factors) {
        return operations.affine(site.node(), site.x(), factors, new double[] {0});
    }

    private KerasTensor divided(Site site) {
        double[] divisors = constant(site);
        if (Arrays.stream(divisors).anyMatch(value -> value == 0)) {
            throw site.config().refusal("divides by 0");
        }
        return scaled(site, Arrays.stream(divisors).map(value -> 1 / value).toArray());
    }

    private static double[] constant(Site site) {
        if (site.constants().size() != 1 || site.inputs().size() != 1) {
            throw site.config().refusal("is a " + site.layer().className() + " of " + site.inputs().size() + " tensors and "
                    + site.constants().size() + " numbers; known is one tensor with one number, or one for each channel");
        }
        return site.constants().get(0).stream().mapToDouble(Double::doubleValue).toArray();
    }

    private KerasTensor rescaling(Site site) {
        KerasConfig config = site.config();
        return operations.affine(
                site.node(), site.x(), config.numbers("scale"), config.has("offset") ? config.numbers("offset") : new double[] {0});
    }

    private KerasTensor normalization(Site site) {
        KerasConfig config = site.config();
        requireChannelAxis(config);
        if (config.truth("invert", false)) {
            throw config.refusal("is an inverted Normalization, which is not known here");
        }
        boolean given = config.has("mean");
        double[] mean = given ? config.numbers("mean") : statistic(site, 0, "mean");
        double[] variance = given ? config.numbers("variance") : statistic(site, 1, "variance");
        double[] scale = Arrays.stream(variance).map(value -> 1 / Math.max(Math.sqrt(Math.max(value, 0)), SMALLEST_DEVIATION)).toArray();
        double[] shift = new double[Math.max(mean.length, scale.length)];
        if (mean.length != 1 && mean.length != shift.length || scale.length != 1 && scale.length != shift.length) {
            throw config.refusal("has " + mean.length + " means and " + scale.length + " variances");
        }
        for (int i = 0; i < shift.length; i++) {
            shift[i] = -mean[mean.length == 1 ? 0 : i] * scale[scale.length == 1 ? 0 : i];
        }
        return operations.affine(site.node(), site.x(), scale, shift);
    }

    private static void requireChannelAxis(KerasConfig config) {
        JsonNode axis = config.get("axis");
        JsonNode only = axis.isArray() && axis.size() == 1 ? axis.get(0) : axis;
        boolean all = axis.isNull() || axis.isArray() && axis.isEmpty();
        if (!all && !only.isMissingNode() && only.asInt() != -1 && only.asInt() != 3) {
            throw config.wrong("axis", "is " + axis + "; known are -1, that of the channels, and none");
        }
    }

    private static double[] statistic(Site site, int index, String what) {
        LayerWeights weights = site.weights();
        if (weights.number() < 2) {
            throw site.config().refusal("has neither a mean and a variance nor weights for them: adapt() was not called before it was saved");
        }
        int rank = weights.shape(index).length;
        INDArray numbers = rank == 0 ? weights.array(index, what) : weights.array(index, what, site.x().channels());
        return numbers.toDoubleVector();
    }
}
