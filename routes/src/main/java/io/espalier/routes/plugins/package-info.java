/** Plugins that the user installs: repositories they come from, and the folder they live in. */
package io.espalier.routes.plugins;
