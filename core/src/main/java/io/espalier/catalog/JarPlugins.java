package io.espalier.catalog;

import io.espalier.api.ApiVersion;
import java.nio.file.Path;
import java.util.List;
import org.pf4j.JarPluginLoader;
import org.pf4j.JarPluginManager;
import org.pf4j.PluginClassLoader;
import org.pf4j.PluginDescriptor;
import org.pf4j.PluginLoader;
import org.pf4j.PluginRuntimeException;
import org.pf4j.PluginState;
import org.pf4j.PluginStatusProvider;
import org.pf4j.PluginWrapper;
import org.pf4j.RuntimeMode;

/** PF4J, set up so that each plugin has its own class loader below Espalier's and nothing is left out without a word. */
final class JarPlugins extends JarPluginManager {

    JarPlugins() {
        // PF4J's default, 0.0.0, would let every Plugin-Requires pass.
        setSystemVersion(ApiVersion.CURRENT);
    }

    /** Loads and starts a plugin whose jar was checked. */
    PluginWrapper start(PluginJar jar) {
        PluginWrapper plugin;
        try {
            plugin = getPlugin(loadPlugin(jar.file()));
        } catch (PluginRuntimeException e) {
            throw jar.refused("PF4J cannot load it (" + e.getMessage() + ")", e);
        }
        startOrRefuse(plugin, jar);
        return plugin;
    }

    private void startOrRefuse(PluginWrapper plugin, PluginJar jar) {
        String named = "its Plugin-Class " + plugin.getDescriptor().getPluginClass();
        String mend = "; an extension needs no Plugin-Class, so leave it out of the manifest or mend it";
        if (plugin.getPlugin() == null) {
            throw jar.refused(named + " is not in the jar, or is no org.pf4j.Plugin with a public constructor" + mend);
        }
        if (startPlugin(plugin.getPluginId()) != PluginState.STARTED) {
            Throwable reason = plugin.getFailedException();
            throw jar.refused(named + " cannot be started (" + reason + ")" + mend, reason);
        }
    }

    /** Class names that the plugin's index lists, in order. */
    List<String> indexed(PluginWrapper plugin) {
        return getExtensionClassNames(plugin.getPluginId()).stream().sorted().toList();
    }

    @Override
    protected PluginLoader createPluginLoader() {
        return new JarPluginLoader(this) {
            @Override
            protected PluginClassLoader createPluginClassLoader(Path file, PluginDescriptor descriptor) {
                return new Loader(JarPlugins.this, descriptor);
            }
        };
    }

    /** A property of the JVM could make PF4J look for class folders instead of jars. */
    @Override
    public RuntimeMode getRuntimeMode() {
        return RuntimeMode.DEPLOYMENT;
    }

    /** PF4J would leave out plugins by files {@code enabled.txt} and {@code disabled.txt}; here every jar counts. */
    @Override
    protected PluginStatusProvider createPluginStatusProvider() {
        return new PluginStatusProvider() {
            @Override
            public boolean isPluginDisabled(String id) {
                return false;
            }

            @Override
            public void disablePlugin(String id) {
                throw new UnsupportedOperationException("a plugin is disabled by taking its jar away");
            }

            @Override
            public void enablePlugin(String id) {
                // Every plugin is enabled.
            }
        };
    }

    private static final class Loader extends PluginClassLoader {

        Loader(JarPlugins plugins, PluginDescriptor descriptor) {
            super(plugins, descriptor, JarPlugins.class.getClassLoader());
        }

        @Override
        protected boolean shouldDelegateToParent(String className) {
            return SharedPackages.hold(className);
        }
    }
}
