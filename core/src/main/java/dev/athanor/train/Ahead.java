package dev.athanor.train;

import dev.athanor.data.Batch;
import dev.athanor.data.DataLoader;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Tensor;
import dev.athanor.tensor.Upload;

/**
 * The batch in use and the one after it, which travels to the device while the first is computed with. Only where the device
 * copies beside its computation; elsewhere this is always empty.
 */
final class Ahead {
  private Sent current;
  private Sent next;

  /** A batch on the device. */
  private record Sent(Batch batch, Upload features, Upload targets) {
    /** The host memory tells batches of one loader from those of another. */
    boolean is(Batch b) {
      return batch.epoch() == b.epoch() && batch.index() == b.index() && batch.features().equals(b.features());
    }

    void close() {
      features.close();
      targets.close();
    }
  }

  /** Starts sending the batch after this one, if it lies ready. */
  void send(Device device, Batch now, DType targets, DataLoader loader) {
    if (!device.backend().overlapsUploads()) {
      return;
    }
    if (!has(now) && next != null) { // the loader went somewhere else
      next.close();
      next = null;
    }
    Batch b = loader.peek();
    if (b != null) {
      Upload features = device.upload(b.features(), DType.FLOAT32, b.featureShape());
      next = new Sent(b, features, device.upload(b.targets(), targets, b.targetShape()));
    }
  }

  /** The batch's features, or null where it was not sent. */
  Tensor features(Batch b) {
    return has(b) ? current.features.tensor() : null;
  }

  /** The batch's targets, or null where it was not sent. */
  Tensor targets(Batch b) {
    return has(b) ? current.targets.tensor() : null;
  }

  private boolean has(Batch b) {
    if (next != null && next.is(b)) {
      if (current != null) {
        current.close();
      }
      current = next;
      next = null;
    }
    return current != null && current.is(b);
  }

  /** Gives up what was sent. */
  void drop() {
    if (current != null) {
      current.close();
    }
    if (next != null) {
      next.close();
    }
    current = null;
    next = null;
  }
}
