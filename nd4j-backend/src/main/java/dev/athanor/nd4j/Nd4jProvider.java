package dev.athanor.nd4j;

import dev.athanor.AthanorException;
import dev.athanor.backend.Availability;
import dev.athanor.backend.Backend;
import dev.athanor.backend.BackendProvider;

/** Offers ND4J under the name {@code nd4j}; never chosen by {@code auto}. */
public final class Nd4jProvider implements BackendProvider {
  /** For {@link java.util.ServiceLoader}. */
  public Nd4jProvider() {}

  @Override
  public String name() {
    return "nd4j";
  }

  /** Never by {@code auto}: the CPU backend does the same work faster. */
  @Override
  public int rank() {
    return -1;
  }

  /** Looks whether ND4J's classes and its library for this platform are on the class path; loads neither. */
  @Override
  public Availability probe() {
    return Nd4jLibrary.availability();
  }

  @Override
  public Backend open(int index) {
    if (index != 0) {
      throw new AthanorException("device nd4j:" + index + ": there is one ND4J device, nd4j (or nd4j:0)");
    }
    if (Nd4jLibrary.availability() instanceof Availability.Unusable(String reason, String remedy)) {
      throw new AthanorException("device nd4j: " + reason + "; " + remedy);
    }
    return new Nd4jBackend();
  }
}
