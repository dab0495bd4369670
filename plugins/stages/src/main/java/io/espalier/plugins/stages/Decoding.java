package io.espalier.plugins.stages;

import io.espalier.api.Progress;
import io.espalier.api.StageContext;
import io.espalier.data.Dataset;
import io.espalier.data.DecodingListener;
import java.io.IOException;
import java.util.Map;

/** Tells of images being decoded. */
final class Decoding implements DecodingListener {

    private static final int EVERY = 100;

    private final StageContext context;

    Decoding(StageContext context) {
        this.context = context;
    }

    @Override
    public void decoded(int done, int all) {
        if (done % EVERY == 0 || done == all) {
            context.checkInterrupted();
            context.progress(new Progress("reading images", done, all, "images", Map.of()));
        }
    }

    @Override
    public void unreadable(Dataset.Part part, IOException problem) {
        context.say("left out: " + problem.getMessage());
        context.journal("unreadable", Map.of("part", part.name(), "problem", String.valueOf(problem.getMessage())));
    }
}
