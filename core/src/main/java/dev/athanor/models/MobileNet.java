package dev.athanor.models;

import dev.athanor.nn.Activation;
import dev.athanor.nn.BatchNorm;
import dev.athanor.nn.Conv2d;
import dev.athanor.nn.GlobalPool;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.nn.Sequential;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * A network of depthwise-separable convolutions over {@code x[N, C, H, W]}: 3×3 for each channel by itself, then 1×1 over
 * channels, batch norm and ReLU behind both. Source: A. Howard et al., "MobileNets", 2017: 4.2 million parameters and 569 million
 * multiply-adds for 1,000 classes at 224×224.
 */
public final class MobileNet extends Layer {
  /** Channels and stride of each block, for a width of 1. */
  private static final int[][] BLOCKS = {{64, 1}, {128, 2}, {128, 1}, {256, 2}, {256, 1}, {512, 2}, {512, 1}, {512, 1}, {512, 1},
      {512, 1}, {512, 1}, {1024, 2}, {1024, 1}};

  private final Layer features;
  private final Layer pool = GlobalPool.average();
  private final Layer fc;

  /**
   * A network of a width.
   *
   * @param width the share of the paper's channels, such as 0.25, 0.5 or 1
   * @param small whether images are some 32×32: the first convolution then keeps their size
   * @param in the images' channels; 0 leaves them to the first batch
   * @param classes the number of outputs
   */
  public MobileNet(double width, boolean small, long in, long classes) {
    Checks.require(width > 0 && width <= 8, "MobileNet", "the width must be in (0, 8], not " + width);
    List<Layer> layers = new ArrayList<>();
    long channels = scaled(32, width);
    add(layers, ConvNets.conv(in, channels, 3, small ? 1 : 2), channels);
    for (int[] block : BLOCKS) {
      add(layers, ConvNets.conv(channels, channels, 3, block[1]).depthwise(), channels);
      long out = scaled(block[0], width);
      add(layers, ConvNets.conv(channels, out, 1, 1), out);
      channels = out;
    }
    features = child("features", new Sequential(layers));
    fc = new Linear(channels, classes);
  }

  private static long scaled(int channels, double width) {
    return Math.max(1, Math.round(channels * width));
  }

  private static void add(List<Layer> layers, Conv2d convolution, long channels) {
    layers.add(convolution);
    layers.add(new BatchNorm(channels));
    layers.add(Activation.relu());
  }

  @Override
  protected Tensor forward(Tensor x) {
    return fc.apply(pool.apply(features.apply(x)));
  }
}
