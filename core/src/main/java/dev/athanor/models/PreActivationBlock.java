package dev.athanor.models;

import dev.athanor.models.ResNet.Plan;
import dev.athanor.models.ResNet.Shortcut;
import dev.athanor.nn.BatchNorm;
import dev.athanor.nn.Layer;
import dev.athanor.tensor.Tensor;

/**
 * convolutions(x) + shortcut(x), batch norm and ReLU before each convolution. A shortcut that changes the shape starts from the
 * first ReLU, as in the authors' code.
 */
final class PreActivationBlock extends Layer {
  private final Layer bn1;
  private final Layer conv1;
  private final Layer bn2;
  private final Layer conv2;
  private final Layer bn3;
  private final Layer conv3;
  private final Layer downsample;

  PreActivationBlock(Plan plan, long in, long width, long stride) {
    int expansion = plan.block().expansion;
    boolean bottleneck = expansion > 1;
    long out = width * expansion;
    bn1 = new BatchNorm(in);
    conv1 = ConvNets.conv(in, width, bottleneck ? 1 : 3, bottleneck ? 1 : stride);
    bn2 = new BatchNorm(width);
    conv2 = ConvNets.conv(width, width, 3, bottleneck ? stride : 1);
    bn3 = bottleneck ? new BatchNorm(width) : null;
    conv3 = bottleneck ? ConvNets.conv(width, out, 1, 1) : null;
    downsample = in == out && stride == 1 ? null : plan.shortcut() == Shortcut.PADDING ? new PaddedShortcut(out, stride)
        : ConvNets.conv(in, out, 1, stride);
  }

  @Override
  protected Tensor forward(Tensor x) {
    Tensor active = bn1.apply(x).relu();
    Tensor y = conv2.apply(bn2.apply(conv1.apply(active)).relu());
    if (conv3 != null) {
      y = conv3.apply(bn3.apply(y).relu());
    }
    return y.add(downsample == null ? x : downsample.apply(active));
  }
}
