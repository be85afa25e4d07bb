package dev.athanor.cuda;

import dev.athanor.AthanorException;
import dev.athanor.backend.Availability;
import dev.athanor.backend.Backend;
import dev.athanor.backend.BackendProvider;

/**
 * Offers NVIDIA GPUs under the name {@code cuda}: {@code cuda}, {@code cuda:1} and so on. The system property
 * {@code athanor.cuda.libraries} names a folder with {@code libcublas.so.12} where it is not found by itself.
 */
public final class CudaProvider implements BackendProvider {
  /** For {@link java.util.ServiceLoader}. */
  public CudaProvider() {}

  @Override
  public String name() {
    return "cuda";
  }

  /** Before the CPU. */
  @Override
  public int rank() {
    return 100;
  }

  @Override
  public Availability probe() {
    return CudaProbe.probe(System.getProperty("os.name"), System.getProperty("os.arch"), CudaProbe.DEVICE_FILES);
  }

  @Override
  public Backend open(int index) {
    if (probe() instanceof Availability.Unusable(String reason, String remedy)) {
      throw new AthanorException("device cuda cannot be used: " + reason + ". " + remedy);
    }
    return new CudaBackend(index == 0 ? "cuda" : "cuda:" + index, new JCudaGpu(index));
  }
}
