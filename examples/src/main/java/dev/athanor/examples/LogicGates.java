package dev.athanor.examples;

import dev.athanor.autograd.Tape;
import dev.athanor.backend.OptimizerRule;
import dev.athanor.loss.BinaryCrossEntropy;
import dev.athanor.nn.Activation;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.nn.Sequential;
import dev.athanor.optim.Optimizer;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Tensor;
import java.util.Arrays;

/**
 * One perceptron learns AND, OR and NOT. It cannot learn XOR: the points (0, 1) and (1, 0) lie on one side, (0, 0) and (1, 1) on the other, and no
 * straight line parts them. A hidden layer bends the plane, and then it works.
 */
public final class LogicGates {
  private static final float[] PAIRS = {0, 0, 0, 1, 1, 0, 1, 1};

  private LogicGates() {}

  /** Trains each gate and prints its truth table as learned. */
  public static void main(String[] args) {
    try (Device device = Device.open(args.length > 0 ? args[0] : "auto")) {
      report("AND, one perceptron", learn(device, new Linear(2, 1), PAIRS, 0, 0, 0, 1), 0, 0, 0, 1);
      report("OR,  one perceptron", learn(device, new Linear(2, 1), PAIRS, 0, 1, 1, 1), 0, 1, 1, 1);
      report("NOT, one perceptron", learn(device, new Linear(1, 1), new float[] {0, 1}, 1, 0), 1, 0);
      report("XOR, one perceptron", learn(device, new Linear(2, 1), PAIRS, 0, 1, 1, 0), 0, 1, 1, 0);
      Layer two = new Sequential(new Linear(2, 8), Activation.tanh(), new Linear(8, 1));
      report("XOR, two layers    ", learn(device, two, PAIRS, 0, 1, 1, 0), 0, 1, 1, 0);
    }
  }

  /** Trains a model on a truth table and returns its answers. */
  static int[] learn(Device device, Layer model, float[] inputs, float... outputs) {
    int rows = outputs.length;
    model.initialize(device, 7);
    var loss = new BinaryCrossEntropy();
    try (Tensor x = device.tensor(inputs, rows, inputs.length / rows);
        Tensor t = device.tensor(outputs, rows, 1);
        Optimizer sgd = new Optimizer(new OptimizerRule.Sgd(0.9, 0, false, 0), 0.1, model)) {
      for (int step = 0; step < 500; step++) {
        try (Scope _ = device.scope()) {
          loss.of(model.apply(x), t).backward();
          sgd.step();
          sgd.zeroGrad();
        }
      }
      try (Scope _ = device.scope(); var _ = Tape.noGrad()) {
        float[] logits = model.apply(x).toFloats();
        int[] answers = new int[rows];
        Arrays.setAll(answers, i -> logits[i] > 0 ? 1 : 0);
        return answers;
      }
    } finally {
      model.close();
    }
  }

  private static void report(String name, int[] learned, int... wanted) {
    System.out.println(name + ": learned " + Arrays.toString(learned) + ", wanted " + Arrays.toString(wanted)
        + (Arrays.equals(learned, wanted) ? "" : "  <- cannot be parted by one line"));
  }
}
