package dev.athanor.cuda;

import jcuda.Pointer;

/** A raw address, of the host or the device, as JCuda takes it. */
final class Address extends Pointer {
  Address(long address) {
    super(address);
  }

  /** A pointer that JCuda is to fill. */
  Address() {}

  long address() {
    return getNativePointer();
  }
}
