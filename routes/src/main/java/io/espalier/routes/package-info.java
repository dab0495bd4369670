/** The Camel component {@code stage:}, and the check that a pipeline passes before any of it runs. */
package io.espalier.routes;
