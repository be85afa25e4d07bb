/**
 * Everything that is to be shown on a GPU, in one run: {@link dev.athanor.bench.gpu.Measure} starts the
 * {@linkplain dev.athanor.bench.gpu.Section sections}, each in a process and with a time limit of its own, and writes a page.
 */
package dev.athanor.bench.gpu;
