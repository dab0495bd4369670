package io.espalier.plugins.gradients;

/** How many training images a criterion looks at, and how many at once. */
interface Passes {

    int images();

    int batch();
}
