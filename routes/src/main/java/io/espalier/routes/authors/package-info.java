/** For authors of plugins: projects to begin with, and what their builds need. */
package io.espalier.routes.authors;
