package io.espalier.testkit;

import io.espalier.api.Pruner;

/** What every pruner promises. */
public abstract class PrunerContract extends PluginContract {

    protected PrunerContract(Class<? extends Pruner<?>> pruner) {
        super(pruner, Pruner.class);
    }
}
