/**
 * For the tests of plugins: extend the class of your extension's kind, {@link io.espalier.testkit.CriterionContract} for
 * example, and inherit what every such extension of Espalier promises.
 */
package io.espalier.testkit;
