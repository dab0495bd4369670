package io.espalier.nd4j;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.memory.Deallocatable;
import org.nd4j.linalg.api.memory.deallocation.DeallocatableReference;
import org.nd4j.linalg.api.memory.deallocation.DeallocatorService;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Frees tensors that nobody holds any more half a second after the garbage collector found them, not at once.
 *
 * <p>ND4J 1.0.0-M2.1 hands the addresses of an operation's tensors to native code and holds the tensors no longer: a temporary one, such as
 * the dimensions of a broadcast, is garbage while the operation still reads it. A collection in that moment frees it, and the process dies
 * with a segmentation fault (deeplearning4j issues 9278 and 9665 show the same); nothing keeps it from going on with other numbers. With a
 * collection every 10 ms, four of seven runs of the tests of gradients ended so.
 */
public final class LateRelease {

    private static final Duration TICK = Duration.ofMillis(100);
    /**
     * Longer together than an operation that holds no operands takes: those with an {@code OpContext}, such as convolutions, hold them.
     * Not longer than that: 3 s were 800 MB more where steps are short. Ticks, since a process that was stopped for an hour has
     * not gone on for an hour.
     */
    private static final int TICKS_HELD = 5;

    static {
        // A collection of the whole heap every few seconds, 0.3 s each; what is native here is closed by its owner instead.
        Nd4j.getMemoryManager().togglePeriodicGc(false);
        replaceQueues(Nd4j.getDeallocatorService());
    }

    private LateRelease() {}

    /** Sees to it for the whole process, once. To be called by whatever makes tensors first. */
    public static void install() {
        // Done when this class was initialised.
    }

    @SuppressWarnings("unchecked")
    private static void replaceQueues(DeallocatorService service) {
        List<List<ReferenceQueue<Deallocatable>>> devices = (List<List<ReferenceQueue<Deallocatable>>>) field(service, "deviceMap");
        Map<String, DeallocatableReference> alive = (Map<String, DeallocatableReference>) field(service, "referenceMap");
        for (int device = 0; device < devices.size(); device++) {
            ReferenceQueue<Deallocatable> queue = new ReferenceQueue<>();
            List<ReferenceQueue<Deallocatable>> queues = devices.get(device);
            // Filled in place: other threads may be taking one of them.
            queues.replaceAll(before -> queue);
            int own = device;
            Thread thread = new Thread(() -> release(queue, alive, own), "late-release-" + device);
            thread.setContextClassLoader(null);
            thread.setDaemon(true);
            thread.start();
        }
    }

    private static Object field(DeallocatorService service, String name) {
        try {
            Field field = DeallocatorService.class.getDeclaredField(name);
            field.setAccessible(true);
            return field.get(service);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this version of ND4J has no field '" + name + "' in " + DeallocatorService.class.getName()
                    + ": Espalier is made for 1.0.0-M2.1, see whether its operations still free what they read", e);
        }
    }

    private static void release(ReferenceQueue<Deallocatable> queue, Map<String, DeallocatableReference> alive, int device) {
        Nd4j.getAffinityManager().unsafeSetDevice(device);
        Deque<ArrayList<DeallocatableReference>> dead = new ArrayDeque<>();
        try {
            while (true) {
                Thread.sleep(TICK.toMillis());
                try {
                    tick(queue, dead, alive);
                } catch (OutOfMemoryError e) {
                    // Whoever filled the heap is told so by an error of its own. This thread goes on: without it no tensor is freed again.
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void tick(ReferenceQueue<Deallocatable> queue, Deque<ArrayList<DeallocatableReference>> dead, Map<String, DeallocatableReference> alive) {
        ArrayList<DeallocatableReference> found = new ArrayList<>();
        dead.add(found);
        poll(queue, found);
        while (dead.size() > TICKS_HELD) {
            // Each is taken out before it is freed, so that nothing is freed twice where the heap ends in between.
            for (ArrayList<DeallocatableReference> oldest = dead.element(); !oldest.isEmpty();) {
                DeallocatableReference tensor = oldest.remove(oldest.size() - 1);
                tensor.getDeallocator().deallocate();
                alive.remove(tensor.getId());
            }
            dead.remove();
        }
    }

    /** Room is made before a reference is taken: one that was taken and could not be kept would never be freed. */
    private static void poll(ReferenceQueue<Deallocatable> queue, ArrayList<DeallocatableReference> found) {
        while (true) {
            found.ensureCapacity(found.size() + 1);
            Reference<? extends Deallocatable> next = queue.poll();
            if (next == null) {
                return;
            }
            found.add((DeallocatableReference) next);
        }
    }
}
