package io.espalier.mlflow;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.espalier.mlflow", importOptions = ImportOption.DoNotIncludeTests.class)
class MlflowArchitectureTest {

    @ArchTest
    static final ArchRule onlyTheJournalAndItsRunAreKnown = noClasses().should().dependOnClassesThat().resideInAnyPackage(
            "io.espalier.routes..", "io.espalier.plugins..", "io.espalier.engine..", "io.espalier.network..", "io.espalier.layers..", "io.espalier.data..",
            "org.apache.camel..", "picocli..", "org.nd4j..", "org.deeplearning4j..");

    @ArchTest
    static final ArchRule theClientIsSeenByOneClass = noClasses()
            .that().doNotHaveFullyQualifiedName("io.espalier.mlflow.Server").and().doNotHaveFullyQualifiedName("io.espalier.mlflow.Point")
            .should().dependOnClassesThat().resideInAPackage("org.mlflow..");
}
