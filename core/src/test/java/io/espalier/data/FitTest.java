package io.espalier.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.espalier.data.Labelled.Image;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class FitTest {

    private static final Image SQUARE = new Image(new ImageShape(1, 2, 2), new byte[] {10, 20, 30, 40});

    @Test
    void paddingCentresOnBlack() {
        assertThat(Fit.PAD.apply(SQUARE, new Extent(4, 5)).pixels()).containsExactly(
                0, 0, 0, 0, 0,
                0, 10, 20, 0, 0,
                0, 30, 40, 0, 0,
                0, 0, 0, 0, 0);
    }

    @Test
    void paddingRefusesALargerImageAndNamesTheMend() {
        assertThatThrownBy(() -> Fit.PAD.apply(SQUARE, new Extent(4, 1)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("2x2").hasMessageContaining("4x1").hasMessageContaining("fit=resize");
    }

    @Test
    void refusingAcceptsOnlyTheVerySize() {
        assertThat(Fit.REFUSE.apply(SQUARE, new Extent(2, 2))).isSameAs(SQUARE);
        assertThatThrownBy(() -> Fit.REFUSE.apply(SQUARE, new Extent(2, 3)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("2x2").hasMessageContaining("2x3").hasMessageContaining("fit=pad");
    }

    /** By hand: centres of 4 outputs on 2 inputs lie at -0.25, 0.25, 0.75, 1.25, the outer two held at the border. */
    @Test
    void enlargingIsBilinearWithHalfPixelCentres() {
        Image row = new Image(new ImageShape(1, 1, 2), new byte[] {0, (byte) 200});
        assertThat(Fit.RESIZE.apply(row, new Extent(1, 4)).pixels()).containsExactly(0, 50, 150, 200);
        // Columns 10, 12.5, 17.5, 20 and 30, 32.5, 37.5, 40, mixed 3:1 and 1:3 between them; halves are rounded up.
        assertThat(Fit.RESIZE.apply(SQUARE, new Extent(4, 4)).pixels()).containsExactly(
                10, 13, 18, 20,
                15, 18, 23, 25,
                25, 28, 33, 35,
                30, 33, 38, 40);
    }

    /** By hand: 3 pixels onto 2: each output covers one and a half. */
    @Test
    void shrinkingTakesTheMeanOfTheCoveredArea() {
        Image row = new Image(new ImageShape(1, 1, 3), new byte[] {30, 60, 90});
        assertThat(Fit.RESIZE.apply(row, new Extent(1, 2)).pixels()).containsExactly(40, 80);
        assertThat(Fit.RESIZE.apply(SQUARE, new Extent(1, 1)).pixels()).containsExactly(25);
        assertThat(Fit.RESIZE.apply(row, new Extent(2, 1)).pixels()).containsExactly(60, 60);
    }

    @Test
    void everyChannelIsResizedByItself() {
        Image colours = new Image(new ImageShape(3, 1, 2), new byte[] {10, 20, 30, 40, (byte) 250, (byte) 252});
        Image resized = Fit.RESIZE.apply(colours, new Extent(2, 1));
        assertThat(resized.shape()).isEqualTo(new ImageShape(3, 2, 1));
        assertThat(resized.pixels()).containsExactly(15, 15, 35, 35, 251, 251);
    }

    @Test
    void aFlatImageStaysFlatAtEverySize() {
        byte[] flat = new byte[7 * 11];
        Arrays.fill(flat, (byte) 200);
        Image image = new Image(new ImageShape(1, 7, 11), flat);
        for (int size = 1; size < 30; size++) {
            assertThat(Fit.RESIZE.apply(image, new Extent(size, 30 - size)).pixels()).containsOnly(200);
        }
    }
}
