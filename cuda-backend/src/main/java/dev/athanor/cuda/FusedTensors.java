package dev.athanor.cuda;

import dev.athanor.backend.OptimizerRule;
import dev.athanor.backend.OptimizerStep;
import dev.athanor.kernels.Flags;
import dev.athanor.kernels.MultiTensor;
import dev.athanor.kernels.ParameterBlock;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.View;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One launch over all parameters: optimizer steps, the norm of gradients and clipping. What the kernels read about the tensors
 * lies in a table on the device, which is uploaded once and found again as long as addresses and sizes stay the same.
 */
final class FusedTensors {
  /** Tables kept: a model has one for its step and one for its norm and clipping, for each type. */
  private static final int MOST_TABLES = 8;

  private final CudaStream stream;
  private final List<Table> tables = new ArrayList<>();

  /** What a table on the device says, and where it lies. */
  private record Table(long[] content, long address, long chunkList, long bytes, long chunks) {}

  FusedTensors(CudaStream stream) {
    this.stream = stream;
  }

  /** A table row: parameter, gradient, three states, number of elements. */
  private static final int ROW = 6;

  private Table table(long[] content) {
    if (stream.isCapturing()) {
      return upload(content); // the captured graph's own
    }
    for (int i = 0; i < tables.size(); i++) {
      if (Arrays.equals(tables.get(i).content, content)) {
        Table found = tables.remove(i);
        tables.add(found); // the last used is the last dropped
        return found;
      }
    }
    if (tables.size() == MOST_TABLES) {
      Table old = tables.removeFirst();
      stream.give(old.address, old.bytes);
    }
    Table made = upload(content);
    tables.add(made);
    return made;
  }

  private Table upload(long[] content) {
    int rows = content.length / ROW;
    long[] sizes = new long[rows];
    for (int i = 0; i < rows; i++) {
      sizes[i] = content[i * ROW + ROW - 1];
    }
    long chunks = MultiTensor.chunks(sizes);
    long listAt = (long) rows * MultiTensor.ROW_BYTES;
    long bytes = listAt + chunks * MultiTensor.CHUNK_BYTES;
    MemorySegment host = MemorySegment.ofArray(new long[(int) ((bytes + 7) / 8)]);
    for (int i = 0; i < rows; i++) {
      int at = i * ROW;
      MultiTensor.row(host, i, content[at], content[at + 1], Arrays.copyOfRange(content, at + 2, at + 5), sizes[i]);
    }
    MultiTensor.chunkList(host.asSlice(listAt), sizes);
    long address = stream.constant(host.asSlice(0, bytes));
    return new Table(content, address, address + listAt, bytes, chunks);
  }

  /** Starts a kernel over tensors: the table's parameters are written. */
  private ParameterBlock begin(String kernel, Table table) {
    return stream.begin(kernel).pointer(table.address).pointer(table.chunkList).int64(table.chunks);
  }

  // ---- optimizers

  void step(OptimizerStep step, View hyper) {
    for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64}) {
      long[] content = stepContent(step, dtype);
      if (content.length > 0) {
        step(step.rule(), dtype, table(content), hyper);
      }
    }
  }

  private static long[] stepContent(OptimizerStep step, DType dtype) {
    long[] content = new long[step.parameters().size() * ROW];
    int n = 0;
    for (int i = 0; i < step.parameters().size(); i++) {
      View parameter = step.parameters().get(i);
      if (parameter.dtype() != dtype || parameter.size() == 0) {
        continue;
      }
      content[n] = CudaBuffer.address(parameter);
      content[n + 1] = CudaBuffer.address(step.gradients().get(i));
      for (int s = 0; s < step.rule().stateSlots(); s++) {
        content[n + 2 + place(step.rule(), s)] = CudaBuffer.address(step.states().get(i).get(s));
      }
      content[n + ROW - 1] = parameter.size();
      n += ROW;
    }
    return Arrays.copyOf(content, n);
  }

  private void step(OptimizerRule rule, DType dtype, Table table, View hyper) {
    ParameterBlock block = begin("optimizer_" + kernel(rule) + "_" + Names.of(dtype), table).pointer(CudaBuffer.address(hyper))
        .pointer(0).pointer(0).float64(rule.weightDecay());
    int flags = rule.decay() == OptimizerRule.Decay.DECOUPLED ? Flags.DECOUPLED : 0;
    switch (rule) {
      case OptimizerRule.Sgd r -> block.float64(r.momentum()).float64(r.dampening()).int32(r.nesterov() ? Flags.NESTEROV : 0);
      case OptimizerRule.AdaGrad r -> block.float64(r.rateDecay()).float64(r.epsilon()).int32(inside(r.epsilonInside()));
      case OptimizerRule.RmsProp r -> block.float64(r.alpha()).float64(r.epsilon()).float64(r.momentum())
          .int32((r.centered() ? Flags.CENTERED : 0) | inside(r.epsilonInside()));
      case OptimizerRule.AdaDelta r -> block.float64(r.rho()).float64(r.epsilon()).int32(inside(r.epsilonInside()));
      case OptimizerRule.Adam r -> block.float64(r.beta1()).float64(r.beta2()).float64(r.epsilon())
          .int32(flags | (r.amsgrad() ? Flags.AMSGRAD : 0) | inside(r.epsilonInside()));
      case OptimizerRule.Adamax r -> block.float64(r.beta1()).float64(r.beta2()).float64(r.epsilon()).int32(inside(r.epsilonInside()));
      case OptimizerRule.NAdam r -> block.float64(r.beta1()).float64(r.beta2()).float64(r.epsilon()).float64(r.momentumDecay())
          .int32(flags | inside(r.epsilonInside()));
      case OptimizerRule.RAdam r -> block.float64(r.beta1()).float64(r.beta2()).float64(r.epsilon())
          .int32(flags | inside(r.epsilonInside()));
      case OptimizerRule.Lion r -> block.float64(r.beta1()).float64(r.beta2()).int32(flags);
      case OptimizerRule.Lamb _, OptimizerRule.Muon _ -> throw new IllegalArgumentException("composed, see kernel: " + rule);
    }
    stream.launch(table.chunks);
  }

  private static int inside(boolean epsilonInside) {
    return epsilonInside ? Flags.EPS_INSIDE : 0;
  }

  /** The rule's name among the kernels, or null where it has none. */
  static String kernel(OptimizerRule rule) {
    return switch (rule) {
      case OptimizerRule.Sgd _ -> "sgd";
      case OptimizerRule.AdaGrad _ -> "adagrad";
      case OptimizerRule.RmsProp _ -> "rmsprop";
      case OptimizerRule.AdaDelta _ -> "adadelta";
      case OptimizerRule.Adam _ -> "adam";
      case OptimizerRule.Adamax _ -> "adamax";
      case OptimizerRule.NAdam _ -> "nadam";
      case OptimizerRule.RAdam _ -> "radam";
      case OptimizerRule.Lion _ -> "lion";
      case OptimizerRule.Lamb _, OptimizerRule.Muon _ -> null;
    };
  }

  /** The kernels' place for a state. */
  private static int place(OptimizerRule rule, int state) {
    return rule instanceof OptimizerRule.RmsProp r && r.momentum() == 0 ? 2 * state : state; // the third is the mean gradient
  }

  // ---- gradients

  private static long[] gradientContent(List<View> gradients) {
    long[] content = new long[gradients.size() * ROW];
    int n = 0;
    for (View g : gradients) {
      if (g.size() > 0) {
        content[n + 1] = CudaBuffer.address(g);
        content[n + ROW - 1] = g.size();
        n += ROW;
      }
    }
    return Arrays.copyOf(content, n);
  }

  /** out[0] = the norm of contiguous gradients of one type, as float64. */
  void norm(List<View> gradients, DType dtype, View out) {
    Table table = table(gradientContent(gradients));
    long bytes = Math.max(1, table.chunks) * 8;
    long partials = stream.take(bytes);
    if (table.chunks > 0) {
      begin("gradients_squares_" + Names.of(dtype), table).pointer(partials);
      stream.launch(table.chunks);
    }
    stream.begin("gradients_norm").pointer(partials).int64(table.chunks).float64(1).pointer(CudaBuffer.address(out)).pointer(0);
    stream.launch(1);
    stream.give(partials, bytes);
  }

  /** Multiplies contiguous gradients of one type by a float64 scalar on the device. */
  void scale(List<View> gradients, DType dtype, View factor) {
    Table table = table(gradientContent(gradients));
    if (table.chunks > 0) {
      begin("gradients_scale_" + Names.of(dtype), table).pointer(CudaBuffer.address(factor));
      stream.launch(table.chunks);
    }
  }
}
