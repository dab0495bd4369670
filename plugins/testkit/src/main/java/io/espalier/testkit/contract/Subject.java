package io.espalier.testkit.contract;

import io.espalier.api.Criterion;
import io.espalier.api.DatasetReader;
import io.espalier.api.InputException;
import io.espalier.api.ModelReader;
import io.espalier.api.Pruner;
import io.espalier.api.Stage;
import io.espalier.catalog.Catalog;
import io.espalier.catalog.Extension;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * An extension that is held to the contract.
 *
 * @param catalog in which it is
 * @param extension the extension
 * @param terms with which it is tried
 */
public record Subject(Catalog catalog, Extension extension, Terms terms) {

    /**
     * How an extension is tried.
     *
     * @param options as a pipeline would give them; what is not given has its default
     * @param sample of a reader: a file or folder that it reads
     * @param limit for one claim
     * @param work an empty folder for what is written
     */
    public record Terms(Map<String, String> options, Optional<Path> sample, Duration limit, Path work) {

        public Terms {
            options = Map.copyOf(options);
        }
    }

    /** {@code criterion 'l1'}, for messages. */
    public String title() {
        return extension.kind() + " '" + extension.name() + "'";
    }

    /** Everything that an extension of its kind promises. Each claim ends within the limit. */
    public List<Claim> claims() {
        List<Claim> claims = new ArrayList<>(ExtensionClaims.of(this));
        Object instance = extension.instance();
        if (extension.point() == Criterion.class) {
            claims.addAll(new CriterionClaims(this, (Criterion<?>) instance).all());
        } else if (extension.point() == Pruner.class) {
            claims.addAll(new PrunerClaims(this, (Pruner<?>) instance).all());
        } else if (extension.point() == Stage.class) {
            claims.addAll(new StageClaims(this, (Stage<?>) instance).all());
        } else if (extension.point() == ModelReader.class) {
            claims.addAll(new ModelReaderClaims(this, (ModelReader<?>) instance).all());
        } else if (extension.point() == DatasetReader.class) {
            claims.addAll(new DatasetReaderClaims(this, (DatasetReader<?>) instance).all());
        }
        return claims.stream().map(claim -> new Claim(claim.sentence(), () -> Limited.perform(claim, this))).toList();
    }

    /** Whether its name or its documentation says that chance decides: the control that others must beat. */
    boolean saysRandom() {
        return (extension.name() + " " + extension.doc()).toLowerCase(Locale.ROOT).contains("random");
    }

    /** The options record with what was given, as a run would hand it over. */
    Record options() {
        try {
            return catalog.bind(extension, terms.options()).value();
        } catch (InputException e) {
            throw new NotChecked("its options cannot be bound with what is at hand: " + e.getMessage());
        }
    }

    BrokenClaim broken(String why) {
        return new BrokenClaim(title() + " " + why);
    }

    BrokenClaim broken(String why, Throwable cause) {
        return new BrokenClaim(title() + " " + why, cause);
    }

    BenchContext context(long seed) {
        return new BenchContext(catalog, seed, terms.work());
    }
}
