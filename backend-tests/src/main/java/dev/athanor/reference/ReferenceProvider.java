package dev.athanor.reference;

import dev.athanor.AthanorException;
import dev.athanor.backend.Availability;
import dev.athanor.backend.Backend;
import dev.athanor.backend.BackendProvider;

/** Offers {@link ReferenceBackend} under the name {@code reference}; never chosen by {@code auto}. */
public final class ReferenceProvider implements BackendProvider {
  /** For {@link java.util.ServiceLoader}. */
  public ReferenceProvider() {}

  @Override
  public String name() {
    return "reference";
  }

  @Override
  public int rank() {
    return -1;
  }

  @Override
  public Availability probe() {
    return new Availability.Usable("plain Java, for tests");
  }

  @Override
  public Backend open(int index) {
    if (index != 0) {
      throw new AthanorException("reference: there is one device, index 0, not " + index);
    }
    return new ReferenceBackend();
  }
}
