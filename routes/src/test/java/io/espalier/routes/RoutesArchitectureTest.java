package io.espalier.routes;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RoutesArchitectureTest {

    /** Everything else of ours that is on a class path is a plugin's, or not for routes. */
    private static final Set<String> OPEN_ROOMS = Set.of("api", "catalog", "data", "engine", "mlflow", "network", "routes", "run", "testkit");

    private static final JavaClasses CLASSES =
            new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("io.espalier.routes");

    @Test
    void routesNameNoPlugin() {
        noClasses().should().dependOnClassesThat(new DescribedPredicate<JavaClass>("are of a plugin") {
            @Override
            public boolean test(JavaClass type) {
                String[] rooms = type.getPackageName().split("\\.");
                return type.getPackageName().startsWith("io.espalier.") && !OPEN_ROOMS.contains(rooms[2]);
            }
        }).check(CLASSES);
    }

    @Test
    void theComponentDoesNotKnowTheCommandLine() {
        noClasses()
            .that().resideInAPackage("io.espalier.routes")
            .should().dependOnClassesThat().resideInAPackage("io.espalier.routes.cli..")
                .check(CLASSES);
    }
}
