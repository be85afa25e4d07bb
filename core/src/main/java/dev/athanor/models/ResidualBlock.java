package dev.athanor.models;

import dev.athanor.models.ResNet.Plan;
import dev.athanor.models.ResNet.Shortcut;
import dev.athanor.nn.BatchNorm;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Sequential;
import dev.athanor.tensor.Tensor;

/** relu(convolutions(x) + shortcut(x)), each convolution followed by batch norm. */
final class ResidualBlock extends Layer {
  private final Layer conv1;
  private final Layer bn1;
  private final Layer conv2;
  private final Layer bn2;
  private final Layer conv3;
  private final Layer bn3;
  private final Layer downsample;

  ResidualBlock(Plan plan, long in, long width, long stride) {
    int expansion = plan.block().expansion;
    boolean bottleneck = expansion > 1;
    long out = width * expansion;
    conv1 = ConvNets.conv(in, width, bottleneck ? 1 : 3, bottleneck ? 1 : stride);
    bn1 = new BatchNorm(width);
    conv2 = ConvNets.conv(width, width, 3, bottleneck ? stride : 1);
    bn2 = new BatchNorm(width);
    conv3 = bottleneck ? ConvNets.conv(width, out, 1, 1) : null;
    bn3 = bottleneck ? new BatchNorm(out) : null;
    downsample = in == out && stride == 1 ? null : plan.shortcut() == Shortcut.PADDING ? new PaddedShortcut(out, stride)
        : new Sequential(ConvNets.conv(in, out, 1, stride), new BatchNorm(out));
  }

  @Override
  protected Tensor forward(Tensor x) {
    Tensor y = bn1.apply(conv1.apply(x)).relu();
    y = bn2.apply(conv2.apply(y));
    if (conv3 != null) {
      y = bn3.apply(conv3.apply(y.relu()));
    }
    return y.add(downsample == null ? x : downsample.apply(x)).relu();
  }
}
