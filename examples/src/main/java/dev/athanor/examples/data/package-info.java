/** The data sets that are part of the examples; their sources and licences are in README.md beside the files. */
package dev.athanor.examples.data;
