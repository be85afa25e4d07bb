package dev.athanor.train;

import dev.athanor.AthanorException;
import dev.athanor.data.Batch;
import dev.athanor.data.DataLoader;
import dev.athanor.data.Dataset;
import dev.athanor.data.Target;
import dev.athanor.exec.Input;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Puts batches on the device: one copy from the loader's staging memory, and a conversion only where the model is not float32.
 */
record Feed(Device device, DType dtype, Ahead ahead) {
  Feed(Device device, DType dtype) {
    this(device, dtype, new Ahead());
  }

  /** Before the step over a batch: starts sending the one after it, where the device copies beside its computation. */
  void sendNext(Batch now, DataLoader loader) {
    ahead.send(device, now, loader.data().target() instanceof Target.Classes ? DType.INT64 : DType.FLOAT32, loader);
  }

  /** {@code [N, …]} of the model's type. */
  Tensor features(Batch b) {
    return features(device.tensor(b.features(), DType.FLOAT32, b.featureShape()));
  }

  /** Classes as int64 {@code [N]}, else numbers of the model's type. */
  Tensor target(Batch b, Dataset data) {
    return target(targets(b, data).tensor(device), data);
  }

  /** A batch as it lies on the host, or on the device if it was sent there: features and targets, checked. */
  Input[] inputs(Batch b, Dataset data) {
    Input targets = targets(b, data);
    Tensor sent = ahead.features(b);
    return sent == null ? new Input[] {Input.of(b.features(), DType.FLOAT32, b.featureShape()), targets}
        : new Input[] {Input.of(sent), Input.of(ahead.targets(b))};
  }

  /** On the device, features become numbers of the model's type. */
  Tensor features(Tensor uploaded) {
    return uploaded.cast(dtype);
  }

  /** On the device, targets that are no classes become numbers of the model's type. */
  Tensor target(Tensor uploaded, Dataset data) {
    return data.target() instanceof Target.Classes ? uploaded : uploaded.cast(dtype);
  }

  private static Input targets(Batch b, Dataset data) {
    return switch (data.target()) {
      case Target.Classes c -> {
        checkLabels(b, data, c.names().size());
        yield Input.of(b.targets(), DType.INT64, b.targetShape());
      }
      case Target.Values v when v.shape().size() == 0 -> throw new AthanorException(data.name()
          + " has no targets: it can be predicted from, not trained on or evaluated");
      case Target.Binary _, Target.Values _ -> Input.of(b.targets(), DType.FLOAT32, b.targetShape());
    };
  }

  /** Here, where the labels still lie on the host: a device would have to be waited for. */
  private static void checkLabels(Batch b, Dataset data, int classes) {
    MemorySegment labels = b.targets();
    for (int i = 0; i < b.count(); i++) {
      long label = labels.getAtIndex(ValueLayout.JAVA_LONG, i);
      if (label < 0 || label >= classes) {
        throw new AthanorException(data.name() + ": the label " + label + " (epoch " + (b.epoch() + 1) + ", batch "
            + (b.index() + 1)
            + ", place " + (i + 1) + ") is outside the " + classes + " classes; expected 0 to " + (classes - 1));
      }
    }
  }

  /** The model must tell all classes of the data apart. */
  static void checkClasses(Tensor output, Dataset data) {
    if (data.target() instanceof Target.Classes c && output.rank() == 2 && output.dim(1) < c.names().size()) {
      throw new AthanorException("the model gives " + output.dim(1) + " outputs per example, but " + data.name() + " has "
          + c.names().size() + " classes" + (c.names().size() == 2 && output.dim(1) == 1
              ? "; for one output use data.asBinary() and BinaryCrossEntropy" : "; its last layer needs as many outputs"));
    }
  }
}
