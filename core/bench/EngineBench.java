import io.espalier.data.ColourOrder;
import io.espalier.data.Fit;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import io.espalier.engine.Dl4jEngine;
import io.espalier.engine.Engine;
import io.espalier.engine.ParameterKey;
import io.espalier.engine.Precision;
import io.espalier.engine.Program;
import io.espalier.engine.Wanted;
import io.espalier.engine.onednn.OneDnnEngine;
import io.espalier.layers.BasisScalingConvolution;
import io.espalier.network.Cost;
import io.espalier.network.Decomposition;
import io.espalier.network.Network;
import io.espalier.network.NetworkEdit;
import io.espalier.network.Node;
import io.espalier.network.Preprocessing;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.Pointer;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/**
 * Measures one engine on one network: random numbers stand in it, which changes no time. Prints for each measurement a line that
 * {@code compare} reads: median milliseconds a round, how many rounds, the process's peak memory in MB, floating-point operations a
 * round.
 */
public final class EngineBench {

    private static final int CLASSES = 10;
    private static final int LEAST = 3;
    private static final int ROW = 8;

    private final GraphBuilder builder;
    private String last = "in";
    private int channels = 3;
    private int count;

    private EngineBench() {
        builder = new NeuralNetConfiguration.Builder().seed(1).weightInit(WeightInit.RELU).graphBuilder().addInputs("in");
    }

    /**
     * Prints medians a round too of the processor time of the thread that calls, which is all of it with OMP_NUM_THREADS=1 and which
     * others who use the machine disturb less.
     *
     * @param arguments engine (onednn, onednn-bf16, dl4j), network, rank as a share (0: not decomposed), size, batch, predict or train, and
     *     seconds; without them it waits for them line by line on its input, and measures once for each line
     */
    public static void main(String[] arguments) throws IOException {
        Engine engine = switch (arguments[0]) {
            case "onednn" -> new OneDnnEngine();
            case "onednn-bf16" -> new OneDnnEngine(Precision.BF16);
            default -> new Dl4jEngine();
        };
        double rank = Double.parseDouble(arguments[2]);
        int size = Integer.parseInt(arguments[3]);
        int batch = Integer.parseInt(arguments[4]);
        boolean trains = arguments[5].equals("train");
        Nd4j.getRandom().setSeed(1);
        Network network = decomposed(network(arguments[1], size), rank);
        double operations = (double) batch * (trains ? 2 * stepped(network) : Cost.of(network).flops());
        Set<ParameterKey> wanted = trains ? trained(network) : Set.of();
        INDArray images = Nd4j.rand(DataType.FLOAT, batch, 3, size, size);
        INDArray labels = Nd4j.zeros(DataType.FLOAT, batch, CLASSES);
        IntStream.range(0, batch).forEach(i -> labels.putScalar(i, i % CLASSES, 1));
        try (Program program = engine.compile(network, new Wanted(wanted, List.of()))) {
            // As the trainer does: its own copies of the parameters, changed in place.
            Map<ParameterKey, INDArray> values = wanted.stream().collect(Collectors.toMap(key -> key, program::get));
            Runnable round = () -> {
                if (trains) {
                    program.step(images, labels).gradients()
                            .forEach((key, gradient) -> program.set(key, values.get(key).subi(gradient.muli(1e-3))));
                } else {
                    program.predict(images).close();
                }
            };
            if (arguments.length > 6) {
                measure(round, Double.parseDouble(arguments[6]), operations);
            } else {
                BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
                System.out.println("READY");
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    measure(round, Double.parseDouble(line), operations);
                }
            }
        }
        System.exit(0);
    }

    /** Forward operations of an image while both halves of every decomposed convolution run; backward they are as many again. */
    private static double stepped(Network network) {
        Map<String, InputType> types = network.outputTypes();
        double sum = 0;
        for (Node node : network.nodes()) {
            if (types.get(node.name()) instanceof InputType.InputTypeConvolutional maps) {
                for (String key : List.of("W", BasisScalingConvolution.RIGHT_VECTORS)) {
                    sum += 2.0 * maps.getHeight() * maps.getWidth() * (node.parameters().containsKey(key) ? node.parameter(key).length() : 0);
                }
            }
        }
        return sum;
    }

    private static void measure(Runnable round, double seconds, double operations) {
        long begin = System.nanoTime();
        round.run();
        // Short rounds need some more until Java has compiled them.
        for (int i = 0; i < 20 && System.nanoTime() - begin < seconds * 0.3e9; i++) {
            round.run();
        }
        List<Double> times = new ArrayList<>();
        List<Double> processor = new ArrayList<>();
        long end = System.nanoTime() + (long) (seconds * 1e9);
        while (System.nanoTime() < end || times.size() < LEAST) {
            long start = System.nanoTime();
            long begun = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            round.run();
            processor.add((ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - begun) / 1e6);
            times.add((System.nanoTime() - start) / 1e6);
        }
        System.out.printf(Locale.ROOT, "PROCESSOR %.3f%n", median(processor));
        System.out.printf(Locale.ROOT, "RESULT %.3f %d %d %.0f%n", median(times), times.size(), peak(), operations);
    }

    private static double median(List<Double> times) {
        return times.stream().sorted().skip(times.size() / 2).findFirst().orElseThrow();
    }

    /** Largest resident size so far, in megabytes, where the system tells. */
    private static long peak() {
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith("VmHWM")).mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024).findFirst().orElse(0);
        } catch (IOException e) {
            return Pointer.physicalBytes() >> 20;
        }
    }

    private static Set<ParameterKey> trained(Network network) {
        Set<ParameterKey> wanted = new HashSet<>(Set.of(new ParameterKey("out", "W"), new ParameterKey("out", "b")));
        Decomposition.scalings(network).forEach(node -> wanted.add(new ParameterKey(node.name(), BasisScalingConvolution.FACTORS)));
        return wanted;
    }

    /** Both halves of every convolution with random numbers in them: a decomposition of 13 large kernels would take longer. */
    private static Network decomposed(Network network, double share) {
        if (share == 0) {
            return network;
        }
        NetworkEdit edit = network.edit();
        for (Node node : network.nodes()) {
            if (Decomposition.isPlainConvolution(node)) {
                edit.replace(node.name(), halves(node, share));
            }
        }
        return edit.build();
    }

    private static Node[] halves(Node node, double share) {
        ConvolutionLayer layer = node.layer(ConvolutionLayer.class).orElseThrow();
        INDArray kernels = node.parameter("W");
        long out = kernels.size(0);
        long n = kernels.length() / out;
        long rank = Math.max(1, Math.round(Math.min(out, n) * share));
        ConvolutionLayer first = new ConvolutionLayer.Builder(layer.getKernelSize(), layer.getStride(), layer.getPadding())
                .convolutionMode(layer.getConvolutionMode()).nIn(layer.getNIn()).nOut(rank).hasBias(false).activation(Activation.IDENTITY).build();
        Node basis = Node.layer(node.name() + "-basis", first, node.inputs(), Map.of(
                "W", Nd4j.randn(DataType.FLOAT, rank, kernels.size(1), kernels.size(2), kernels.size(3)).muli(Math.sqrt(1.0 / n))));
        BasisScalingConvolution second = new BasisScalingConvolution(rank, out, true, layer.getActivationFn());
        return new Node[] {basis, Node.layer(node.name(), second, List.of(node.name() + "-basis"), Map.of(
                "v", Nd4j.ones(DataType.FLOAT, rank), "s", Nd4j.ones(DataType.FLOAT, rank),
                "V", Nd4j.randn(DataType.FLOAT, rank, out).muli(Math.sqrt(2.0 / rank)), "b", Nd4j.zeros(DataType.FLOAT, out)))};
    }

    private static Network network(String name, int size) {
        EngineBench net = new EngineBench();
        switch (name) {
            case "vgg16" -> net.vgg16();
            case "resnet56" -> net.resnet56();
            case "densenet40" -> net.densenet40();
            case "mobilenetv2" -> net.mobilenetv2();
            case "row64" -> net.row(64);
            case "row256" -> net.row(256);
            default -> throw new IllegalArgumentException("no network '" + name + "'");
        }
        return net.build(size);
    }

    /** One convolution many times, so that bringing images into its layout takes no time to speak of. */
    private void row(int width) {
        for (int i = 0; i <= ROW; i++) {
            convolve(width, 3, 1, Activation.RELU);
        }
    }

    private void vgg16() {
        for (int[] block : new int[][] {{64, 64}, {128, 128}, {256, 256, 256}, {512, 512, 512}, {512, 512, 512}}) {
            for (int width : block) {
                convolve(width, 3, 1, Activation.RELU);
            }
            pool(SubsamplingLayer.PoolingType.MAX);
        }
    }

    /** Batch norms folded; 1x1 convolutions where the shortcut changes its width. */
    private void resnet56() {
        convolve(16, 3, 1, Activation.RELU);
        for (int width : new int[] {16, 32, 64}) {
            for (int block = 0; block < 9; block++) {
                int stride = width > 16 && block == 0 ? 2 : 1;
                String before = last;
                int beforeChannels = channels;
                convolve(width, 3, stride, Activation.RELU);
                convolve(width, 3, 1, Activation.IDENTITY);
                String body = last;
                if (stride == 2) {
                    last = before;
                    channels = beforeChannels;
                    convolve(width, 1, 2, Activation.IDENTITY);
                    before = last;
                }
                vertex(new ElementWiseVertex(ElementWiseVertex.Op.Add), body, before);
                activate();
            }
        }
    }

    private void densenet40() {
        convolve(16, 3, 1, Activation.IDENTITY);
        for (int block = 0; block < 3; block++) {
            for (int layer = 0; layer < 12; layer++) {
                String before = last;
                int width = channels;
                activate();
                convolve(12, 3, 1, Activation.IDENTITY);
                vertex(new MergeVertex(), before, last);
                channels = width + 12;
            }
            if (block < 2) {
                convolve(channels, 1, 1, Activation.IDENTITY);
                pool(SubsamplingLayer.PoolingType.AVG);
            }
        }
        activate();
    }

    private void mobilenetv2() {
        convolve(32, 3, 1, Activation.RELU6);
        int[][] stages = {{1, 16, 1, 1}, {6, 24, 2, 1}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};
        for (int[] stage : stages) {
            for (int i = 0; i < stage[2]; i++) {
                String before = last;
                int stride = i == 0 ? stage[3] : 1;
                boolean same = stride == 1 && channels == stage[1];
                int wide = channels * stage[0];
                if (stage[0] > 1) {
                    convolve(wide, 1, 1, Activation.RELU6);
                }
                depthwise(stride);
                convolve(stage[1], 1, 1, Activation.IDENTITY);
                if (same) {
                    vertex(new ElementWiseVertex(ElementWiseVertex.Op.Add), last, before);
                }
            }
        }
        convolve(1280, 1, 1, Activation.RELU6);
    }

    private void convolve(int out, int kernel, int stride, Activation activation) {
        add(new ConvolutionLayer.Builder(kernel, kernel).stride(stride, stride).convolutionMode(ConvolutionMode.Same)
                .nIn(channels).nOut(out).activation(activation).build());
        channels = out;
    }

    private void depthwise(int stride) {
        add(new DepthwiseConvolution2D.Builder(3, 3).depthMultiplier(1).stride(stride, stride).convolutionMode(ConvolutionMode.Same)
                .nIn(channels).nOut(channels).activation(Activation.RELU6).build());
    }

    private void pool(SubsamplingLayer.PoolingType type) {
        add(new SubsamplingLayer.Builder(type).kernelSize(2, 2).stride(2, 2).build());
    }

    private void activate() {
        add(new ActivationLayer(Activation.RELU));
    }

    private void add(org.deeplearning4j.nn.conf.layers.Layer layer) {
        String name = "n" + ++count;
        builder.addLayer(name, layer, last);
        last = name;
    }

    private void vertex(org.deeplearning4j.nn.conf.graph.GraphVertex vertex, String... inputs) {
        String name = "n" + ++count;
        builder.addVertex(name, vertex, inputs);
        last = name;
    }

    private Network build(int size) {
        builder.addLayer("global", new GlobalPoolingLayer(PoolingType.AVG), last);
        builder.addLayer("out", new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT).nIn(channels).nOut(CLASSES)
                .activation(Activation.SOFTMAX).build(), "global");
        ComputationGraph graph = new ComputationGraph(builder.setOutputs("out").setInputTypes(InputType.convolutional(size, size, 3)).build());
        graph.init();
        Normalisation normalisation = new Normalisation(ColourOrder.RGB, 1 / 255.0, List.of(0.5), List.of(1.0));
        return Network.of(graph, new Preprocessing(new ImageShape(3, size, size), Fit.PAD, normalisation),
                IntStream.range(0, CLASSES).mapToObj(String::valueOf).toList());
    }
}
