package io.espalier.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Random choices that keep the shares of the classes. */
final class Stratified {

    private Stratified() {}

    /** The array itself, in random order (Fisher-Yates). */
    static int[] shuffle(int[] values, Random random) {
        for (int i = values.length - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            int value = values[i];
            values[i] = values[other];
            values[other] = value;
        }
        return values;
    }

    /**
     * Chooses {@code count} of the candidates so that each class has its share of the count, rounded by largest remainder,
     * as far as the class has that many to give.
     *
     * @param labels label of every image of the source, each below {@code classes}
     * @param candidates indices to choose from
     * @param kept of each class so many candidates are not chosen
     * @return the chosen indices, ascending; fewer than {@code count} when the candidates do not suffice
     */
    static int[] choose(int[] labels, int classes, int[] candidates, int count, int kept, Random random) {
        int[][] members = new int[classes][];
        for (int c = 0; c < classes; c++) {
            int label = c;
            members[c] = Arrays.stream(candidates).filter(index -> labels[index] == label).toArray();
        }
        int[] sizes = Arrays.stream(members).mapToInt(m -> m.length).toArray();
        int[] quotas = apportion(sizes, count, kept);
        return IntStream.range(0, classes)
                .flatMap(c -> Arrays.stream(shuffle(members[c], random), 0, quotas[c]))
                .sorted()
                .toArray();
    }

    private static int[] apportion(int[] sizes, int count, int kept) {
        long total = Math.max(1, Arrays.stream(sizes).asLongStream().sum());
        int[] room = Arrays.stream(sizes).map(size -> Math.max(0, size - kept)).toArray();
        int[] quotas = new int[sizes.length];
        for (int c = 0; c < sizes.length; c++) {
            quotas[c] = (int) Math.min(room[c], sizes[c] * (long) count / total);
        }
        List<Integer> byRemainder = new ArrayList<>(IntStream.range(0, sizes.length).boxed().toList());
        byRemainder.sort(Comparator.comparingLong(c -> -(sizes[c] * (long) count % total)));
        int missing = Math.min(count, Arrays.stream(room).sum()) - Arrays.stream(quotas).sum();
        while (missing > 0) {
            for (int c : byRemainder) {
                if (missing > 0 && quotas[c] < room[c]) {
                    quotas[c]++;
                    missing--;
                }
            }
        }
        return quotas;
    }
}
