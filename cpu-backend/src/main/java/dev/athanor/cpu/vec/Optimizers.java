package dev.athanor.cpu.vec;

import static jdk.incubator.vector.VectorOperators.LT;

import dev.athanor.backend.OptimizerRule;
import dev.athanor.backend.OptimizerStep;
import dev.athanor.cpu.mem.CpuBuffer;
import dev.athanor.cpu.mem.Memory;
import dev.athanor.cpu.pool.WorkPool;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.View;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * One optimizer step over all parameters in a single pass: each parameter, gradient and state is read and written once. Running
 * averages that fall below the smallest normal number become 0: they would change nothing, and subnormal arithmetic is slow
 * on many processors.
 */
public final class Optimizers {
  private static final int PIECE = 8192;
  private static final FloatVector TINY = Vec.of(Float.MIN_NORMAL);

  private Optimizers() {}

  /** Whether all parameters are float32. */
  public static boolean takes(OptimizerStep step) {
    for (View p : step.parameters()) {
      if (p.dtype() != DType.FLOAT32) {
        return false;
      }
    }
    return true;
  }

  /** Addresses of the arrays of one parameter. */
  private interface Update {
    void run(int parameter, long from, int n);
  }

  /** See {@link dev.athanor.backend.FusedOps#optimizerStep}; float32 only. */
  public static void step(WorkPool pool, OptimizerStep step) {
    View hyper = step.hyper();
    long h = CpuBuffer.of(hyper);
    double rate = Memory.getDouble(h);
    double count = Memory.getDouble(h + 8 * hyper.stride(0));
    Update update = switch (step.rule()) {
      case OptimizerRule.Sgd rule -> sgd(step, rule, rate, count);
      case OptimizerRule.Adam rule -> adam(step, rule, rate, count);
    };
    over(pool, step.parameters(), update);
  }

  /** Runs an update over pieces of all parameters. */
  private static void over(WorkPool pool, List<View> parameters, Update update) {
    int count = parameters.size();
    int[] first = new int[count + 1];
    for (int i = 0; i < count; i++) {
      first[i + 1] = first[i] + (int) ((parameters.get(i).size() + PIECE - 1) / PIECE);
    }
    if (first[count] <= 4) {
      for (int i = 0; i < count; i++) {
        pieces(parameters.get(i), i, 0, first[i + 1] - first[i], update);
      }
      return;
    }
    pool.parallelFor(first[count], chunk -> {
      int at = java.util.Arrays.binarySearch(first, chunk);
      int i = at >= 0 ? at : -at - 2;
      while (first[i + 1] == chunk) {
        i++; // parameters without elements have no pieces
      }
      pieces(parameters.get(i), i, chunk - first[i], chunk - first[i] + 1, update);
    });
  }

  private static void pieces(View parameter, int i, int from, int to, Update update) {
    for (int piece = from; piece < to; piece++) {
      long start = (long) piece * PIECE;
      update.run(i, 4 * start, (int) Math.min(PIECE, parameter.size() - start));
    }
  }

  private static Update sgd(OptimizerStep step, OptimizerRule.Sgd rule, double rate, double count) {
    boolean first = count == 1;
    float keep = first ? 0 : (float) rule.momentum();
    float add = first ? 1 : (float) (1 - rule.dampening());
    boolean momentum = rule.stateSlots() > 0;
    float look = rule.nesterov() ? (float) rule.momentum() : 0;
    return (i, at, n) -> {
      long p = CpuBuffer.of(step.parameters().get(i)) + at;
      long g = CpuBuffer.of(step.gradients().get(i)) + at;
      if (momentum) {
        long v = CpuBuffer.of(step.states().get(i).get(0)) + at;
        momentum(p, g, v, n, (float) rate, (float) rule.weightDecay(), keep, add, look, rule.nesterov());
      } else {
        descend(p, g, n, (float) rate, (float) rule.weightDecay());
      }
    };
  }

  private static void descend(long p, long g, int n, float rate, float decay) {
    FloatVector back = Vec.of(-rate);
    FloatVector wd = Vec.of(decay);
    for (int i = 0; i < n; i += Vec.W) {
      VectorMask<Float> m = Vec.tail(n - i);
      FloatVector w = Vec.load(p + 4L * i, m);
      FloatVector d = Vec.load(g + 4L * i, m);
      if (decay != 0) {
        d = w.fma(wd, d);
      }
      Vec.store(d.fma(back, w), p + 4L * i, m);
    }
  }

  private static void momentum(long p, long g, long v, int n, float rate, float decay, float keep, float add, float look,
      boolean nesterov) {
    FloatVector back = Vec.of(-rate);
    FloatVector wd = Vec.of(decay);
    FloatVector kept = Vec.of(keep);
    FloatVector added = Vec.of(add);
    FloatVector ahead = Vec.of(look);
    for (int i = 0; i < n; i += Vec.W) {
      VectorMask<Float> m = Vec.tail(n - i);
      FloatVector w = Vec.load(p + 4L * i, m);
      FloatVector d = Vec.load(g + 4L * i, m);
      if (decay != 0) {
        d = w.fma(wd, d);
      }
      FloatVector s = flush(Vec.load(v + 4L * i, m).fma(kept, d.mul(added)));
      Vec.store(s, v + 4L * i, m);
      FloatVector move = nesterov ? s.fma(ahead, d) : s;
      Vec.store(move.fma(back, w), p + 4L * i, m);
    }
  }

  private static Update adam(OptimizerStep step, OptimizerRule.Adam rule, double rate, double count) {
    float size = (float) (rate / (1 - StrictMath.pow(rule.beta1(), count)));
    float unbias = (float) (1 / (1 - StrictMath.pow(rule.beta2(), count)));
    AdamLoop loop = new AdamLoop((float) rule.beta1(), (float) (1 - rule.beta1()), (float) rule.beta2(),
        (float) (1 - rule.beta2()),
        size, unbias, (float) rule.epsilon(), rule.decoupled() ? 0 : (float) rule.weightDecay(),
        rule.decoupled() ? (float) (1 - rate * rule.weightDecay()) : 1, rule.epsilonInside());
    return (i, at, n) -> {
      List<View> states = step.states().get(i);
      loop.run(CpuBuffer.of(step.parameters().get(i)) + at, CpuBuffer.of(step.gradients().get(i)) + at,
          CpuBuffer.of(states.get(0)) + at, CpuBuffer.of(states.get(1)) + at,
          rule.amsgrad() ? CpuBuffer.of(states.get(2)) + at : 0, n);
    };
  }

  /** Subnormal numbers become 0. */
  static FloatVector flush(FloatVector v) {
    return v.blend(Vec.ZERO, v.abs().compare(LT, TINY));
  }
}
