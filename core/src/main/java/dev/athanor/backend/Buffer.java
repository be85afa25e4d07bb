package dev.athanor.backend;

/**
 * A piece of device memory, made by {@link Backend#allocate} and known only to its backend. Core holds it, passes it back inside
 * {@link dev.athanor.tensor.View views}, and returns it with {@link Backend#release}. Aligned to at least 64 bytes.
 */
public interface Buffer {
  /** The usable bytes. */
  long bytes();
}
