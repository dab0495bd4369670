package io.espalier.plugins.models;

import io.espalier.api.InputException;
import io.espalier.api.ModelReader;
import io.espalier.api.Named;
import io.espalier.api.NoOptions;
import io.espalier.api.Pretrained;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.pf4j.Extension;

/**
 * Weights of Keras applications in HDF5, told by the layer names in the file. Known is VGG16, with and without its top.
 * Kernels [height, width, in, out] become DL4J's [out, in, height, width]; the rows of fc1 are put from Keras' order of a
 * flattened feature map (height, width, channel) into DL4J's (channel, height, width).
 */
@Extension
@Named(value = "keras", doc = "Weights of Keras' VGG16 (HDF5), with or without its top.")
public final class KerasWeightsReader implements ModelReader<NoOptions> {

    private static final String KNOWN = "Known are weight files of Keras applications' VGG16, with and without top"
            + " (root attribute layer_names with block1_conv1 to block5_pool)";

    private final Vgg16 vgg16;

    public KerasWeightsReader() {
        this(Vgg16.PUBLISHED);
    }

    KerasWeightsReader(Vgg16 vgg16) {
        this.vgg16 = vgg16;
    }

    @Override
    public boolean accepts(Path file) throws IOException {
        return Hdf5File.accepts(file);
    }

    @Override
    public Pretrained read(Path file, NoOptions options) throws IOException {
        Hdf5File hdf5 = Hdf5File.open(file);
        Hdf5Group root = hdf5.root();
        Set<String> layers = layerNames(file, root);
        requireVgg16(file, root, layers);
        return layers.contains(Vgg16.TOP.get(0)) ? classifier(root) : headless(root);
    }

    private static Set<String> layerNames(Path file, Hdf5Group root) {
        if (root.strings("model_config").isPresent()) {
            throw new InputException(file + " is a whole Keras model (it has a model_config), which is not yet known. " + KNOWN
                    + "; model.save_weights('….h5') writes one");
        }
        List<String> names = root.strings("layer_names").orElseThrow(() -> new InputException(
                file + " is HDF5 but no weight file of Keras that is known: it has no attribute layer_names. " + KNOWN));
        return new HashSet<>(names);
    }

    private void requireVgg16(Path file, Hdf5Group root, Set<String> layers) {
        List<String> convolutions = vgg16.convolutions().stream().map(Vgg16.Convolution::name).toList();
        if (convolutions.stream().noneMatch(layers::contains)) {
            throw new InputException(file + " holds the weights of a Keras network that is not yet known: its layers are "
                    + abridged(layers) + ". " + KNOWN);
        }
        List<String> expected = new ArrayList<>(convolutions);
        if (Vgg16.TOP.stream().anyMatch(layers::contains)) {
            expected.addAll(Vgg16.TOP);
        }
        for (String name : expected) {
            if (!layers.contains(name)) {
                throw new InputException(file + " lacks VGG16's layer '" + name + "'. " + KNOWN);
            }
        }
        for (String name : layers) {
            if (!expected.contains(name) && !vgg16.poolings().contains(name) && !weightNames(root.group(name)).isEmpty()) {
                throw new InputException(file + " has a layer '" + name + "' with weights, which VGG16 has not. " + KNOWN);
            }
        }
    }

    private static String abridged(Set<String> names) {
        List<String> sorted = names.stream().sorted().toList();
        return sorted.size() <= 6 ? sorted.toString() : sorted.subList(0, 6) + " and " + (sorted.size() - 6) + " more";
    }

    private Pretrained headless(Hdf5Group root) {
        ComputationGraph graph = vgg16.headless();
        setConvolutions(graph, root);
        return pretrained(graph, Optional.empty());
    }

    private Pretrained classifier(Hdf5Group root) {
        Weights predictions = Weights.of(root, "predictions", 2);
        int classes = predictions.kernel().shape()[1];
        predictions.require(vgg16.hidden(), Math.max(classes, 2));
        Weights fc1 = Weights.of(root, "fc1", 2).require(vgg16.flattened(), vgg16.hidden());
        Weights fc2 = Weights.of(root, "fc2", 2).require(vgg16.hidden(), vgg16.hidden());
        // The numbers of predictions bound what is allocated for the classes that its shape claims.
        predictions.kernel().floats();
        ComputationGraph graph = vgg16.classifier(classes);
        setConvolutions(graph, root);
        set(graph, "fc1", rowsByChannel(fc1.array()), fc1);
        set(graph, "fc2", fc2.array(), fc2);
        set(graph, "predictions", predictions.array(), predictions);
        return pretrained(graph, Optional.of(new ImageShape(Vgg16.CHANNELS, Vgg16.TOP_SIDE, Vgg16.TOP_SIDE)));
    }

    private static Pretrained pretrained(ComputationGraph graph, Optional<ImageShape> input) {
        return new Pretrained(graph, Vgg16.CHANNELS, input, Optional.empty(), Optional.empty(), Normalisation.CAFFE, Optional.empty());
    }

    private void setConvolutions(ComputationGraph graph, Hdf5Group root) {
        for (Vgg16.Convolution convolution : vgg16.convolutions()) {
            Weights weights = Weights.of(root, convolution.name(), 4).require(convolution.kernel());
            set(graph, convolution.name(), weights.array().permute(3, 2, 0, 1), weights);
        }
    }

    private static void set(ComputationGraph graph, String layer, INDArray kernel, Weights weights) {
        graph.getLayer(layer).getParam("W").assign(kernel);
        graph.getLayer(layer).getParam("b").assign(Nd4j.createFromArray(weights.bias().floats()).reshape(1, -1));
    }

    private static INDArray rowsByChannel(INDArray kernel) {
        int side = Vgg16.FLATTENED_SIDE;
        return kernel.reshape(side, side, -1, kernel.size(1)).permute(2, 0, 1, 3).dup('c').reshape(kernel.shape());
    }

    private static List<String> weightNames(Hdf5Group layer) {
        return layer.strings("weight_names").orElse(List.of());
    }

    /**
     * What one layer has in the file.
     *
     * @param layer Keras' name
     * @param kernel its kernel
     * @param bias its bias, [out]
     */
    private record Weights(Hdf5File file, String layer, Hdf5Dataset kernel, Hdf5Dataset bias) {

        /** @param rank number of indices of the kernel */
        static Weights of(Hdf5Group root, String layer, int rank) {
            Hdf5Group group = root.group(layer);
            List<Hdf5Dataset> all = weightNames(group).stream().map(group::dataset).toList();
            return new Weights(root.file(), layer, only(root.file(), layer, "kernel", all, rank), only(root.file(), layer, "bias", all, 1));
        }

        private static Hdf5Dataset only(Hdf5File file, String layer, String what, List<Hdf5Dataset> all, int rank) {
            List<Hdf5Dataset> found = all.stream().filter(set -> set.shape().length == rank).toList();
            if (all.size() != 2 || found.size() != 1) {
                throw file.refusal("should hold a kernel and a bias for layer '" + layer + "'; no single " + what + " of "
                        + rank + " dimension" + (rank == 1 ? "" : "s") + " is among "
                        + all.stream().map(set -> set.path() + " " + Arrays.toString(set.shape())).toList(), null);
            }
            return found.get(0);
        }

        Weights require(int... shape) {
            if (!Arrays.equals(kernel.shape(), shape)) {
                throw wrong(kernel, shape);
            }
            int[] out = {shape[shape.length - 1]};
            if (!Arrays.equals(bias.shape(), out)) {
                throw wrong(bias, out);
            }
            return this;
        }

        private InputException wrong(Hdf5Dataset found, int[] shape) {
            return new InputException(file.file() + ": '" + found.path() + "' of layer '" + layer + "' has the shape "
                    + Arrays.toString(found.shape()) + ", VGG16's has " + Arrays.toString(shape) + ". " + KNOWN);
        }

        INDArray array() {
            return Nd4j.createFromArray(kernel.floats()).reshape('c', Arrays.stream(kernel.shape()).asLongStream().toArray());
        }
    }
}
