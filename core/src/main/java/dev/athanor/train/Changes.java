package dev.athanor.train;

import dev.athanor.augment.Augment;
import dev.athanor.augment.Mix;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Generator;
import dev.athanor.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/** What training does to its batches, and where the numbers for it come from; without any of it there is no generator. */
record Changes(Augment augment, Mix mix, Generator generator) implements AutoCloseable {
  /** The generator's name beside those of the model's layers. */
  private static final String NAME = "trainer.augment";
  /** Keeps the draws apart from those of a model of the same seed. */
  private static final long OTHER_SEED = 0x6175676D656E74L;

  static Changes of(Augment augment, Mix mix, Device device, long seed) {
    return new Changes(augment, mix, augment == null && mix == null ? null : device.generator(seed ^ OTHER_SEED));
  }

  /** Of the settings alone, for a checkpoint. */
  String description() {
    return generator == null ? "none" : (augment == null ? "" : augment) + (mix == null ? "" : mix.toString());
  }

  /** A batch of training changed, not yet mixed. */
  Tensor augmented(Tensor x) {
    return augment == null ? x : augment.apply(x, generator);
  }

  /** All generators that a step draws from, under names of their own. */
  Map<String, Generator> with(Map<String, Generator> layers) {
    if (generator == null) {
      return layers;
    }
    var all = new LinkedHashMap<>(layers);
    all.put(NAME, generator);
    return all;
  }

  @Override
  public void close() {
    if (generator != null) {
      generator.close();
    }
  }
}
