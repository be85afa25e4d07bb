/**
 * The operations, by family. Each one checks its operands, allocates the output, calls the backend, and records its gradient rule, which
 * stands beside it. Users call them through {@link dev.athanor.tensor.Tensor}; adding one is described in {@code docs/add-an-op.md}.
 */
package dev.athanor.ops;
