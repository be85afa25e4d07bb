package dev.athanor.cuda;

import dev.athanor.AthanorException;
import dev.athanor.backend.Availability;
import dev.athanor.backend.Backend;
import dev.athanor.backend.BackendProvider;
import dev.athanor.backend.Finding;
import java.util.List;

/**
 * Offers NVIDIA GPUs under the name {@code cuda}: {@code cuda}, {@code cuda:1} and so on. The system property
 * {@code athanor.cuda.libraries} names folders with {@code libcublas.so.12} and {@code libcudnn.so.9} where they are not found by
 * themselves; {@code athanor.cuda.cudnn} is {@code auto} (cuDNN where it is found), {@code on} (or an error) or {@code off}.
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
    return CudaProbe.here().probe();
  }

  @Override
  public List<Finding> examine() {
    try {
      return CudaProbe.here().examine(CudnnUse.ofProperty());
    } catch (AthanorException e) {
      return List.of(Finding.bad(e.getMessage(), "Set it to auto, on or off"));
    }
  }

  @Override
  public Backend open(int index) {
    return new CudaBackend(index == 0 ? "cuda" : "cuda:" + index, gpu(index));
  }

  /** A GPU, or why there is none. */
  static JCudaGpu gpu(int index) {
    if (CudaProbe.here().probe() instanceof Availability.Unusable(String reason, String remedy)) {
      throw new AthanorException("device cuda cannot be used: " + reason + ". " + remedy);
    }
    return new JCudaGpu(index);
  }
}
