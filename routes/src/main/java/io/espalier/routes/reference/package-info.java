/** What plugins bring, told to people, editors and Camel's tools; all of it comes from option records and annotations. */
package io.espalier.routes.reference;
