package dev.athanor.tensor;

/** A device that tensors live on. */
public final class Device {
  private Device() {}
}
