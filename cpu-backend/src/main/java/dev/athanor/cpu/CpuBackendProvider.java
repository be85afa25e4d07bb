package dev.athanor.cpu;

import dev.athanor.AthanorException;
import dev.athanor.backend.Availability;
import dev.athanor.backend.Backend;
import dev.athanor.backend.BackendProvider;

/**
 * Offers the CPU. System properties: {@code athanor.cpu.threads} (default: the physical cores), {@code
 * athanor.cpu.native=false} (no native library), {@code athanor.cache} (the folder native libraries are unpacked to).
 */
public final class CpuBackendProvider implements BackendProvider {
  /** For {@link java.util.ServiceLoader}. */
  public CpuBackendProvider() {}

  @Override
  public String name() {
    return "cpu";
  }

  /** Behind every accelerator. */
  @Override
  public int rank() {
    return 0;
  }

  @Override
  public Availability probe() {
    return Probe.availability();
  }

  @Override
  public Backend open(int index) {
    if (index != 0) {
      throw new AthanorException("device cpu:" + index + ": there is one CPU device, cpu (or cpu:0)");
    }
    if (Probe.availability() instanceof Availability.Unusable(String reason, String remedy)) {
      throw new AthanorException("device cpu: " + reason + "; " + remedy);
    }
    return new CpuBackend(Probe.threads(), true);
  }
}
