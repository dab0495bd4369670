package io.espalier.api;

import io.espalier.api.Stability.Level;
import japicmp.cmp.JApiCmpArchive;
import japicmp.cmp.JarArchiveComparator;
import japicmp.cmp.JarArchiveComparatorOptions;
import japicmp.model.JApiBehavior;
import japicmp.model.JApiChangeStatus;
import japicmp.model.JApiClass;
import japicmp.model.JApiCompatibility;
import japicmp.model.JApiCompatibilityChange;
import japicmp.model.JApiCompatibilityChangeType;
import japicmp.model.JApiMethod;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javassist.bytecode.AnnotationDefaultAttribute;
import org.pf4j.ExtensionPoint;

/**
 * What changed between two surfaces, as japicmp sees it.
 *
 * @param breaks what plugins may break on
 * @param additions whether there is anything new
 */
record ApiChanges(List<Break> breaks, boolean additions) {

    /**
     * A change that a plugin may break on.
     *
     * @param level of the type
     * @param text the type, the member and what happened to it
     */
    record Break(Level level, String text) {

        /** Of versions as {@code 0.2.0}. */
        boolean isAllowed(String before, String now) {
            int[] one = numbers(before);
            int[] other = numbers(now);
            return other[0] > one[0] || level == Level.EVOLVING && other[0] == one[0] && other[1] > one[1];
        }
    }

    static int[] numbers(String version) {
        return Arrays.stream(version.split("\\.")).mapToInt(Integer::parseInt).toArray();
    }

    static ApiChanges between(ApiSurface before, ApiSurface now, Path folder) throws IOException {
        Path one = before.write(folder.resolve("before.jar"));
        Path other = now.write(folder.resolve("now.jar"));
        JarArchiveComparatorOptions options = new JarArchiveComparatorOptions();
        options.getIgnoreMissingClasses().setIgnoreAllMissingClasses(true);
        List<JApiClass> types = new JarArchiveComparator(options)
                .compare(new JApiCmpArchive(one.toFile(), before.version()), new JApiCmpArchive(other.toFile(), now.version()));
        List<Break> breaks = new ArrayList<>();
        types.forEach(type -> collect(type, breaks));
        boolean additions = types.stream().anyMatch(type -> type.getChangeStatus() != JApiChangeStatus.UNCHANGED);
        return new ApiChanges(breaks, additions);
    }

    private static void collect(JApiClass type, List<Break> breaks) {
        Stream<JApiCompatibility> members = Stream.of(
                Stream.of(type), type.getMethods().stream(), type.getConstructors().stream(), type.getFields().stream(), type.getInterfaces().stream())
                .flatMap(part -> part.map(JApiCompatibility.class::cast));
        members.forEach(member -> member.getCompatibilityChanges().stream()
                .filter(change -> isBreaking(type, change) && !isElementWithDefault(type, member, change))
                .map(change -> new Break(level(type), type.getFullyQualifiedName() + name(member) + ": " + change.getType()))
                .forEach(breaks::add));
    }

    private static String name(JApiCompatibility member) {
        return member instanceof JApiBehavior behavior ? "." + behavior.getName() : "";
    }

    /** Plugins implement extension points; all other interfaces they only call, so those may grow. */
    private static boolean isBreaking(JApiClass type, JApiCompatibilityChange change) {
        if (change.getType() == JApiCompatibilityChangeType.METHOD_ADDED_TO_INTERFACE) {
            return type.getInterfaces().stream().anyMatch(one -> one.getFullyQualifiedName().equals(ExtensionPoint.class.getName()));
        }
        return !change.isBinaryCompatible() || !change.isSourceCompatible();
    }

    /** An annotation that has a new element is written and read as before where the element has a default; japicmp does not look at that. */
    private static boolean isElementWithDefault(JApiClass type, JApiCompatibility member, JApiCompatibilityChange change) {
        if (change.getType() != JApiCompatibilityChangeType.METHOD_ABSTRACT_ADDED_TO_CLASS || !(member instanceof JApiMethod method)) {
            return false;
        }
        return method.getNewMethod().map(element -> element.getMethodInfo().getAttribute(AnnotationDefaultAttribute.tag) != null).orElse(false);
    }

    private static Level level(JApiClass type) {
        try {
            Stability stability = Class.forName(type.getFullyQualifiedName()).getAnnotation(Stability.class);
            return stability == null ? Level.EVOLVING : stability.value();
        } catch (ClassNotFoundException e) {
            // What was taken away says no more how stable it was.
            return type.getFullyQualifiedName().startsWith("io.espalier.api.") ? Level.STABLE : Level.EVOLVING;
        }
    }
}
