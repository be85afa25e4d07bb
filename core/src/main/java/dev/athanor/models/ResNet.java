package dev.athanor.models;

import dev.athanor.nn.BatchNorm;
import dev.athanor.nn.Conv2d;
import dev.athanor.nn.GlobalPool;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.nn.MaxPool2d;
import dev.athanor.nn.Sequential;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Residual networks over {@code x[N, C, H, W]}: a stem, stages of residual blocks that halve the sides and double the channels,
 * the mean over space, and a linear layer. Parameters are named as torchvision names them ({@code layer1.0.conv1.weight}, …).
 * Sources: K. He et al., "Deep Residual Learning for Image Recognition", CVPR 2016; pre-activation: K. He et al., ECCV 2016.
 */
public final class ResNet extends Layer {
  /** What a stage is made of. */
  public enum Block {
    /** Two 3×3 convolutions. */
    BASIC(1, 2, false),
    /** 1×1, 3×3 and 1×1, the last to four times the channels. */
    BOTTLENECK(4, 3, false),
    /** As {@link #BASIC}, batch norm and ReLU before each convolution. */
    PRE_BASIC(1, 2, true),
    /** As {@link #BOTTLENECK}, batch norm and ReLU before each convolution. */
    PRE_BOTTLENECK(4, 3, true);

    final int expansion;
    final int convolutions;
    final boolean before;

    Block(int expansion, int convolutions, boolean before) {
      this.expansion = expansion;
      this.convolutions = convolutions;
      this.before = before;
    }
  }

  /** The first layers. */
  public enum Stem {
    /** A 7×7 convolution of stride 2, then 3×3 max pooling of stride 2. */
    LARGE,
    /** A 3×3 convolution, for images of some 32×32. */
    SMALL
  }

  /** What stands beside a block that changes its shape. */
  public enum Shortcut {
    /** A 1×1 convolution and, but for pre-activation, batch norm. */
    PROJECTION,
    /** The input at every second place, zeros for the new channels: no parameters. */
    PADDING
  }

  /**
   * The choices that make a residual network.
   *
   * @param width the channels of the first stage; each further stage doubles them
   * @param blocks how many blocks each stage has
   */
  public record Plan(Block block, Stem stem, Shortcut shortcut, long width, List<Integer> blocks) {
    /** Checks the sizes. */
    public Plan {
      blocks = List.copyOf(blocks);
      Checks.require(width > 0 && !blocks.isEmpty() && blocks.stream().allMatch(b -> b > 0), "ResNet",
          "the width and the numbers of blocks must be positive: " + width + ", " + blocks);
    }

    /** The same with a stem for small images. */
    public Plan small() {
      return new Plan(block, Stem.SMALL, shortcut, width, blocks);
    }

    /** The same with another width. */
    public Plan width(long channels) {
      return new Plan(block, stem, shortcut, channels, blocks);
    }
  }

  private final Layer conv1;
  private final Layer bn1;
  private final Layer maxpool;
  private final transient List<Layer> stages = new ArrayList<>();
  private final Layer bn;
  private final Layer avgpool = GlobalPool.average();
  private final Layer fc;

  /**
   * A network by plan.
   *
   * @param in the images' channels; 0 leaves them to the first batch
   * @param classes the number of outputs
   */
  public ResNet(Plan plan, long in, long classes) {
    boolean large = plan.stem == Stem.LARGE;
    boolean before = plan.block.before;
    // Registered by hand, to stand before the stages, which have no fields.
    conv1 = child("conv1", ConvNets.conv(in, plan.width, large ? 7 : 3, large ? 2 : 1));
    bn1 = before ? null : child("bn1", new BatchNorm(plan.width));
    maxpool = large ? child("maxpool", new MaxPool2d(3).stride(2).padding(1)) : null;
    long channels = plan.width;
    for (int s = 0; s < plan.blocks.size(); s++) {
      long width = plan.width << s;
      List<Layer> blocks = new ArrayList<>();
      for (int b = 0; b < plan.blocks.get(s); b++) {
        long stride = s > 0 && b == 0 ? 2 : 1;
        blocks.add(before ? new PreActivationBlock(plan, channels, width, stride)
            : new ResidualBlock(plan, channels, width, stride));
        channels = width * plan.block.expansion;
      }
      stages.add(child("layer" + (s + 1), new Sequential(blocks)));
    }
    bn = before ? new BatchNorm(channels) : null;
    fc = new Linear(channels, classes);
  }

  /** 18 layers, 11,689,512 parameters for 1,000 classes and 3 channels; width 64. */
  public static Plan resnet18() {
    return new Plan(Block.BASIC, Stem.LARGE, Shortcut.PROJECTION, 64, List.of(2, 2, 2, 2));
  }

  /** 34 layers, 21,797,672 parameters for 1,000 classes and 3 channels; width 64. */
  public static Plan resnet34() {
    return new Plan(Block.BASIC, Stem.LARGE, Shortcut.PROJECTION, 64, List.of(3, 4, 6, 3));
  }

  /** 50 layers, 25,557,032 parameters for 1,000 classes and 3 channels; width 64. */
  public static Plan resnet50() {
    return new Plan(Block.BOTTLENECK, Stem.LARGE, Shortcut.PROJECTION, 64, List.of(3, 4, 6, 3));
  }

  /**
   * The networks for CIFAR-10: three stages of 16, 32 and 64 channels, shortcuts without parameters as in the paper.
   *
   * @param depth 6n + 2 for basic blocks (20: 0.27 million parameters, 32, 44, 56, 110), 9n + 2 for bottlenecks (164)
   */
  public static Plan cifar(Block block, int depth) {
    int per = 3 * block.convolutions;
    Checks.require(depth > 2 && (depth - 2) % per == 0, "ResNet", "a CIFAR network of " + block + " blocks has " + per
        + "n + 2 layers, not " + depth);
    int n = (depth - 2) / per;
    boolean basic = block.expansion == 1;
    return new Plan(block, Stem.SMALL, basic ? Shortcut.PADDING : Shortcut.PROJECTION, 16, List.of(n, n, n));
  }

  @Override
  protected Tensor forward(Tensor x) {
    Tensor y = conv1.apply(x);
    y = bn1 == null ? y : bn1.apply(y).relu();
    y = maxpool == null ? y : maxpool.apply(y);
    for (Layer stage : stages) {
      y = stage.apply(y);
    }
    y = bn == null ? y : bn.apply(y).relu();
    return fc.apply(avgpool.apply(y));
  }
}
