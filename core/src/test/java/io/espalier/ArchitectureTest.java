package io.espalier;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The rooms of core, and which may use which. */
class ArchitectureTest {

    /** From the lowest to the highest. */
    private static final List<String> ROOMS = List.of("nd4j", "data", "layers", "network", "engine", "api", "catalog", "run");

    private static final JavaClasses CORE =
            new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("io.espalier");

    @Test
    void aRoomUsesOnlyLowerRooms() {
        LayeredArchitecture rooms = layeredArchitecture().consideringOnlyDependenciesInLayers().withOptionalLayers(true);
        for (String room : ROOMS) {
            rooms = rooms.layer(room).definedBy("io.espalier." + room + "..");
        }
        for (int i = 0; i < ROOMS.size() - 1; i++) {
            String[] higher = ROOMS.subList(i + 1, ROOMS.size()).toArray(String[]::new);
            rooms = rooms.whereLayer(ROOMS.get(i)).mayOnlyBeAccessedByLayers(higher);
        }
        rooms.whereLayer("run").mayNotBeAccessedByAnyLayer().check(CORE);
    }

    @Test
    void everyClassOfCoreLivesInARoom() {
        String[] rooms = ROOMS.stream().map(room -> "io.espalier." + room + "..").toArray(String[]::new);
        noClasses().should().resideOutsideOfPackages(rooms).check(CORE);
    }

    @Test
    void noPackagesUseEachOtherInACircle() {
        slices().matching("io.espalier.(**)").should().beFreeOfCycles().check(CORE);
    }

    @Test
    void coreKnowsNeitherPluginsNorRoutes() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.espalier.plugins..", "io.espalier.routes..", "io.espalier.mlflow..", "org.apache.camel..", "picocli..")
                .check(CORE);
    }
}
