package io.espalier.mlflow;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class MlflowArchitectureTest {

    private static final JavaClasses CLASSES =
            new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("io.espalier.mlflow");

    @Test
    void onlyTheJournalAndItsRunAreKnown() {
        noClasses().should().dependOnClassesThat().resideInAnyPackage(
            "io.espalier.routes..", "io.espalier.plugins..", "io.espalier.engine..", "io.espalier.network..", "io.espalier.layers..", "io.espalier.data..",
            "org.apache.camel..", "picocli..", "org.nd4j..", "org.deeplearning4j..")
                .check(CLASSES);
    }

    @Test
    void theClientIsSeenByOneClass() {
        noClasses()
            .that().doNotHaveFullyQualifiedName("io.espalier.mlflow.Server").and().doNotHaveFullyQualifiedName("io.espalier.mlflow.Point")
            .should().dependOnClassesThat().resideInAPackage("org.mlflow..")
                .check(CLASSES);
    }
}
