package io.espalier.run;

import io.espalier.api.Progress;
import java.time.Duration;

/** Who watches a run. Called by the thread that runs it. */
public interface RunListener {

    /** @param place file, line and column of the stage in the pipeline */
    void stageStarted(String stage, String place);

    void progress(Progress progress);

    void say(String line);

    /** @param reused whether the result was there already, from before a resume */
    void stageFinished(String stage, String place, StageResult result, Duration took, boolean reused);
}
