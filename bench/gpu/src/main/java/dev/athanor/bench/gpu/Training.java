package dev.athanor.bench.gpu;

import dev.athanor.bench.race.Ours;
import dev.athanor.bench.track.Part.Conv;
import dev.athanor.bench.track.Part.Linear;
import dev.athanor.bench.track.Part.Simple;
import dev.athanor.data.Dataset;
import dev.athanor.data.Datasets;
import dev.athanor.data.LoadOptions;
import dev.athanor.data.Split;
import dev.athanor.nn.Activation;
import dev.athanor.nn.BatchNorm;
import dev.athanor.nn.Conv2d;
import dev.athanor.nn.Dropout;
import dev.athanor.nn.Flatten;
import dev.athanor.nn.Layer;
import dev.athanor.nn.MaxPool2d;
import dev.athanor.nn.Sequential;
import java.util.List;
import java.util.stream.IntStream;

/** The two data sets that are trained on, and their networks. */
final class Training {
  private Training() {}

  static Split fashion(Setting setting) {
    return Datasets.load("fashion-mnist", setting.data() == null ? LoadOptions.none()
        : LoadOptions.none().withDataDir(setting.data())).split(0);
  }

  static Split digits() {
    return Datasets.load("digits", LoadOptions.none()).split(0);
  }

  static Dataset first(Dataset data, int count) {
    return data.subset(IntStream.range(0, Math.min(count, data.size())).toArray());
  }

  /** The convolutional network of the example {@code FashionMnist}, above 90.5 % after five epochs. */
  static Layer fashionNetwork() {
    return Ours.build(List.of(new Conv(1, 32, 3, 1, 1, true), Simple.RELU, Simple.MAX_POOL_2, new Conv(32, 64, 3, 1, 1, true),
        Simple.RELU, Simple.MAX_POOL_2, Simple.FLATTEN, new Linear(64 * 7 * 7, 128), Simple.RELU, new Linear(128, 10)));
  }

  /** With batch normalisation and dropout, on 8 × 8 pixels. */
  static Layer digitsNetwork(int channels) {
    return new Sequential(new Conv2d(1, channels, 3).padding(1), new BatchNorm(channels), Activation.relu(), new MaxPool2d(2),
        new Flatten(), new Dropout(0.2), new dev.athanor.nn.Linear(channels * 16, 4 * channels), Activation.tanh(),
        new dev.athanor.nn.Linear(4 * channels, 10));
  }
}
