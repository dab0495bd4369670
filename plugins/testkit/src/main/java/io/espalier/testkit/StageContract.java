package io.espalier.testkit;

import io.espalier.api.Stage;

/** What every stage promises. */
public abstract class StageContract extends PluginContract {

    protected StageContract(Class<? extends Stage<?>> stage) {
        super(stage, Stage.class);
    }
}
