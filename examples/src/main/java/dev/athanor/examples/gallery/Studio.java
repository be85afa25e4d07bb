package dev.athanor.examples.gallery;

import dev.athanor.autograd.Tape;
import dev.athanor.data.Dataset;
import dev.athanor.data.LoadOptions;
import dev.athanor.loss.Loss;
import dev.athanor.nn.Layer;
import dev.athanor.optim.Optimizer;
import dev.athanor.optim.Schedule;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * What all exhibits work with.
 *
 * @param device where they compute; lent, not closed
 * @param quick whether small sizes will do: then a picture shows that it can be made, and not all that its caption says
 * @param seed of everything that is drawn at random
 * @param data where data sets lie that come as files
 */
public record Studio(Device device, boolean quick, long seed, LoadOptions data) {
  /** A size: the first, or where it must be quick the second. */
  int size(int full, int small) {
    return quick ? small : full;
  }

  /** Trains on all examples at once, with Adam along a cosine; returns the loss before the last step. */
  double fit(Layer model, Loss loss, Tensor x, Tensor t, double rate, int steps) {
    Schedule cosine = Schedule.cosine(steps);
    double last = Double.NaN;
    try (Optimizer adam = Optimizer.adam(model, rate)) {
      for (int step = 0; step < steps; step++) {
        try (Scope _ = device.scope()) {
          Tensor l = loss.of(model.apply(x), t);
          l.backward();
          adam.learningRate(rate * cosine.factor(step));
          adam.step();
          adam.zeroGrad();
          last = step == steps - 1 ? l.item() : last;
        }
      }
    }
    return last;
  }

  /** A model's outputs in evaluation mode, in a row. */
  float[] outputs(Layer model, float[] inputs, long... shape) {
    boolean training = model.isTraining();
    try (Scope _ = device.scope(); var _ = Tape.noGrad()) {
      return model.training(false).apply(device.tensor(inputs, shape)).toFloats();
    } finally {
      model.training(training);
    }
  }

  /** The features of all examples in a row. */
  static float[] features(Dataset data) {
    int width = Math.toIntExact(data.featureShape().size());
    float[] all = new float[data.size() * width];
    MemorySegment into = MemorySegment.ofArray(all);
    for (int i = 0; i < data.size(); i++) {
      data.copyFeatures(i, into, (long) i * width * Float.BYTES);
    }
    return all;
  }

  /** The same numbers with less precision. */
  static float[] floats(double[] values) {
    float[] all = new float[values.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = (float) values[i];
    }
    return all;
  }

  /** The same numbers with more precision. */
  static double[] doubles(float[] values) {
    double[] all = new double[values.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = values[i];
    }
    return all;
  }
}
