package io.espalier.plugins.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.Shared;
import io.espalier.api.ModelReader;
import io.espalier.api.NoOptions;
import io.espalier.api.Pretrained;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;

/** The jar as it is shipped: one file with what the readers need, and nothing that the parent loader gives. */
class PluginJarIT {

    private static final Path JAR = Path.of(System.getProperty("plugin.jar"));

    @Test
    void theJarIsAPluginWithItsExtensions() throws IOException {
        try (JarFile jar = new JarFile(JAR.toFile())) {
            assertThat(jar.getManifest().getMainAttributes().getValue("Plugin-Id")).isEqualTo("espalier-models");
            assertThat(jar.getManifest().getMainAttributes().getValue("Plugin-Requires")).isNotBlank();
            byte[] extensions = jar.getInputStream(jar.getEntry("META-INF/extensions.idx")).readAllBytes();
            assertThat(new String(extensions, StandardCharsets.UTF_8).lines()).contains(
                    Dl4jReader.class.getName(), KerasWeightsReader.class.getName(), ArchitectureReader.class.getName(), Dl4jWriter.class.getName());
        }
    }

    @Test
    void theJarBundlesNothingThatTheParentLoaderGives() throws IOException {
        try (JarFile jar = new JarFile(JAR.toFile())) {
            List<String> classes = jar.stream().map(entry -> entry.getName()).filter(name -> name.endsWith(".class")).toList();
            assertThat(classes).isNotEmpty().allMatch(name -> name.startsWith("io/espalier/plugins/models/")
                    || name.startsWith("io/jhdf/") || name.startsWith("org/apache/commons/lang3/"));
        }
    }

    @Test
    void kerasWeightsAreReadWithTheLibrariesOfTheJarAlone() throws Exception {
        try (URLClassLoader loader = new URLClassLoader(new URL[] {JAR.toUri().toURL()}, new Parent())) {
            Class<?> type = loader.loadClass(KerasWeightsReader.class.getName());
            assertThat(type.getClassLoader()).isSameAs(loader);
            @SuppressWarnings("unchecked")
            ModelReader<NoOptions> reader = (ModelReader<NoOptions>) type.getConstructor().newInstance();
            Pretrained network = reader.read(Shared.file("models/vgg16-hed-notop.h5"), new NoOptions());
            assertThat(network.graph().numParams()).isEqualTo(14_714_688);
        }
    }

    /** Gives what Espalier's parent loader gives, but none of the jar's own packages. */
    private static final class Parent extends ClassLoader {

        Parent() {
            super(PluginJarIT.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.startsWith("io.jhdf.") || name.startsWith("io.espalier.plugins.")) {
                throw new ClassNotFoundException(name);
            }
            return super.loadClass(name, resolve);
        }
    }
}
