package dev.athanor.bench.track;

import dev.athanor.bench.track.Part.BatchNorm;
import dev.athanor.bench.track.Part.Conv;
import dev.athanor.bench.track.Part.LayerNorm;
import dev.athanor.bench.track.Part.Linear;
import dev.athanor.bench.track.Part.Residual;
import dev.athanor.bench.track.Part.Simple;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One race. A step takes a batch from the host, fresh each time, and does what its {@link Kind} says.
 *
 * @param name how it is called on the command line and in the table
 * @param title what the table says
 * @param kind what a step is
 * @param network the parts, in order
 * @param input the dims of one example
 * @param batch examples in a step
 * @param adam Adam with the usual constants, or plain gradient descent
 * @param rate the learning rate
 * @param warm steps before the clock starts, at least
 */
public record Case(String name, String title, Kind kind, List<Part> network, int[] input, int batch, boolean adam, double rate,
    int warm) {
  /** What a step is. */
  public enum Kind {
    /** Forward, cross-entropy with random labels of 10 classes, backward, optimizer. */
    CLASSIFY,
    /** The same, but every label is class 0: the loss falls to 0 and gradients into the subnormal numbers. */
    TO_ZERO,
    /** Forward, binary cross-entropy of one logit, backward, optimizer. */
    BINARY,
    /** Forward only, the result read by the host. */
    INFER,
    /** An epoch of shuffled batches out of 10,000 examples in the host's memory, each made a tensor. */
    LOAD
  }

  /** How many different batches there are; step i takes batch i modulo this. */
  public static final int BATCHES = 8;
  /** The examples of the data-loading case. */
  public static final int EXAMPLES = 10_000;

  /** All of them. */
  public static final List<Case> ALL = List.of(
      train("mlp-32", "MLP 784-512-512-10, Adam, batch 32", mlp(784, 512, 512, 10), 32, true, 784),
      train("mlp-128", "the same, batch 128", mlp(784, 512, 512, 10), 128, true, 784),
      train("mlp-512", "the same, batch 512", mlp(784, 512, 512, 10), 512, true, 784),
      new Case("small-32", "MLP 30-64-64-1, SGD, batch 32", Kind.BINARY, mlp(30, 64, 64, 1), new int[] {30}, 32, false, 0.01, 0),
      train("lenet-64", "LeNet, Adam, batch 64", lenet(), 64, true, 1, 28, 28),
      train("conv-32", "4 × (conv 3×3×64, batch norm, ReLU), 14×14, Adam, batch 32", convolutions(), 32, true, 64, 14, 14),
      train("resnet18-16", "ResNet-18 on 32×32, SGD, batch 16", resnet18(), 16, false, 3, 32, 32),
      train("block-256", "layer norm, linear, GELU, softmax at width 512, Adam, batch 256", block(), 256, true, 512),
      train("zero-128", "MLP 784-512-512-10 trained to loss 0, Adam, batch 128", Kind.TO_ZERO, 400, mlp(784, 512, 512, 10), 128,
          true,
          784),
      new Case("mlp-1", "inference, MLP 784-512-512-10, batch 1", Kind.INFER, mlp(784, 512, 512, 10), new int[] {784}, 1, false,
          0, 0),
      new Case("lenet-1", "inference, LeNet, batch 1", Kind.INFER, lenet(), new int[] {1, 28, 28}, 1, false, 0, 0),
      new Case("data-128", "data loading, 10,000 × 784, shuffled batches of 128", Kind.LOAD, List.of(), new int[] {784}, 128,
          false, 0,
          0));

  /** The case of a name. */
  public static Case of(String name) {
    return ALL.stream().filter(c -> c.name.equals(name)).findFirst().orElseThrow(() -> new IllegalArgumentException(
        "there is no case '" + name + "'; the cases are " + String.join(", ", ALL.stream().map(Case::name).toList())));
  }

  /** Whether a step trains. */
  public boolean trains() {
    return kind != Kind.INFER && kind != Kind.LOAD;
  }

  /** The numbers of one example. */
  public int exampleSize() {
    return Arrays.stream(input).reduce(1, (a, b) -> a * b);
  }

  /** The dims of a batch. */
  public long[] batchDims() {
    long[] dims = new long[input.length + 1];
    dims[0] = batch;
    for (int i = 0; i < input.length; i++) {
      dims[i + 1] = input[i];
    }
    return dims;
  }

  private static Case train(String name, String title, List<Part> network, int batch, boolean adam, int... input) {
    return train(name, title, Kind.CLASSIFY, 0, network, batch, adam, input);
  }

  private static Case train(String name, String title, Kind kind, int warm, List<Part> network, int batch, boolean adam,
      int... input) {
    return new Case(name, title, kind, network, input, batch, adam, adam ? 1e-3 : 1e-2, warm);
  }

  private static List<Part> mlp(int... widths) {
    var parts = new ArrayList<Part>();
    for (int i = 1; i < widths.length; i++) {
      parts.add(new Linear(widths[i - 1], widths[i]));
      if (i + 1 < widths.length) {
        parts.add(Simple.RELU);
      }
    }
    return List.copyOf(parts);
  }

  private static List<Part> lenet() {
    return List.of(new Conv(1, 20, 5, 1, 0, true), Simple.RELU, Simple.MAX_POOL_2, new Conv(20, 50, 5, 1, 0, true), Simple.RELU,
        Simple.MAX_POOL_2, Simple.FLATTEN, new Linear(800, 500), Simple.RELU, new Linear(500, 10));
  }

  private static List<Part> convolutions() {
    var parts = new ArrayList<Part>();
    for (int i = 0; i < 4; i++) {
      parts.addAll(List.of(new Conv(64, 64, 3, 1, 1, true), new BatchNorm(64), Simple.RELU));
    }
    parts.addAll(List.of(Simple.GLOBAL_AVERAGE, new Linear(64, 10)));
    return List.copyOf(parts);
  }

  private static List<Part> block() {
    return List.of(new LayerNorm(512), new Linear(512, 512), Simple.GELU, new LayerNorm(512), Simple.SOFTMAX,
        new Linear(512, 10));
  }

  /** The form for small images: a 3 × 3 stem, four stages of two blocks. Source: K. He et al., CVPR 2016. */
  private static List<Part> resnet18() {
    var parts = new ArrayList<Part>(List.of(new Conv(3, 64, 3, 1, 1, false), new BatchNorm(64), Simple.RELU));
    int in = 64;
    for (int stage = 0; stage < 4; stage++) {
      int out = 64 << stage;
      for (int i = 0; i < 2; i++) {
        int stride = stage > 0 && i == 0 ? 2 : 1;
        List<Part> body = List.of(new Conv(in, out, 3, stride, 1, false), new BatchNorm(out), Simple.RELU,
            new Conv(out, out, 3, 1, 1,
            false), new BatchNorm(out));
        List<Part> shortcut = stride == 1 && in == out ? List.of() : List.of(new Conv(in, out, 1, stride, 0, false),
            new BatchNorm(out));
        parts.add(new Residual(body, shortcut));
        parts.add(Simple.RELU);
        in = out;
      }
    }
    parts.addAll(List.of(Simple.GLOBAL_AVERAGE, new Linear(512, 10)));
    return List.copyOf(parts);
  }
}
