package io.espalier.engine.onednn;

import java.util.Optional;
import org.bytedeco.dnnl.dnnl_version_t;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;

/** oneDNN on this machine: loaded once in a process, or absent for a reason. */
final class Library {

    /** The one attempt to load it; a class is initialised once. */
    private static final class Attempt {

        private static final Optional<Library> LIBRARY;
        private static final String REASON;

        static {
            Library loaded = null;
            String reason = "";
            try {
                loaded = load();
            } catch (LinkageError | RuntimeException e) {
                reason = reason(e);
            }
            LIBRARY = Optional.ofNullable(loaded);
            REASON = reason;
        }
    }

    private final engine cpu;
    private final String instructions;
    private final String version;

    private Library(engine cpu, String instructions, String version) {
        this.cpu = cpu;
        this.instructions = instructions;
        this.version = version;
    }

    private static Library load() {
        if (!Loader.getPlatform().endsWith("x86_64")) {
            throw new IllegalStateException("it is built for x86-64 only, and this is " + System.getProperty("os.arch"));
        }
        Loader.load(dnnl.class);
        int isa = dnnl.dnnl_get_effective_cpu_isa();
        if ((isa & dnnl.dnnl_cpu_isa_avx2) != dnnl.dnnl_cpu_isa_avx2) {
            throw new IllegalStateException("the processor lacks AVX2");
        }
        dnnl_version_t version = dnnl.dnnl_version();
        return new Library(
                new engine(engine.kind.cpu, 0), name(isa), version.major() + "." + version.minor() + "." + version.patch());
    }

    private static String name(int isa) {
        if ((isa & dnnl.dnnl_cpu_isa_avx512_core_amx) == dnnl.dnnl_cpu_isa_avx512_core_amx) {
            return "avx512-amx";
        }
        if ((isa & dnnl.dnnl_cpu_isa_avx512_core_bf16) == dnnl.dnnl_cpu_isa_avx512_core_bf16) {
            return "avx512-bf16";
        }
        return (isa & dnnl.dnnl_cpu_isa_avx512_core) == dnnl.dnnl_cpu_isa_avx512_core ? "avx512" : "avx2";
    }

    private static String reason(Throwable thrown) {
        Throwable cause = thrown;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }

    /** The library, unless it is {@link #whyAbsent absent}. */
    static Optional<Library> find() {
        return Attempt.LIBRARY;
    }

    /** What kept it from loading, empty when it is there. */
    static String whyAbsent() {
        return Attempt.REASON;
    }

    engine cpu() {
        return cpu;
    }

    /** The widest instructions that it uses here: {@code avx2}, {@code avx512}, {@code avx512-bf16} or {@code avx512-amx}. */
    String instructions() {
        return instructions;
    }

    /** Whether there are instructions for products of bf16, without which they are slower than those of float32. */
    boolean multipliesBf16() {
        return instructions.equals("avx512-bf16") || instructions.equals("avx512-amx");
    }

    String version() {
        return version;
    }
}
