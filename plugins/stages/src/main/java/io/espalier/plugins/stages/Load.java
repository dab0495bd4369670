package io.espalier.plugins.stages;

import io.espalier.api.Candidate;
import io.espalier.api.DatasetReader;
import io.espalier.api.Flow;
import io.espalier.api.InputException;
import io.espalier.api.ModelReader;
import io.espalier.api.Named;
import io.espalier.api.Option;
import io.espalier.api.Pretrained;
import io.espalier.api.Stage;
import io.espalier.api.StageContext;
import io.espalier.data.DataException;
import io.espalier.data.Dataset;
import io.espalier.data.Division;
import io.espalier.data.Extent;
import io.espalier.data.Fit;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import io.espalier.data.Preparation;
import io.espalier.data.RawDataset;
import io.espalier.network.Cost;
import io.espalier.network.Heads;
import io.espalier.network.Network;
import io.espalier.network.Preprocessing;
import io.espalier.network.UnsupportedTopologyException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.deeplearning4j.exception.DL4JException;
import org.pf4j.Extension;

/** Reads a pretrained network and the data, divides the data, and gives the network a head for it. */
@Extension
@Named(value = "load", doc = "Reads a pretrained network and labelled images, and divides the images.")
@Flow(gives = {"loaded", "plain", "milestone:" + Candidate.LOADED})
public final class Load implements Stage<Load.Options> {

    /** What becomes of the pretrained network's own end. */
    public enum Head {
        /** Global pooling, batch norm and a dense layer for the classes of the data. */
        NEW,
        /** Its own. */
        KEEP
    }

    /** How pixel values become the network's numbers. */
    public enum PreprocessingName {
        AUTO,
        TORCH,
        CAFFE,
        VGG,
        TF,
        UNIT,
        NONE;

        private Normalisation normalisation(Pretrained pretrained) {
            return switch (this) {
                case AUTO -> pretrained.normalisation().orElse(pretrained.usual());
                case TORCH -> Normalisation.TORCH;
                case CAFFE -> Normalisation.CAFFE;
                case VGG -> Normalisation.VGG;
                case TF -> Normalisation.SIGNED;
                case UNIT -> Normalisation.UNIT;
                case NONE -> Normalisation.NONE;
            };
        }
    }

    public record Options(
            @Option(doc = "file of the pretrained network") Path model,
            @Option(doc = "file or folder of the data; without it the network comes alone, as convert needs it", gives = "data") Optional<Path> data,
            @Option(doc = "format of the model, told from the file unless given", defaultValue = "auto") String modelFormat,
            @Option(doc = "format of the data, told from the files unless given", defaultValue = "auto") String dataFormat,
            @Option(doc = "new: a new head for the classes of the data; keep: the network's own", defaultValue = "new") Head head,
            @Option(doc = "height and width of the network's input in pixels, as 32 or 32x48; auto: the network's own, else the data's"
                    + " rounded up to what the network halves evenly", defaultValue = "auto") String size,
            @Option(doc = "what is done with images of another size", defaultValue = "pad") Fit fit,
            @Option(doc = "auto: as the model's card says, else what is usual for its format; torch: / 255, ImageNet mean and deviation;"
                    + " caffe: BGR, 0 to 255, minus the ImageNet mean; vgg: the same with the mean that VGG and Keras use;"
                    + " tf: / 127.5 - 1; unit: / 255; none: 0 to 255, for networks that scale them themselves", defaultValue = "auto") PreprocessingName preprocessing,
            @Option(doc = "number of training images, or all", defaultValue = "all") String train,
            @Option(doc = "number of validation images; test:N takes the first N of the test images, which the test then leaves out;"
                    + " auto: the data's own part, else 15 % of the training images", defaultValue = "auto") String validation,
            @Option(doc = "number of test images, or all", defaultValue = "all") String test) {}

    @Override
    public Candidate apply(Candidate candidate, Options options, StageContext context) {
        try {
            return load(options, context);
        } catch (DataException | UnsupportedTopologyException e) {
            throw new InputException(e.getMessage(), e);
        } catch (IOException e) {
            throw new InputException("cannot be read: " + e.getMessage(), e);
        }
    }

    private static Candidate load(Options options, StageContext context) throws IOException {
        if (options.head() == Head.NEW && options.data().isEmpty()) {
            throw new InputException("head=new makes a head for the classes of the data, and no data is given; give data=, or load "
                    + options.model() + " with head=keep");
        }
        Formats formats = new Formats(context);
        Formats.Found<ModelReader<Record>> modelReader = formats.model(options.model(), options.modelFormat());
        Optional<Formats.Found<DatasetReader<Record>>> dataReader =
                options.data().isPresent() ? Optional.of(formats.data(options.data().get(), options.dataFormat())) : Optional.empty();
        Division division = division(options);
        Optional<Extent> wished = Sizes.parse(options.size());

        Pretrained pretrained = modelReader.extension().read(options.model(), modelReader.options());
        Normalisation normalisation = options.preprocessing().normalisation(pretrained);
        requireServes(options, normalisation, pretrained.channels());
        if (dataReader.isEmpty()) {
            return alone(pretrained, Sizes.choose(wished, pretrained), normalisation, modelReader.name(), options, context);
        }
        String source = options.data().orElseThrow().toString();
        RawDataset raw = dataReader.get().extension().read(options.data().orElseThrow(), dataReader.get().options());
        Extent extent = Sizes.choose(wished, pretrained, raw);
        Preparation preparation = new Preparation(
                division, Optional.of(extent), options.fit(), context.skipUnreadable(), context.random("division").nextLong());
        Dataset dataset = preparation.prepare(source, raw, new Decoding(context));

        Preprocessing preprocessing = preprocessing(pretrained, extent, normalisation, options);
        Network network = withHead(network(pretrained, preprocessing, dataset.classes(), options), dataset, options, context);
        report(network, modelReader.name(), context);
        report(dataset, dataReader.get().name(), context);
        return Candidate.of(network, dataset).withMilestone(Candidate.LOADED, network);
    }

    /** The network with its own head and classes, and no images. */
    private static Candidate alone(
            Pretrained pretrained, Extent extent, Normalisation normalisation, String format, Options options, StageContext context) {
        Preprocessing preprocessing = preprocessing(pretrained, extent, normalisation, options);
        Network network = network(pretrained, preprocessing, List.of(), options);
        int outputs = outputs(network, options);
        List<String> classes = network.classes().size() == outputs
                ? network.classes()
                : IntStream.range(0, outputs).mapToObj(String::valueOf).toList();
        Network named = network.withClasses(classes);
        report(named, format, context);
        return Candidate.of(named, Dataset.none(preprocessing.input(), classes)).withMilestone(Candidate.LOADED, named);
    }

    private static Preprocessing preprocessing(Pretrained pretrained, Extent extent, Normalisation normalisation, Options options) {
        return new Preprocessing(new ImageShape(pretrained.channels(), extent.height(), extent.width()), options.fit(), normalisation);
    }

    private static Division division(Options options) {
        Division.Validation validation = options.validation().equals("auto")
                ? new Division.Validation.Default()
                : Division.Validation.parse(options.validation());
        return new Division(count("train", options.train()), validation, count("test", options.test()));
    }

    private static OptionalInt count(String option, String text) {
        if (text.equals("all")) {
            return OptionalInt.empty();
        }
        if (!text.matches("\\d{1,9}")) {
            throw new InputException(option + "=" + text + " is neither a number of images nor 'all'");
        }
        return OptionalInt.of(Integer.parseInt(text));
    }

    private static void requireServes(Options options, Normalisation normalisation, int channels) {
        if (!normalisation.serves(channels)) {
            throw new InputException("preprocessing=" + options.preprocessing().name().toLowerCase(Locale.ROOT) + " has "
                    + normalisation.mean().size() + " channels, but the network in " + options.model() + " takes " + channels
                    + "; preprocessing=unit serves any number");
        }
    }

    private static Network network(Pretrained pretrained, Preprocessing preprocessing, List<String> classes, Options options) {
        try {
            Network network = Network.of(pretrained.graph(), preprocessing, pretrained.classes().orElse(classes));
            network.outputTypes();
            return network;
        } catch (IllegalArgumentException | IllegalStateException | DL4JException e) {
            throw new InputException("the network in " + options.model() + " cannot take images of " + preprocessing.input() + ": "
                    + e.getMessage() + "; choose another size=", e);
        }
    }

    private static Network withHead(Network network, Dataset dataset, Options options, StageContext context) {
        if (options.head() == Head.NEW) {
            return Heads.replace(network, dataset.classes(), context.random("head"));
        }
        int outputs = outputs(network, options);
        if (outputs != dataset.classes().size()) {
            throw new InputException("the network in " + options.model() + " tells " + outputs + " classes apart, but the data in "
                    + options.data().orElseThrow() + " has " + dataset.classes().size() + "; load it with head=new");
        }
        return network.classes().size() == outputs ? network : network.withClasses(dataset.classes());
    }

    private static int outputs(Network network, Options options) {
        return Sizes.outputs(network).orElseThrow(() -> new InputException("the network in " + options.model()
                + " ends in feature maps and has no head to keep; load it with data and head=new"));
    }

    private static void report(Dataset dataset, String dataFormat, StageContext context) {
        context.say(String.format(Locale.ROOT, "data (%s): %,d training, %,d validation, %,d test images%s",
                dataFormat, dataset.train().size(), dataset.validation().size(), dataset.test().size(),
                dataset.note().isEmpty() ? "" : "; " + dataset.note()));
        context.journal("data", Map.of(
                "source", dataset.source(),
                "format", dataFormat,
                "digest", dataset.digest(),
                "classes", dataset.classes(),
                "train", dataset.train().size(),
                "validation", dataset.validation().size(),
                "test", dataset.test().size(),
                "note", dataset.note()));
    }

    private static void report(Network network, String modelFormat, StageContext context) {
        Cost cost = Cost.of(network);
        context.say(String.format(Locale.ROOT, "network (%s): %,d parameters, %,d FLOPs an image of %s, %d classes",
                modelFormat, cost.parameters(), cost.flops(), network.preprocessing().input(), network.classes().size()));
        context.journal("network", Map.of(
                "format", modelFormat, "digest", network.digest(), "parameters", cost.parameters(), "flops", cost.flops(),
                "layers", network.nodes().stream().map(n -> List.of(n.name(), n.kind())).toList()));
    }
}
