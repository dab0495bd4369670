package io.espalier.api;

import io.espalier.data.Augment;
import io.espalier.data.DataException;
import io.espalier.data.DecodingListener;
import io.espalier.data.Division;
import io.espalier.data.Preparation;
import io.espalier.engine.DataBasis;
import io.espalier.engine.Trainer;
import io.espalier.engine.TrainingException;
import io.espalier.engine.TrainingPlan;
import io.espalier.layers.BasisScalingConvolution;
import io.espalier.layers.ChannelAffine;
import io.espalier.layers.ChannelScaling;
import io.espalier.network.BasisVectors;
import io.espalier.network.BatchNormSplit;
import io.espalier.network.BatchNorms;
import io.espalier.network.ChannelScalings;
import io.espalier.network.Channels;
import io.espalier.network.Decomposition;
import io.espalier.network.Folding;
import io.espalier.network.Heads;
import io.espalier.network.Surgeon;
import io.espalier.network.UnsupportedTopologyException;
import org.pf4j.ExtensionPoint;

/**
 * One step of a pipeline. A stage has no fields: what a later stage must know is in the candidate. Annotate with
 * {@link org.pf4j.Extension}, {@link Named} and {@link Flow}.
 *
 * @param <O> options record, its components annotated with {@link Option}
 */
@Stability(Stability.Level.STABLE)
@Opens({
    Augment.class, DataException.class, DecodingListener.class, Division.class, Preparation.class, DataBasis.class, Trainer.class,
    TrainingException.class, TrainingPlan.class, BasisScalingConvolution.class, ChannelAffine.class, ChannelScaling.class,
    BasisVectors.class, BatchNormSplit.class, BatchNorms.class, ChannelScalings.class, Channels.class, Decomposition.class,
    Folding.class, Heads.class, Surgeon.class, UnsupportedTopologyException.class
})
public interface Stage<O extends Record> extends ExtensionPoint {

    /**
     * @param candidate what came so far; {@link Candidate#none()} for a stage that begins a pipeline
     * @throws InputException when what the user gave is wrong
     * @throws RunFailedException when the run cannot go on
     */
    Candidate apply(Candidate candidate, O options, StageContext context);
}
