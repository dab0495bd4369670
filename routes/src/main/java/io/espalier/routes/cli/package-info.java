/** The command line. */
package io.espalier.routes.cli;
