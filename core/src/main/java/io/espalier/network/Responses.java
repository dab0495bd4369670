package io.espalier.network;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Mean and covariance of a layer's channels over images and places, summed in float64 batch by batch. However many images
 * there are, it holds c x c numbers and a piece of one batch.
 */
public final class Responses implements AutoCloseable {

    /** Places taken at once: enough for a fast product, and 32 MB where there are 512 channels. */
    private static final long PIECE = 8192;

    private final INDArray sum;
    private final INDArray products;
    private long places;

    public Responses(long channels) {
        this.sum = Nd4j.zeros(DataType.DOUBLE, channels);
        this.products = Nd4j.create(DataType.DOUBLE, new long[] {channels, channels}, 'f');
    }

    /** @param maps [batch, channels, height, width], not written */
    public void add(INDArray maps) {
        long each = maps.size(2) * maps.size(3);
        long images = Math.max(1, PIECE / each);
        for (long first = 0; first < maps.size(0); first += images) {
            INDArray some = maps.get(NDArrayIndex.interval(first, Math.min(maps.size(0), first + images))).permute(1, 0, 2, 3);
            try (INDArray columns = Nd4j.createUninitialized(DataType.DOUBLE, some.shape(), 'f').assign(some)) {
                INDArray matrix = columns.reshape('f', columns.size(0), columns.length() / columns.size(0));
                Nd4j.gemm(matrix, matrix, products, false, true, 1, 1);
                try (INDArray sums = matrix.sum(1)) {
                    sum.addi(sums);
                }
                places += matrix.size(1);
            }
        }
    }

    /** Number of images times places in their maps. */
    public long places() {
        return places;
    }

    /** Whether all that was seen is numbers. */
    public boolean isFinite() {
        return Double.isFinite(sum.sumNumber().doubleValue()) && Double.isFinite(products.sumNumber().doubleValue());
    }

    /** m, [channels], float64. */
    INDArray mean() {
        return sum.div(places);
    }

    /** The mean of (y - m) (y - m)^T, [channels, channels], float64. */
    INDArray covariance() {
        INDArray m = mean();
        return products.div(places).subi(m.reshape(m.length(), 1).mmul(m.reshape(1, m.length())));
    }

    @Override
    public void close() {
        sum.close();
        products.close();
    }
}
