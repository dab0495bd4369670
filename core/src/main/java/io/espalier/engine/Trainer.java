package io.espalier.engine;

import io.espalier.data.Batch;
import io.espalier.data.Batches;
import io.espalier.data.Dataset;
import io.espalier.data.Split;
import io.espalier.network.BatchNorms;
import io.espalier.network.Network;
import io.espalier.network.NetworkEdit;
import io.espalier.network.Node;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Trains chosen parameters of a network by gradient descent, on any engine. */
public final class Trainer {

    /** The share of an epoch, at its end, whose loss says whether the training images are still told apart. */
    private static final double END = 0.25;
    /** By how much a parameter must have grown to be named where training diverged. */
    private static final double GROWN = 3;

    private final Evaluations evaluations;
    private final TrainingListener listener;

    public Trainer(Engine engine, TrainingListener listener) {
        this(new Evaluations(engine), listener);
    }

    /** @param evaluations that the trained network's is left in, and whose engine trains */
    public Trainer(Evaluations evaluations, TrainingListener listener) {
        this.evaluations = evaluations;
        this.listener = listener;
    }

    /** Watches a training; whatever it throws ends it. */
    public interface TrainingListener {

        /** Before the first step, with an engine that plans its memory. */
        default void prepared(Program.Footprint memory) {
            // For who wants to know.
        }

        /** After each step. */
        void step(int epoch, int epochs, int imagesDone, int images, double loss);

        /** After each epoch. */
        void epoch(Epoch epoch);
    }

    /**
     * One epoch.
     *
     * @param number from 1
     * @param loss mean training loss, without penalty
     * @param validation metrics on the validation images after it
     * @param learningRate largest learning rate at its end
     * @param imagesPerSecond training images by the time of the steps alone
     */
    public record Epoch(int number, double loss, Metrics validation, double learningRate, double imagesPerSecond) {}

    /**
     * What a training made.
     *
     * @param network with the trained parameters
     * @param importance sum over all steps of (v dL/dv)^2 of every factor, by layer
     * @param epochs in order
     */
    public record Outcome(Network network, Map<String, double[]> importance, List<Epoch> epochs) {}

    /**
     * @param random from which the order of the images and their variations come
     * @throws TrainingException when the loss is no number any more, or the accuracy falls to chance
     */
    public Outcome train(Network network, Dataset dataset, TrainingPlan plan, Random random) {
        Wanted wanted = new Wanted(
                plan.learningRates().keySet(), plan.classWeights(), plan.teacher().map(TrainingPlan.Teacher::loss));
        Training training;
        try (Program program = evaluations.engine().compile(network, wanted); Lessons lessons = lessons(plan)) {
            training = new Training(program, lessons, network, dataset, plan, random);
            training.run();
        }
        return training.outcome();
    }

    private Lessons lessons(TrainingPlan plan) {
        return new Lessons(plan.teacher().map(teacher ->
                new Lessons.Taught(evaluations.engine().compile(teacher.network(), Wanted.PREDICTIONS), teacher.loss())));
    }

    /** What a batch is to be answered with: its labels, and what a teacher says of them. */
    private record Lessons(Optional<Taught> teacher) implements AutoCloseable {

        record Taught(Program program, Distillation loss) {

            INDArray beside(Batch batch) {
                try (INDArray answers = program.predict(batch.images())) {
                    double[][] softened = answers.toDoubleMatrix();
                    Arrays.stream(softened).forEach(loss::soften);
                    try (INDArray taught = Nd4j.create(softened).castTo(batch.labels().dataType())) {
                        return Nd4j.hstack(batch.labels(), taught);
                    }
                }
            }
        }

        /** An array of the caller's, or the batch's own labels. */
        INDArray of(Batch batch) {
            return teacher.map(taught -> taught.beside(batch)).orElse(batch.labels());
        }

        @Override
        public void close() {
            teacher.ifPresent(taught -> taught.program().close());
        }
    }

    /**
     * An epoch before it is validated; see {@link Epoch}.
     *
     * @param lossAtEnd mean training loss of its last quarter
     */
    private record Steps(int number, double loss, double lossAtEnd, double learningRate, double imagesPerSecond) {}

    private final class Training {

        private final Program program;
        private final Lessons lessons;
        private final Network network;
        private final Dataset dataset;
        private final TrainingPlan plan;
        private final Random random;
        private final Map<ParameterKey, ParameterUpdate> updates = new TreeMap<>();
        private final Guessing guessing;
        private final Map<String, double[]> importance = new LinkedHashMap<>();
        private final List<Epoch> epochs = new ArrayList<>();
        private Optional<Metrics> before = Optional.empty();
        private double bestAccuracy;
        private double bestLoss = Double.POSITIVE_INFINITY;
        private int bestEpoch;
        private Map<ParameterKey, INDArray> best = Map.of();
        private int iteration;
        private Optional<Steps> unvalidated = Optional.empty();
        private Network result;

        Training(Program program, Lessons lessons, Network network, Dataset dataset, TrainingPlan plan, Random random) {
            this.program = program;
            this.lessons = lessons;
            this.network = network;
            this.dataset = dataset;
            this.plan = plan;
            this.random = random;
            this.guessing = new Guessing(dataset, network.classes().size());
            int steps = plan.epochs() * ((dataset.train().size() + plan.batch() - 1) / plan.batch());
            plan.learningRates().forEach((key, rate) ->
                    updates.put(key, new ParameterUpdate(program.get(key), plan.updater(), plan.schedule(), rate, steps, plan.cycles())));
            plan.factors().forEach(key -> importance.put(key.layer(), new double[Math.toIntExact(program.get(key).length())]));
        }

        /** Everything that needs the program. */
        void run() {
            // Dropout draws from ND4J's generator of this thread: whatever was drawn before must not show in the result.
            Nd4j.getRandom().setSeed(random.nextLong());
            program.prepare(Math.min(plan.batch(), dataset.train().size())).ifPresent(listener::prepared);
            for (int number = 1; number <= plan.epochs(); number++) {
                Steps steps = steps(number);
                if (number == plan.epochs() && plan.patience() == 0) {
                    unvalidated = Optional.of(steps);
                    break;
                }
                finish(steps, Evaluation.of(program, network, dataset.validation(), Evaluations.BATCH, done -> {}));
                if (plan.patience() > 0 && number - bestEpoch >= plan.patience()) {
                    break;
                }
            }
            best.forEach(program::set);
            result = trained();
        }

        /** The last epoch is measured on the network that is given, so that who measures that later need not do so again. */
        Outcome outcome() {
            unvalidated.ifPresent(steps -> finish(steps, evaluate(result)));
            return new Outcome(result, importance, epochs);
        }

        private Metrics evaluate(Network given) {
            return evaluations.of(given, dataset, Dataset.Part.VALIDATION, Evaluations.BATCH, done -> {});
        }

        private Steps steps(int number) {
            double lossSum = 0;
            double lossSumAtEnd = 0;
            int done = 0;
            int doneAtEnd = 0;
            long nanos = 0;
            Split images = dataset.train();
            var preprocessing = network.preprocessing();
            try (Batches batches = Batches.shuffled(
                    images, preprocessing.input().channels(), preprocessing.normalisation(), network.classes().size(), plan.batch(),
                    plan.augment(), new Random(random.nextLong()))) {
                for (Optional<Batch> next = batches.next(); next.isPresent(); next = batches.next()) {
                    try (Batch batch = next.get()) {
                        long start = System.nanoTime();
                        double loss = step(batch, number);
                        nanos += System.nanoTime() - start;
                        lossSum += loss * batch.classes().length;
                        if (done >= (1 - END) * images.size()) {
                            lossSumAtEnd += loss * batch.classes().length;
                            doneAtEnd += batch.classes().length;
                        }
                        done += batch.classes().length;
                        listener.step(number, plan.epochs(), done, images.size(), lossSum / done);
                    }
                }
            }
            // Where one batch is all of an epoch, nothing begins in its last quarter.
            double lossAtEnd = doneAtEnd > 0 ? lossSumAtEnd / doneAtEnd : lossSum / done;
            return new Steps(number, lossSum / done, lossAtEnd, learningRate(), done / (nanos / 1e9));
        }

        private void finish(Steps steps, Metrics validation) {
            if (!Double.isFinite(validation.loss())) {
                throw diverged("the validation loss is " + validation.loss() + " after epoch " + steps.number());
            }
            Epoch epoch = new Epoch(steps.number(), steps.loss(), validation, steps.learningRate(), steps.imagesPerSecond());
            epochs.add(epoch);
            listener.epoch(epoch);
            refuseFallToChance(steps, validation);
            remember(steps.number(), validation);
        }

        private double step(Batch batch, int epoch) {
            INDArray targets = lessons.of(batch);
            Program.Step step = program.step(batch.images(), targets);
            if (targets != batch.labels()) {
                targets.close();
            }
            if (!Double.isFinite(step.loss())) {
                throw diverged("the loss is " + step.loss() + " at step " + (iteration + 1) + ", epoch " + epoch);
            }
            step.gradients().forEach(this::apply);
            iteration++;
            return step.loss();
        }

        private void apply(ParameterKey key, INDArray gradient) {
            ParameterUpdate update = updates.get(key);
            if (plan.factors().contains(key)) {
                addImportance(key, update.value(), gradient);
                if (plan.penalty() > 0) {
                    gradient.addi(Transforms.sign(update.value()).muli(plan.penalty()));
                }
            }
            update.apply(gradient, iteration);
            if (plan.notNegative().contains(key)) {
                update.clip();
            }
            program.set(key, update.value());
        }

        /** Source: Molchanov et al., "Importance Estimation for Neural Network Pruning", 2019. */
        private void addImportance(ParameterKey key, INDArray value, INDArray gradient) {
            double[] sums = importance.get(key.layer());
            double[] values = value.castTo(DataType.DOUBLE).toDoubleVector();
            double[] gradients = gradient.castTo(DataType.DOUBLE).toDoubleVector();
            for (int i = 0; i < sums.length; i++) {
                double contribution = values[i] * gradients[i];
                sums[i] += contribution * contribution;
            }
        }

        private double learningRate() {
            return updates.values().stream().mapToDouble(u -> u.learningRate(iteration)).max().orElse(0);
        }

        /**
         * While the steps themselves tell the training images apart as they did, nothing has fallen but what validation sees, as where
         * kernels train fast and the running statistics of a batch norm behind them come after: that ends as the learning rate does.
         */
        private void refuseFallToChance(Steps steps, Metrics validation) {
            if (guessing.isAsGoodAs(validation) && !tellsApart(steps)) {
                double highest = Math.max(bestAccuracy, before().accuracy());
                if (guessing.isWorseThan(highest)) {
                    throw diverged(String.format(Locale.ROOT,
                            "validation accuracy fell from %.1f %% to %.1f %% in epoch %d, which the most frequent class alone would give",
                            100 * highest, 100 * validation.accuracy(), steps.number()));
                }
            }
            bestAccuracy = Math.max(bestAccuracy, validation.accuracy());
        }

        /**
         * Nothing is said of the loss with a teacher, which is another one. With weighted classes it cannot be compared with what it was on
         * the validation images.
         */
        private boolean tellsApart(Steps steps) {
            if (plan.teacher().isPresent()) {
                return false;
            }
            return guessing.costsMoreThan(steps.lossAtEnd())
                    || plan.classWeights().isEmpty() && guessing.isFartherThan(before().loss(), steps.lossAtEnd());
        }

        /** Measured only where it is asked for: most trainings never fall to chance, and a stage before this one may have measured it. */
        private Metrics before() {
            if (before.isEmpty()) {
                before = Optional.of(evaluate(network));
            }
            return before.get();
        }

        private TrainingException diverged(String seen) {
            String rates = plan.learningRates().values().stream().distinct().sorted().map(String::valueOf).collect(Collectors.joining(", "));
            return new TrainingException("training diverged: " + seen + grown() + ". Lower the learning rate (now " + rates + " with "
                    + plan.updater().name().toLowerCase(Locale.ROOT) + "), or look at the training images and their preprocessing"
                    + unnormalised());
        }

        /** Where it blew up, if that shows. */
        private String grown() {
            return updates.entrySet().stream()
                    .filter(entry -> !(entry.getValue().growth() < GROWN))
                    .max(Comparator.comparingDouble(entry -> entry.getValue().growth()))
                    .map(entry -> String.format(Locale.ROOT, "; %s of layer '%s' grew most, from a norm of %.3g to %.3g",
                            entry.getKey().parameter(), entry.getKey().layer(), entry.getValue().normBefore(),
                            entry.getValue().value().norm2Number().doubleValue()))
                    .orElse("");
        }

        /** Kernels trained without the batch norms they had bear a far lower rate: SGD at 0.02 is already too much for a ResNet. */
        private String unnormalised() {
            long kernels = plan.learningRates().keySet().stream()
                    .filter(key -> network.node(key.layer()).layer(ConvolutionLayer.class).isPresent())
                    .map(ParameterKey::layer).distinct().count();
            return kernels == 0 || !BatchNorms.names(network).isEmpty() ? "" : ". " + kernels + " convolutions train and no batch norm keeps"
                    + " what they give in range; where batch norms were folded into them, leave them there (decompose?batchNorm=frozen)";
        }

        private void remember(int epoch, Metrics validation) {
            if (plan.patience() > 0 && validation.loss() < bestLoss) {
                bestLoss = validation.loss();
                bestEpoch = epoch;
                best = network.nodes().stream()
                        .flatMap(node -> node.parameters().keySet().stream().map(p -> new ParameterKey(node.name(), p)))
                        .filter(this::changes)
                        .collect(Collectors.toMap(key -> key, program::get));
            }
        }

        /** Whether training changes it: it trains, or is a running statistic of a batch norm that trains. */
        private boolean changes(ParameterKey key) {
            return plan.learningRates().keySet().stream().anyMatch(k -> k.layer().equals(key.layer()));
        }

        private Network trained() {
            NetworkEdit edit = network.edit();
            for (Node node : network.nodes()) {
                Map<String, INDArray> changed = new LinkedHashMap<>();
                node.parameters().keySet().stream()
                        .map(parameter -> new ParameterKey(node.name(), parameter))
                        .filter(this::changes)
                        .forEach(key -> changed.put(key.parameter(), program.get(key).castTo(DataType.FLOAT)));
                if (!changed.isEmpty()) {
                    edit.replace(node.with(changed));
                }
            }
            return edit.build();
        }
    }
}
