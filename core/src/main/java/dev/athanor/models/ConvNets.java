package dev.athanor.models;

import dev.athanor.nn.Activation;
import dev.athanor.nn.AvgPool2d;
import dev.athanor.nn.BatchNorm;
import dev.athanor.nn.Conv2d;
import dev.athanor.nn.Dropout;
import dev.athanor.nn.Flatten;
import dev.athanor.nn.GlobalPool;
import dev.athanor.nn.Initializer;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.nn.MaxPool2d;
import dev.athanor.nn.Sequential;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * Convolutional networks that are plain chains, over {@code x[N, C, H, W]}. A number of channels of 0 is left to the first batch.
 */
public final class ConvNets {
  /** Normal with variance 2/fanOut, which keeps gradients' size through ReLUs. Source: K. He et al., ICCV 2015. */
  private static final Initializer HE_FAN_OUT = (g, dtype, shape, in, out) -> g.normal(dtype, shape, 0, Math.sqrt(2.0 / out));

  private ConvNets() {}

  /** A convolution as residual networks have it: padded by half the kernel, without bias, He's first values. */
  static Conv2d conv(long in, long out, long kernel, long stride) {
    return new Conv2d(in, out, kernel).stride(stride).padding(kernel / 2).bias(false).init(HE_FAN_OUT, Initializer.zeros());
  }

  /**
   * LeNet-5 with full connections between the maps, tanh and mean pooling: 61,706 parameters for one channel and 10 classes. Made
   * for images of 32×32; smaller ones are padded with zeros in the first layer to keep their size (as 28×28 is in practice).
   * Source: Y. LeCun et al., Proceedings of the IEEE 1998.
   *
   * @param side the images' height and width, at least 12
   */
  public static Layer lenet5(long in, long side, long classes) {
    Checks.require(side >= 12, "lenet5", "images must be at least 12×12, not " + side + "×" + side);
    long padding = side < 32 ? 2 : 0;
    long after = ((side + 2 * padding - 4) / 2 - 4) / 2;
    return new Sequential(
        new Conv2d(in, 6, 5).padding(padding), Activation.tanh(), new AvgPool2d(2),
        new Conv2d(6, 16, 5), Activation.tanh(), new AvgPool2d(2),
        new Flatten(),
        new Linear(16 * after * after, 120), Activation.tanh(),
        new Linear(120, 84), Activation.tanh(),
        new Linear(84, classes));
  }

  /**
   * Two 3×3 convolutions of 32 and 64 channels, each with batch norm, ReLU and max pooling, then 128 hidden units with dropout: a
   * first network for small images.
   *
   * @param example the shape {@code [C, H, W]} of one image, its sides at least 4
   */
  public static Layer cnn(Shape example, long classes) {
    Checks.require(example.rank() == 3 && example.dim(1) >= 4 && example.dim(2) >= 4, "cnn",
        "needs images [C, H, W] of at least 4×4, not " + example);
    List<Layer> layers = new ArrayList<>();
    long channels = example.dim(0);
    for (long width : new long[] {32, 64}) {
      layers.add(new Conv2d(channels, width, 3).padding(1).bias(false));
      layers.add(new BatchNorm(width));
      layers.add(Activation.relu());
      layers.add(new MaxPool2d(2));
      channels = width;
    }
    layers.add(new Flatten());
    layers.add(new Linear(channels * (example.dim(1) / 4) * (example.dim(2) / 4), 128));
    layers.add(Activation.relu());
    layers.add(new Dropout(0.25));
    layers.add(new Linear(128, classes));
    return new Sequential(layers);
  }

  /**
   * A small network in VGG's manner: stages of 3×3 convolutions with batch norm and ReLU, each stage halved by max pooling, then
   * the mean over space, dropout and a linear layer. Source: K. Simonyan and A. Zisserman, ICLR 2015.
   *
   * @param stages for each stage the channels of its convolutions, such as {@code {{64, 64}, {128, 128}}}
   */
  public static Layer vgg(long in, long classes, long[]... stages) {
    List<Layer> layers = new ArrayList<>();
    long channels = in;
    for (long[] stage : stages) {
      for (long width : stage) {
        layers.add(conv(channels, width, 3, 1));
        layers.add(new BatchNorm(width));
        layers.add(Activation.relu());
        channels = width;
      }
      layers.add(new MaxPool2d(2));
    }
    layers.add(GlobalPool.average());
    layers.add(new Dropout(0.5));
    layers.add(new Linear(channels, classes));
    return new Sequential(layers);
  }

  /** {@link #vgg} of 64, 64 | 128, 128 | 256, 256 channels: 1,148,874 parameters for three channels and 10 classes. */
  public static Layer vggSmall(long in, long classes) {
    return vgg(in, classes, new long[] {64, 64}, new long[] {128, 128}, new long[] {256, 256});
  }
}
