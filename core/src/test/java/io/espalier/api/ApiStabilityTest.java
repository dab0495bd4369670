package io.espalier.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.espalier.api.Stability.Level;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import javassist.bytecode.AccessFlag;
import javassist.bytecode.AnnotationDefaultAttribute;
import javassist.bytecode.ClassFile;
import javassist.bytecode.MethodInfo;
import javassist.bytecode.annotation.IntegerMemberValue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What plugins compile against, measured against what was recorded. */
class ApiStabilityTest {

    @TempDir
    private Path folder;

    /** Changes a class file. */
    private interface Edit {
        void apply(ClassFile type) throws Exception;
    }

    private static ApiSurface recorded() throws IOException {
        return ApiSurface.read(ApiBaseline.jar());
    }

    private static ApiSurface now() throws IOException {
        return ApiSurface.current(recorded().types().keySet());
    }

    private List<ApiChanges.Break> breaks(Class<?> type, Edit edit) throws Exception {
        ApiSurface now = now();
        Map<String, byte[]> types = new TreeMap<>(now.types());
        String name = type.getName().replace('.', '/');
        ClassFile file = ApiSurface.read(types.get(name));
        edit.apply(file);
        types.put(name, ApiSurface.bytes(file));
        return ApiChanges.between(now, new ApiSurface(now.version(), types), folder).breaks();
    }

    private static void add(ClassFile type, String method, int flags) throws Exception {
        MethodInfo added = new MethodInfo(type.getConstPool(), method, "()V");
        added.setAccessFlags(flags);
        type.addMethod(added);
    }

    @Test
    void whatPluginsRelyOnWasBrokenOnlyAsFarAsTheVersionOfTheApiSays() throws IOException {
        ApiSurface recorded = recorded();
        ApiChanges changes = ApiChanges.between(recorded, now(), folder);
        assertThat(changes.breaks()).as("the API %s against the recorded %s; put back what plugins use, or raise ApiVersion as core/README.md says",
                ApiVersion.CURRENT, recorded.version()).allMatch(change -> change.isAllowed(recorded.version(), ApiVersion.CURRENT));
        if (changes.additions()) {
            assertThat(ApiVersion.CURRENT).as("the API has more than the recorded one, so its minor version must be higher: raise ApiVersion")
                    .isNotEqualTo(recorded.version());
        }
    }

    @Test
    void theSurfaceHoldsTheApiAndWhatItsSignaturesShowAndWhatItOpens() throws IOException {
        assertThat(now().types().keySet()).contains("io/espalier/api/Stage", "io/espalier/api/Candidate$Content", "io/espalier/network/UnitGroup",
                "io/espalier/network/PruningPlan", "io/espalier/engine/Engine", "io/espalier/network/Channels", "io/espalier/engine/Trainer").noneMatch(name -> name.startsWith("io/espalier/run"));
    }

    @Test
    void aMethodTakenAwayBreaks() throws Exception {
        assertThat(breaks(CriterionContext.class, type -> type.getMethods().remove(0)))
                .singleElement().satisfies(change -> {
                    assertThat(change.text()).contains("io.espalier.api.CriterionContext.").contains("METHOD_REMOVED");
                    assertThat(change.level()).isEqualTo(Level.STABLE);
                    assertThat(change.isAllowed("0.1.0", "0.2.0")).isFalse();
                    assertThat(change.isAllowed("0.1.0", "1.0.0")).isTrue();
                });
    }

    @Test
    void aMethodThatPluginsWouldHaveToImplementBreaks() throws Exception {
        assertThat(breaks(Criterion.class, type -> add(type, "more", AccessFlag.PUBLIC | AccessFlag.ABSTRACT))).isNotEmpty();
    }

    @Test
    void aMethodThatPluginsMayCallBreaksNothing() throws Exception {
        assertThat(breaks(CriterionContext.class, type -> add(type, "more", AccessFlag.PUBLIC | AccessFlag.ABSTRACT))).isEmpty();
    }

    @Test
    void anElementOfAnAnnotationBreaksUnlessItHasADefault() throws Exception {
        assertThat(breaks(Option.class, type -> add(type, "more", AccessFlag.PUBLIC | AccessFlag.ABSTRACT))).isNotEmpty();
        assertThat(breaks(Option.class, type -> {
            add(type, "more", AccessFlag.PUBLIC | AccessFlag.ABSTRACT);
            MethodInfo element = (MethodInfo) type.getMethod("more");
            AnnotationDefaultAttribute standard = new AnnotationDefaultAttribute(type.getConstPool());
            standard.setDefaultValue(new IntegerMemberValue(type.getConstPool(), 1));
            element.addAttribute(standard);
        })).isEmpty();
    }

    @Test
    void anEvolvingTypeBreaksWithAMinorVersion() throws Exception {
        assertThat(breaks(Pretrained.class, type -> type.getMethods().removeIf(method -> method.getName().equals("channels"))))
                .isNotEmpty().allSatisfy(change -> {
                    assertThat(change.level()).isEqualTo(Level.EVOLVING);
                    assertThat(change.isAllowed("0.1.0", "0.1.5")).isFalse();
                    assertThat(change.isAllowed("0.1.0", "0.2.0")).isTrue();
                });
    }

    @Test
    void aTypeTakenAwayBreaks() throws Exception {
        ApiSurface now = now();
        Map<String, byte[]> types = new TreeMap<>(now.types());
        types.remove("io/espalier/api/Chosen");
        assertThat(ApiChanges.between(now, new ApiSurface(now.version(), types), folder).breaks()).anyMatch(change -> change.text().contains("CLASS_REMOVED"));
    }

    @Test
    void everyPublicTypeOfTheApiSaysHowStableItIs() {
        Set<JavaClass> types = Set.copyOf(new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("io.espalier.api"));
        assertThat(types).isNotEmpty().filteredOn(type -> type.getModifiers().contains(JavaModifier.PUBLIC) && type.getEnclosingClass().isEmpty())
                .as("annotate the type with @Stability").allMatch(type -> type.isAnnotatedWith(Stability.class), "says how stable it is");
    }

    @Test
    void theVersionOfTheApiIsASemanticOne() {
        assertThat(ApiVersion.CURRENT).matches("\\d+\\.\\d+\\.\\d+");
    }
}
