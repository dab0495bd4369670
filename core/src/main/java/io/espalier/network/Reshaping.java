package io.espalier.network;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;

/** Feature maps made flat, each of them height * width numbers in a row, and numbers made feature maps. */
final class Reshaping {

    private Reshaping() {}

    /** Whether what a preprocessor does with channels is known. */
    static boolean isKnown(InputPreProcessor preProcessor) {
        return preProcessor instanceof CnnToFeedForwardPreProcessor flat && flat.getFormat() == CNN2DFormat.NCHW
                || preProcessor instanceof FeedForwardToCnnPreProcessor;
    }

    /** Strands of what a known preprocessor gives. */
    static int[] follow(InputPreProcessor preProcessor, int[] read, Strands strands) {
        if (preProcessor instanceof CnnToFeedForwardPreProcessor flat) {
            int pixels = Math.toIntExact(flat.getInputHeight() * flat.getInputWidth());
            return Arrays.stream(read).flatMap(s -> IntStream.generate(() -> s).limit(pixels)).toArray();
        }
        FeedForwardToCnnPreProcessor maps = (FeedForwardToCnnPreProcessor) preProcessor;
        int pixels = Math.toIntExact(maps.getInputHeight() * maps.getInputWidth());
        for (int i = 0; i < read.length; i++) {
            strands.join(read[i - i % pixels], read[i]);
        }
        return IntStream.range(0, read.length / pixels).map(i -> read[i * pixels]).toArray();
    }

    /**
     * The same preprocessor for fewer channels.
     *
     * @param read number of channels, or numbers, that it reads
     * @param given number of those that it gives
     */
    static InputPreProcessor resized(InputPreProcessor preProcessor, long read, long given) {
        if (preProcessor instanceof CnnToFeedForwardPreProcessor flat) {
            return new CnnToFeedForwardPreProcessor(flat.getInputHeight(), flat.getInputWidth(), read, flat.getFormat());
        }
        FeedForwardToCnnPreProcessor maps = (FeedForwardToCnnPreProcessor) preProcessor;
        return new FeedForwardToCnnPreProcessor(maps.getInputHeight(), maps.getInputWidth(), given);
    }
}
