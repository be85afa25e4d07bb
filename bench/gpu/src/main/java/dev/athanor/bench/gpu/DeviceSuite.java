package dev.athanor.bench.gpu;

import dev.athanor.backend.Availability;
import dev.athanor.backend.Backend;
import dev.athanor.backend.Backends;
import dev.athanor.backend.MatmulPrecision;
import dev.athanor.conformance.BackendConformance;
import dev.athanor.conformance.ProductConformance;
import dev.athanor.conformance.tensor.DifferentiationConformance;
import dev.athanor.conformance.tensor.TensorConformance;
import dev.athanor.conformance.tensor.VocabularyConformance;
import dev.athanor.conformance.training.LayerConformance;
import dev.athanor.conformance.training.OptimizerConformance;
import dev.athanor.conformance.training.PaceConformance;
import dev.athanor.conformance.training.PlanConformance;
import dev.athanor.conformance.training.ResumeConformance;
import dev.athanor.conformance.training.TrainerConformance;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * The conformance suites on a device chosen when it is run, {@code cuda} if the system property {@value #DEVICE} says nothing. Where
 * the device cannot be used they are skipped, with the reason.
 */
final class DeviceSuite {
  /** Names the device. */
  static final String DEVICE = "athanor.suite.device";

  /** In the order in which they are run. */
  static final List<Class<?>> ALL = List.of(Operations.class, Plans.class, Layers.class, Optimizers.class, RoundedProducts.class,
      Tensors.class, Differentiation.class, Vocabulary.class, Training.class, Resuming.class, Pace.class);

  private DeviceSuite() {}

  private static Backend device() {
    String name = System.getProperty(DEVICE, "cuda");
    for (Backends.Candidate c : Backends.candidates()) {
      if (c.provider().name().equals(name.split(":")[0])
          && c.availability() instanceof Availability.Unusable(String reason, String remedy)) {
        Assumptions.abort("there is no device '" + name + "' here: " + reason + ". " + remedy);
      }
    }
    return Backends.open(name);
  }

  /** Every operation against float64. */
  static class Operations extends BackendConformance {
    @Override
    protected Backend open() {
      return device();
    }
  }

  /** Products and convolutions of factors rounded to TF32, with bounds to match. */
  static class RoundedProducts extends ProductConformance {
    @Override
    protected Backend open() {
      Backend backend = device();
      backend.matmulPrecision(MatmulPrecision.TF32);
      return backend;
    }
  }

  /** Captured and replayed functions. */
  static class Plans extends PlanConformance {
    @Override
    protected Backend open() {
      return device();
    }

    @Override
    protected int manyReplays() {
      return System.getProperty(DEVICE, "cuda").startsWith("cuda-sim") ? 300 : super.manyReplays();
    }
  }

  /** Layers and losses against PyTorch's numbers. */
  static class Layers extends LayerConformance {
    @Override
    protected Backend open() {
      return device();
    }
  }

  /** Optimizers. */
  static class Optimizers extends OptimizerConformance {
    @Override
    protected Backend open() {
      return device();
    }
  }

  /** Tensors, autograd and memory. */
  static class Tensors extends TensorConformance {
    @Override
    protected Backend open() {
      return device();
    }
  }

  /** The ways to differentiate. */
  static class Differentiation extends DifferentiationConformance {
    @Override
    protected Backend open() {
      return device();
    }
  }

  /** The vocabulary of functions. */
  static class Vocabulary extends VocabularyConformance {
    @Override
    protected Backend open() {
      return device();
    }
  }

  /** Training runs. */
  static class Training extends TrainerConformance {
    @Override
    protected Backend open() {
      return device();
    }
  }

  /** Checkpoints. */
  static class Resuming extends ResumeConformance {
    @Override
    protected Backend open() {
      return device();
    }
  }

  /** Schedules, accumulation, averages. */
  static class Pace extends PaceConformance {
    @Override
    protected Backend open() {
      return device();
    }
  }
}
