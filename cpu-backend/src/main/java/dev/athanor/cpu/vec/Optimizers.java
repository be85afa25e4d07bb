package dev.athanor.cpu.vec;

import dev.athanor.backend.CallRecorder;
import dev.athanor.backend.OptimizerRule;
import dev.athanor.backend.OptimizerStep;
import dev.athanor.cpu.mem.CpuBuffer;
import dev.athanor.cpu.mem.Memory;
import dev.athanor.cpu.pool.WorkPool;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.View;
import java.util.List;

/**
 * One optimizer step over all parameters in a single pass: each parameter, gradient and state is read and written once. Running
 * averages that fall below the smallest normal number become 0: they would change nothing, and subnormal arithmetic is slow
 * on many processors.
 */
public final class Optimizers {
  private static final int PIECE = 8192;

  private Optimizers() {}

  /** Whether all parameters are float32, and the rule treats each element alone. */
  public static boolean takes(OptimizerStep step) {
    if (step.rule() instanceof OptimizerRule.Lamb || step.rule() instanceof OptimizerRule.Muon) {
      return false; // reductions and matrix products, which the primitives do
    }
    for (View p : step.parameters()) {
      if (p.dtype() != DType.FLOAT32) {
        return false;
      }
    }
    return true;
  }

  /** Updates {@code n} elements at the addresses of parameter, gradient and states (0 for those that the rule does not keep). */
  private interface Loop {
    void run(long p, long g, long a, long b, long c, int n);
  }

  /** See {@link dev.athanor.backend.FusedOps#optimizerStep}; float32 only. */
  public static void step(WorkPool pool, OptimizerStep step) {
    new Bound(pool, step).run();
  }

  /** {@link #step} on memory that stays where it is, with the rate and count of the time it is run; by one thread at a time. */
  public static CallRecorder.Call prepare(WorkPool pool, OptimizerStep step) {
    return new Bound(pool, step);
  }

  /** A step with its addresses, cut into pieces of all parameters. */
  private static final class Bound implements CallRecorder.Call, WorkPool.Task {
    private static final int KINDS = 5; // parameter, gradient, up to three states
    private final WorkPool pool;
    private final OptimizerStep step;
    /** The first piece of each parameter, and the number of pieces. */
    private final int[] first;
    private final long[] sizes;
    private final long[] addresses;
    private Loop loop;

    Bound(WorkPool pool, OptimizerStep step) {
      this.pool = pool;
      this.step = step;
      int count = step.parameters().size();
      first = new int[count + 1];
      sizes = new long[count];
      addresses = new long[count * KINDS];
      for (int i = 0; i < count; i++) {
        View p = step.parameters().get(i);
        sizes[i] = p.size();
        first[i + 1] = first[i] + (int) ((p.size() + PIECE - 1) / PIECE);
        addresses[i * KINDS] = CpuBuffer.of(p);
        addresses[i * KINDS + 1] = CpuBuffer.of(step.gradients().get(i));
        List<View> states = step.states().get(i);
        for (int k = 0; k < states.size() && k < KINDS - 2; k++) {
          addresses[i * KINDS + 2 + k] = CpuBuffer.of(states.get(k));
        }
      }
    }

    @Override
    public void run() {
      View hyper = step.hyper();
      loop = loop(step.rule(), CpuBuffer.of(hyper), 8 * hyper.stride(0));
      int pieces = first[sizes.length];
      if (pieces > 4) {
        pool.parallelFor(pieces, this);
      } else {
        for (int i = 0; i < pieces; i++) {
          run(i);
        }
      }
    }

    @Override
    public void run(int piece) {
      int at = java.util.Arrays.binarySearch(first, piece);
      int i = at >= 0 ? at : -at - 2;
      while (first[i + 1] == piece) {
        i++; // parameters without elements have no pieces
      }
      long start = (long) (piece - first[i]) * PIECE;
      int row = i * KINDS;
      loop.run(at(row, start), at(row + 1, start), at(row + 2, start), at(row + 3, start), at(row + 4, start),
          (int) Math.min(PIECE, sizes[i] - start));
    }

    private long at(int k, long start) {
      return addresses[k] == 0 ? 0 : addresses[k] + 4 * start;
    }
  }

  /** The rule with its rate and count, which lie at an address so many bytes apart. */
  private static Loop loop(OptimizerRule rule, long h, long apart) {
    double rate = Memory.getDouble(h);
    double count = Memory.getDouble(h + apart);
    boolean coupled = rule.decay() == OptimizerRule.Decay.COUPLED;
    float l2 = coupled ? (float) rule.weightDecay() : 0;
    float shrink = coupled ? 1 : (float) (1 - rate * rule.weightDecay());
    return switch (rule) {
      case OptimizerRule.Sgd r -> sgd(r, rate, count, l2);
      case OptimizerRule.AdaGrad r -> {
        float size = (float) (rate / (1 + (count - 1) * r.rateDecay()));
        yield (p, g, a, _, _, n) -> OptimizerLoops.adaGrad(p, g, a, n, size, (float) r.epsilon(), r.epsilonInside(), l2);
      }
      case OptimizerRule.RmsProp r -> {
        boolean momentum = r.momentum() != 0;
        yield (p, g, a, b, c, n) -> OptimizerLoops.rmsProp(p, g, a, momentum ? b : 0, momentum ? c : b, n, (float) rate,
            (float) r.alpha(), (float) (1 - r.alpha()), (float) r.momentum(), (float) r.epsilon(), r.epsilonInside(), l2);
      }
      case OptimizerRule.AdaDelta r -> (p, g, a, b, _, n) -> OptimizerLoops.adaDelta(p, g, a, b, n, (float) rate, (float) r.rho(),
          (float) (1 - r.rho()), (float) r.epsilon(), r.epsilonInside(), l2);
      case OptimizerRule.Adam r -> new AdamLoop((float) r.beta1(), (float) (1 - r.beta1()), (float) r.beta2(),
          (float) (1 - r.beta2()), (float) (rate / corrected(r.beta1(), count)), 0, (float) (1 / corrected(r.beta2(), count)),
          (float) r.epsilon(), l2, shrink, r.epsilonInside(), false)::run;
      case OptimizerRule.Adamax r -> {
        float size = (float) (rate / corrected(r.beta1(), count));
        yield (p, g, a, b, _, n) -> OptimizerLoops.adamax(p, g, a, b, n, size, (float) r.beta1(), (float) (1 - r.beta1()),
            (float) r.beta2(), (float) r.epsilon(), r.epsilonInside(), l2);
      }
      case OptimizerRule.NAdam r -> nadam(r, rate, count, Memory.getDouble(h + 2 * apart), l2, shrink)::run;
      case OptimizerRule.RAdam r -> radam(r, rate, count, l2, shrink)::run;
      case OptimizerRule.Lion r -> (p, g, a, _, _, n) -> OptimizerLoops.lion(p, g, a, n, (float) rate, (float) r.beta1(),
          (float) (1 - r.beta1()), (float) r.beta2(), (float) (1 - r.beta2()), shrink);
      case OptimizerRule.Lamb _, OptimizerRule.Muon _ -> throw new IllegalArgumentException("composed, see takes: " + rule);
    };
  }

  /** 1 − βᵗ. */
  private static double corrected(double beta, double count) {
    return 1 - StrictMath.pow(beta, count);
  }

  private static Loop sgd(OptimizerRule.Sgd rule, double rate, double count, float l2) {
    boolean first = count == 1;
    float keep = first ? 0 : (float) rule.momentum();
    float add = first ? 1 : (float) (1 - rule.dampening());
    float look = rule.nesterov() ? (float) rule.momentum() : 0;
    return (p, g, a, _, _, n) -> {
      if (a != 0) {
        OptimizerLoops.momentum(p, g, a, n, (float) rate, l2, keep, add, look, rule.nesterov());
      } else {
        OptimizerLoops.sgd(p, g, n, (float) rate, l2);
      }
    };
  }

  private static AdamLoop nadam(OptimizerRule.NAdam rule, double rate, double count, double product, float l2, float shrink) {
    double now = rule.momentum((long) count);
    double next = rule.momentum((long) count + 1);
    return new AdamLoop((float) rule.beta1(), (float) (1 - rule.beta1()), (float) rule.beta2(), (float) (1 - rule.beta2()),
        (float) (rate * next / (1 - product * next)), (float) (rate * (1 - now) / (1 - product)),
        (float) (1 / corrected(rule.beta2(), count)), (float) rule.epsilon(), l2, shrink, rule.epsilonInside(), false);
  }

  private static AdamLoop radam(OptimizerRule.RAdam rule, double rate, double count, float l2, float shrink) {
    double limit = 2 / (1 - rule.beta2()) - 1;
    double power = StrictMath.pow(rule.beta2(), count);
    double rho = limit - 2 * count * power / (1 - power);
    boolean adaptive = rho > 5;
    double rectified = adaptive ? Math.sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho)) : 1;
    double epsilon = rule.epsilonInside() ? rule.epsilon() : rule.epsilon() / Math.sqrt(1 - power);
    return new AdamLoop((float) rule.beta1(), (float) (1 - rule.beta1()), (float) rule.beta2(), (float) (1 - rule.beta2()),
        (float) (rate / corrected(rule.beta1(), count) * rectified), 0, (float) (1 / (1 - power)), (float) epsilon, l2, shrink,
        rule.epsilonInside(), !adaptive);
  }
}
