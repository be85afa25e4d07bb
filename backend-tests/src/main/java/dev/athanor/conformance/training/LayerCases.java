package dev.athanor.conformance.training;

import dev.athanor.models.ResNet;
import dev.athanor.models.ResNet.Block;
import dev.athanor.models.ResNet.Plan;
import dev.athanor.models.ResNet.Shortcut;
import dev.athanor.models.ResNet.Stem;
import dev.athanor.nn.AdaptivePool;
import dev.athanor.nn.AvgPool1d;
import dev.athanor.nn.AvgPool3d;
import dev.athanor.nn.BatchNorm;
import dev.athanor.nn.Bilinear;
import dev.athanor.nn.Conv1d;
import dev.athanor.nn.Conv2d;
import dev.athanor.nn.Conv3d;
import dev.athanor.nn.ConvTranspose1d;
import dev.athanor.nn.ConvTranspose2d;
import dev.athanor.nn.ConvTranspose3d;
import dev.athanor.nn.Embedding;
import dev.athanor.nn.GlobalPool;
import dev.athanor.nn.GroupNorm;
import dev.athanor.nn.Identity;
import dev.athanor.nn.InstanceNorm;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.nn.MaxPool1d;
import dev.athanor.nn.MaxPool2d;
import dev.athanor.nn.MaxPool3d;
import dev.athanor.nn.Pad;
import dev.athanor.nn.Parallel;
import dev.athanor.nn.Reshape;
import dev.athanor.nn.RmsNorm;
import dev.athanor.nn.SeparableConv2d;
import dev.athanor.nn.Upsample;
import dev.athanor.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The layers and small models of {@code backend-tests/golden/layers.py}, by their names there. */
final class LayerCases {
  private final Map<String, Supplier<Layer>> cases = new LinkedHashMap<>();

  private LayerCases() {}

  static Map<String, Supplier<Layer>> all() {
    var all = new LayerCases();
    all.convolutions();
    all.pooling();
    all.resampling();
    all.others();
    all.models();
    return all.cases;
  }

  private void convolutions() {
    cases.put("conv1d", () -> new Conv1d(0, 3, 3).stride(2).padding(1));
    cases.put("conv1d_same", () -> new Conv1d(2, 3, 4).paddingSame());
    cases.put("conv2d_same", () -> new Conv2d(2, 2, 3, 2).paddingSame().dilation(1, 3));
    cases.put("conv2d_per_axis", () -> new Conv2d(2, 4, 3, 2).stride(2, 1).padding(1, 0).dilation(1, 2).groups(2));
    cases.put("conv3d", () -> new Conv3d(0, 3, 2).stride(1, 2, 1).padding(1));
    cases.put("conv3d_groups", () -> new Conv3d(2, 4, 1, 2, 2).groups(2).bias(false));
    cases.put("conv_transpose1d", () -> new ConvTranspose1d(3, 2, 3).stride(2).padding(1).outputPadding(1));
    cases.put("conv_transpose2d", () -> new ConvTranspose2d(0, 6, 3).stride(2).padding(1).groups(2));
    cases.put("conv_transpose2d_per_axis", () -> new ConvTranspose2d(2, 3, 2, 3).stride(1, 2).dilation(2, 1).bias(false));
    cases.put("conv_transpose3d", () -> new ConvTranspose3d(2, 2, 2).stride(2));
    cases.put("separable", () -> new SeparableConv2d(0, 5, 3).stride(2).padding(1));
  }

  private void pooling() {
    cases.put("max_pool1d", () -> new MaxPool1d(3).stride(2).padding(1));
    cases.put("max_pool2d_per_axis", () -> new MaxPool2d(2, 3).stride(1, 2).padding(0, 1).dilation(2, 1));
    cases.put("max_pool3d", () -> new MaxPool3d(2).padding(1));
    cases.put("avg_pool1d", () -> new AvgPool1d(3).stride(2).padding(1).countPadding(false));
    cases.put("avg_pool3d", () -> new AvgPool3d(1, 2, 2));
    cases.put("adaptive_avg1d", () -> AdaptivePool.average(3));
    cases.put("adaptive_avg2d", () -> AdaptivePool.average(3, 2));
    cases.put("adaptive_avg3d", () -> AdaptivePool.average(2, 1, 3));
    cases.put("adaptive_max1d", () -> AdaptivePool.max(4));
    cases.put("adaptive_max2d", () -> AdaptivePool.max(3, 4));
    cases.put("adaptive_larger", () -> AdaptivePool.average(5));
    cases.put("global_avg", GlobalPool::average);
    cases.put("global_max", GlobalPool::max);
  }

  private void resampling() {
    cases.put("nearest_twice", () -> Upsample.nearest(2));
    cases.put("nearest_to", () -> Upsample.nearest(1).to(5, 7));
    cases.put("nearest_smaller", () -> Upsample.nearest(1).to(4));
    cases.put("nearest_thrice", () -> Upsample.nearest(3, 2));
    cases.put("bilinear_thrice", () -> Upsample.linear(3, 4));
    cases.put("bilinear_twice", () -> Upsample.linear(2));
    cases.put("bilinear_to", () -> Upsample.linear(1).to(5, 2));
    cases.put("bilinear_corners", () -> Upsample.linear(1).to(5, 7).alignCorners());
    cases.put("linear_one", () -> Upsample.linear(1).to(1).alignCorners());
    cases.put("trilinear", () -> Upsample.linear(1).to(3, 2, 4));
    cases.put("pad_zero", () -> Pad.zero(0, 3, 1, 2));
    cases.put("pad_constant", () -> Pad.constant(-1.5, 2));
    cases.put("pad_reflect", () -> Pad.reflect(2, 0, 1, 3));
    cases.put("pad_reflect1d", () -> Pad.reflect(2));
    cases.put("pad_replicate", () -> Pad.replicate(3, 1, 0, 2));
    cases.put("pad_replicate3d", () -> Pad.replicate(1));
    cases.put("pad_circular", () -> Pad.circular(2, 0, 1, 2));
  }

  private void others() {
    cases.put("embedding", () -> new Embedding(7, 3));
    cases.put("embedding_padding", () -> new Embedding(5, 2).paddingIndex(3));
    cases.put("bilinear", () -> new TwoInputs(new Bilinear(2, 3, 4)));
    cases.put("bilinear_rank3", () -> new TwoInputs(new Bilinear(2, 3, 4).bias(false)));
    cases.put("batch_norm_rank3", () -> new BatchNorm(3));
    cases.put("batch_norm_3d", () -> new BatchNorm(0));
    cases.put("group_norm", () -> new GroupNorm(2, 0).epsilon(1e-3));
    cases.put("group_norm_rank2", () -> new GroupNorm(2, 6));
    cases.put("group_norm_not_affine", () -> new GroupNorm(3, 3).affine(false));
    cases.put("instance_norm_1d", () -> new InstanceNorm(0));
    cases.put("instance_norm_2d", () -> new InstanceNorm(2).affine(true).epsilon(1e-3));
    cases.put("instance_norm_3d", () -> new InstanceNorm(2));
    cases.put("rms_norm", () -> new RmsNorm(5).affine(false));
    cases.put("identity", Identity::new);
    cases.put("reshape", () -> new Reshape(2, -1));
    cases.put("concat", () -> Parallel.concat(1, new Conv2d(2, 1, 1), new Conv2d(2, 3, 3).padding(1), new Identity()));
    cases.put("sum", () -> Parallel.sum(new Linear(3, 2), new Linear(2).bias(false)));
    cases.put("graph", Graph::new);
  }

  private void models() {
    cases.put("resnet_basic", () -> new ResNet(new Plan(Block.BASIC, Stem.LARGE, Shortcut.PROJECTION, 2, List.of(1, 1)), 0, 3));
    cases.put("resnet_bottleneck",
        () -> new ResNet(new Plan(Block.BOTTLENECK, Stem.SMALL, Shortcut.PROJECTION, 2, List.of(1, 1)), 2, 3));
    cases.put("resnet_padded", () -> new ResNet(new Plan(Block.BASIC, Stem.SMALL, Shortcut.PADDING, 2, List.of(1, 2)), 2, 3));
    cases.put("resnet_pre", () -> new ResNet(new Plan(Block.PRE_BASIC, Stem.SMALL, Shortcut.PADDING, 2, List.of(1, 1)), 2, 3));
    cases.put("resnet_pre_bottleneck",
        () -> new ResNet(new Plan(Block.PRE_BOTTLENECK, Stem.SMALL, Shortcut.PROJECTION, 1, List.of(2, 1)), 2, 3));
  }

  /** Both inputs of a product from one. */
  private static final class TwoInputs extends Layer {
    private final Bilinear product;

    TwoInputs(Bilinear product) {
      this.product = product;
    }

    @Override
    protected Tensor forward(Tensor x) {
      return product.apply(x.slice(-1, 0, 2), x.slice(-1, 2, 5));
    }
  }

  /** Fields, a list of layers, and an output that is used twice: no registration. */
  private static final class Graph extends Layer {
    private final Layer wide = new Linear(3, 4);
    private final List<Layer> gates = List.of(new Linear(4, 4), new Linear(4));
    private final Layer out = new Linear(4, 2);

    @Override
    protected Tensor forward(Tensor x) {
      Tensor h = wide.apply(x).tanh();
      for (Layer gate : gates) {
        h = h.mul(gate.apply(h).sigmoid()).add(h);
      }
      return out.apply(h);
    }
  }
}
