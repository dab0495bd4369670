package io.espalier.engine.onednn;

/** Threads of the arithmetic. */
final class Threads {

    private Threads() {}

    /** As OpenMP counts them: what OMP_NUM_THREADS says, or all cores if that is no number of threads. */
    static int count() {
        String wish = System.getenv("OMP_NUM_THREADS");
        try {
            int wished = wish == null ? 0 : Integer.parseInt(wish.strip());
            return wished > 0 ? wished : Runtime.getRuntime().availableProcessors();
        } catch (NumberFormatException e) {
            return Runtime.getRuntime().availableProcessors();
        }
    }
}
