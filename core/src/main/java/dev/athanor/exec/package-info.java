/**
 * Recording and replaying: {@link dev.athanor.exec.Plan} records a function of tensors, such as a training step, and replays it
 * without the work that the host does to prepare it.
 */
package dev.athanor.exec;
