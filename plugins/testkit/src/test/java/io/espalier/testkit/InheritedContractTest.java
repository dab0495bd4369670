package io.espalier.testkit;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.espalier.api.Criterion;
import io.espalier.api.CriterionContext;
import io.espalier.api.Named;
import io.espalier.api.NoOptions;
import io.espalier.network.UnitGroup;
import io.espalier.network.UnitKind;
import io.espalier.testkit.contract.Claim;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The contract as an author's build runs it; that it holds for a whole project is shown where whole projects are built. */
class InheritedContractTest {

    /** Its build makes no index of extensions, and there is no manifest. */
    @Named("unpacked")
    public static final class Unpacked implements Criterion<NoOptions> {

        @Override
        public Set<UnitKind> units() {
            return Set.of(UnitKind.CHANNEL);
        }

        @Override
        public INDArray score(UnitGroup group, NoOptions options, CriterionContext context) {
            return group.kernels().get(0).norm2(1, 2, 3);
        }
    }

    static class OfUnpacked extends CriterionContract {

        OfUnpacked() {
            super(Unpacked.class);
        }
    }

    @Test
    void aPluginThatCannotBeLoadedFailsTheBuildWithTheMend() {
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        LauncherFactory.create().execute(LauncherDiscoveryRequestBuilder.request().selectors(selectClass(OfUnpacked.class)).build(), listener);
        StringWriter failures = new StringWriter();
        listener.getSummary().printFailuresTo(new PrintWriter(failures));
        assertThat(listener.getSummary().getTestsFailedCount()).as(failures.toString()).isEqualTo(1);
        assertThat(failures.toString()).contains("plugin.jar", "its manifest has no Plugin-Id");
    }

    @Test
    void theContractItselfKnowsNoJUnit() {
        noClasses().that().resideInAPackage("io.espalier.testkit.contract..")
                .should().dependOnClassesThat().resideInAnyPackage("org.junit..", "org.opentest4j..")
                .check(new ClassFileImporter().importUrl(Claim.class.getProtectionDomain().getCodeSource().getLocation()));
    }
}
