package dev.athanor.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import dev.athanor.models.Autoencoder;
import dev.athanor.models.ConvNets;
import dev.athanor.models.MobileNet;
import dev.athanor.models.Models;
import dev.athanor.models.Perceptrons;
import dev.athanor.models.ResNet;
import dev.athanor.models.ResNet.Block;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Summary;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The models' sizes against published ones: parameters of torchvision's pages and of the papers' tables, multiply-adds of
 * torchvision's (1.81, 3.66 and 4.09 thousand million at 224×224).
 */
class ModelsTest {
  private static Summary summary(Layer model, long... example) {
    try (Device device = Device.open("cpu"); Scope _ = device.scope()) {
      Summary summary = model.initialize(device, 1).summary(example);
      assertEquals(model.parameterCount(), summary.parameters());
      model.close();
      return summary;
    }
  }

  private static Layer imagenet(ResNet.Plan plan) {
    return new ResNet(plan, 3, 1000);
  }

  @Test
  void residualNetworksOfTorchvision() {
    Summary r18 = summary(imagenet(ResNet.resnet18()), 3, 224, 224);
    assertEquals(11_689_512, r18.parameters());
    assertEquals(1.81, r18.multiplyAdds() / 1e9, 0.005);
    Summary r34 = summary(imagenet(ResNet.resnet34()), 3, 224, 224);
    assertEquals(21_797_672, r34.parameters());
    assertEquals(3.66, r34.multiplyAdds() / 1e9, 0.005);
    Summary r50 = summary(imagenet(ResNet.resnet50()), 3, 224, 224);
    assertEquals(25_557_032, r50.parameters());
    assertEquals(4.09, r50.multiplyAdds() / 1e9, 0.005);
  }

  /** ResNet-18 as it is commonly used for CIFAR-10: 11,173,962 parameters. */
  @Test
  void resnet18ForSmallImages() {
    assertEquals(11_173_962, summary(new ResNet(ResNet.resnet18().small(), 0, 10), 3, 32, 32).parameters());
  }

  /** The paper's table 6 in millions: 0.27, 0.46, 0.66, 0.85, 1.7; for pre-activation bottlenecks of 164 layers 1.7. */
  @Test
  void residualNetworksForCifar() {
    double[] published = {0.27, 0.46, 0.66, 0.85, 1.7};
    int[] depth = {20, 32, 44, 56, 110};
    for (int i = 0; i < depth.length; i++) {
      long found = summary(new ResNet(ResNet.cifar(Block.BASIC, depth[i]), 3, 10), 3, 32, 32).parameters();
      assertEquals(published[i], found / 1e6, published[i] > 1 ? 0.05 : 0.005, "depth " + depth[i]);
    }
    assertEquals(1.7, summary(new ResNet(ResNet.cifar(Block.PRE_BOTTLENECK, 164), 3, 10), 3, 32, 32).parameters() / 1e6, 0.05);
    long basic = summary(new ResNet(ResNet.cifar(Block.PRE_BASIC, 20), 3, 10), 3, 32, 32).parameters();
    // Two norms of 16 and 32 channels that stand before a widening convolution, and one of 64 at the end instead of 16 at the
    // start.
    assertEquals(269_722 - 2 * 16 - 2 * 32 + 2 * 64 - 2 * 16, basic);
  }

  @Test
  void lenetAndVgg() {
    assertEquals(61_706, summary(ConvNets.lenet5(1, 32, 10), 1, 32, 32).parameters());
    assertEquals(61_706, summary(ConvNets.lenet5(1, 28, 10), 1, 28, 28).parameters());
    long convolutions = 9 * (3 * 64 + 64 * 64 + 64 * 128 + 128 * 128 + 128 * 256 + 256 * 256);
    assertEquals(1_148_874, convolutions + 4 * (64 + 128 + 256) + 256 * 10 + 10);
    assertEquals(convolutions + 4 * (64 + 128 + 256) + 256 * 10 + 10, summary(ConvNets.vggSmall(3, 10), 3, 32, 32).parameters());
  }

  /** The paper's table 4: 4.2 million parameters, 569 million multiply-adds; its table 6: 2.6 and 325 at a width of 0.75. */
  @Test
  void mobileNet() {
    Summary one = summary(new MobileNet(1, false, 3, 1000), 3, 224, 224);
    assertEquals(4.2, one.parameters() / 1e6, 0.05);
    assertEquals(569, one.multiplyAdds() / 1e6, 0.5);
    Summary less = summary(new MobileNet(0.75, false, 3, 1000), 3, 224, 224);
    assertEquals(2.6, less.parameters() / 1e6, 0.05);
    assertEquals(325, less.multiplyAdds() / 1e6, 0.5);
  }

  @Test
  void perceptronsAndAutoencoders() {
    assertEquals(784 * 10 + 10, summary(Perceptrons.perceptron(784, 10), 1, 28, 28).parameters());
    Summary mlp = summary(Perceptrons.mlp(0, 10, 512, 512), 1, 28, 28);
    assertEquals(785 * 512 + 513 * 512 + 513 * 10, mlp.parameters());
    assertEquals(784 * 512 + 512 * 512 + 512 * 10, mlp.multiplyAdds());
    Summary dense = summary(Autoencoder.dense(Shape.of(1, 28, 28), 32, 128), 1, 28, 28);
    assertEquals(785 * 128 + 129 * 32 + 33 * 128 + 129 * 784, dense.parameters());
    Summary images = summary(Autoencoder.convolutional(Shape.of(1, 28, 28), 10, 16, 32), 1, 28, 28);
    int ends = 32 * 7 * 7;
    assertEquals(10 * 16 + 9 * 16 * 32 + 32 + (ends + 1) * 10 + 11 * ends + 9 * 32 * 16 + 16 + 9 * 16 + 1, images.parameters());
  }

  /**
   * Every name is built for small images and has a gradient for each parameter.
   */
  @Test
  void everyName() {
    try (Device device = Device.open("cpu")) {
      for (Models name : Models.values()) {
        long side = name.takes(Shape.of(1, 8, 8)) ? 8 : 12;
        try (Scope _ = device.scope(); Layer model = name.build(Shape.of(1, side, side), 3).initialize(device, 1)) {
          assertTrue(model.isBuilt(), name.label());
          Tensor y = model.apply(device.generator(2).normal(DType.FLOAT32, Shape.of(3, 1, side, side)));
          assertEquals(Shape.of(3, 3), y.shape());
          y.square().sum().backward();
          model.parameters().forEach((n, p) -> assertTrue(p.grad() != null, n));
          assertEquals(name, Models.of(name.label()));
        }
      }
      assertEquals(53_098, Models.CNN.build(Shape.of(1, 8, 8), 10).initialize(device, 1).parameterCount());
    }
    AthanorException unknown = assertThrows(AthanorException.class, () -> Models.of("resnet19"));
    assertTrue(unknown.getMessage().contains("vgg-small, resnet18"), unknown.getMessage());
    AthanorException flat = assertThrows(AthanorException.class, () -> Models.RESNET18.build(Shape.of(30), 2));
    assertTrue(flat.getMessage().contains("such as mlp"), flat.getMessage());
    assertThrows(AthanorException.class, () -> ResNet.cifar(Block.BASIC, 21));
  }

  @Test
  void parametersHaveTorchvisionsNames() {
    try (Device device = Device.open("cpu")) {
      List<String> names = List.copyOf(new ResNet(ResNet.resnet18(), 3, 1000).initialize(device, 1).parameters().keySet());
      assertEquals(List.of("conv1.weight", "bn1.weight", "bn1.bias", "layer1.0.conv1.weight", "layer1.0.bn1.weight"),
          names.subList(0, 5));
      assertTrue(names.containsAll(List.of("layer2.0.downsample.0.weight", "layer2.0.downsample.1.bias", "fc.weight",
          "fc.bias")));
      assertEquals(62, names.size());
    }
  }
}
