package dev.athanor.bench.peers.dl4j;

import dev.athanor.bench.track.Case;
import dev.athanor.bench.track.Contestant;
import dev.athanor.bench.track.Lane;
import dev.athanor.bench.track.Numbers;
import dev.athanor.bench.track.Part;
import java.util.Iterator;
import java.util.List;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.datasets.iterator.INDArrayDataSetIterator;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nd4j.common.primitives.Pair;

/** DL4J: a multi-layer network on ND4J's CPU backend. */
public final class Dl4j implements Contestant {
  private Dl4j() {}

  /** Runs the lane. */
  public static void main(String[] args) throws Exception {
    Lane.serve(new Dl4j());
  }

  @Override
  public String title() {
    return "DL4J 1.0.0-M2.1";
  }

  @Override
  public Steps open(Case c) {
    return c.kind() == Case.Kind.LOAD ? new Loading(c) : new Network(c);
  }

  private static final class Network implements Steps {
    private final Case c;
    private final MultiLayerNetwork model;
    private final float[][] inputs;
    private final INDArray[] targets = new INDArray[Case.BATCHES];

    Network(Case c) {
      this.c = c;
      boolean binary = c.kind() == Case.Kind.BINARY;
      var list = new NeuralNetConfiguration.Builder().seed(1).updater(c.adam() ? new Adam(c.rate()) : new Sgd(c.rate()))
          .convolutionMode(ConvolutionMode.Truncate).list();
      List<Part> parts = c.network();
      for (int i = 0; i < parts.size(); i++) {
        boolean last = i == parts.size() - 1;
        switch (parts.get(i)) {
          case Part.Linear l when last -> list.layer(new OutputLayer.Builder(binary ? LossFunction.XENT : LossFunction.MCXENT)
              .nIn(l.in())
              .nOut(l.out()).activation(binary ? Activation.SIGMOID : Activation.SOFTMAX).build());
          case Part.Linear l -> list.layer(new DenseLayer.Builder().nIn(l.in()).nOut(l.out()).activation(Activation.IDENTITY)
              .build());
          case Part.Conv k -> list.layer(new ConvolutionLayer.Builder(k.kernel(), k.kernel()).nIn(k.in()).nOut(k.out())
              .stride(k.stride(),
              k.stride()).padding(k.padding(), k.padding()).hasBias(k.bias()).activation(Activation.IDENTITY).build());
          // Its decay weighs the old value.
          case Part.BatchNorm _ -> list.layer(new BatchNormalization.Builder().eps(1e-5).decay(0.9).build());
          case Part.LayerNorm _ -> throw new Unable("it has no layer norm for networks of layers");
          case Part.Residual _ -> throw new Unable("left out: a step would take minutes of the race");
          case Part.Simple s -> {
            switch (s) {
              case RELU -> list.layer(new ActivationLayer(Activation.RELU));
              case GELU -> list.layer(new ActivationLayer(Activation.GELU));
              case SOFTMAX -> list.layer(new ActivationLayer(Activation.SOFTMAX));
              case MAX_POOL_2 -> list.layer(new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX).kernelSize(2, 2)
                  .stride(2, 2)
                  .build());
              case GLOBAL_AVERAGE -> list.layer(new GlobalPoolingLayer.Builder(PoolingType.AVG).build());
              case FLATTEN -> { } // it flattens by itself
            }
          }
        }
      }
      int[] d = c.input();
      if (d.length == 3) {
        list.setInputType(InputType.convolutional(d[1], d[2], d[0]));
      }
      model = new MultiLayerNetwork(list.build());
      model.init();
      setWeights();
      inputs = Numbers.inputs(c);
      int[][] labels = Numbers.labels(c);
      for (int b = 0; b < Case.BATCHES; b++) {
        targets[b] = Nd4j.zeros(c.batch(), binary ? 1 : 10);
        for (int i = 0; i < c.batch(); i++) {
          targets[b].putScalar(i, binary ? 0 : labels[b][i], binary ? labels[b][i] : 1);
        }
      }
    }

    private void setWeights() {
      Iterator<float[]> weights = Numbers.weights(c);
      for (var layer : model.getLayers()) {
        var conf = layer.conf().getLayer();
        if (conf instanceof DenseLayer || conf instanceof OutputLayer) {
          INDArray w = layer.getParam("W"); // [in, out]
          w.assign(Nd4j.createFromArray(weights.next()).reshape(w.size(1), w.size(0)).transpose());
          set(layer.getParam("b"), weights.next());
        } else if (conf instanceof ConvolutionLayer k) {
          set(layer.getParam("W"), weights.next());
          if (k.hasBias()) {
            set(layer.getParam("b"), weights.next());
          }
        }
      }
    }

    private static void set(INDArray parameter, float[] values) {
      parameter.assign(Nd4j.createFromArray(values).reshape(parameter.shape()));
    }

    @Override
    public double step(long i, boolean report) {
      int b = (int) (i % Case.BATCHES);
      try (INDArray x = Nd4j.createFromArray(inputs[b]).reshape(c.batchDims())) {
        if (c.trains()) {
          model.fit(x, targets[b]);
          return report ? model.score() : 0;
        }
        double sum = 0;
        for (float v : logits(x)) {
          sum += v;
        }
        return sum;
      }
    }

    /** Its output layer has a softmax; the layer's own product is what the others compute. */
    private float[] logits(INDArray x) {
      var last = (org.deeplearning4j.nn.layers.OutputLayer) model.getOutputLayer();
      INDArray before = model.feedForwardToLayer(model.getnLayers() - 2, x, false).get(model.getnLayers() - 1);
      return before.reshape(c.batch(), -1).mmul(last.getParam("W")).addi(last.getParam("b")).toFloatVector();
    }
  }

  private static final class Loading implements Steps {
    private final float[] examples;
    private final INDArrayDataSetIterator data;

    Loading(Case c) {
      examples = Numbers.examples(c);
      INDArray x = Nd4j.createFromArray(examples).reshape(Case.EXAMPLES, c.exampleSize());
      INDArray all = Nd4j.zeros(Case.EXAMPLES, 1);
      var random = new java.util.SplittableRandom(5);
      int[] order = java.util.stream.IntStream.range(0, Case.EXAMPLES).toArray();
      for (int i = order.length - 1; i > 0; i--) {
        int j = random.nextInt(i + 1);
        int t = order[i];
        order[i] = order[j];
        order[j] = t;
      }
      // It shuffles by the order in which the pairs are handed to it.
      data = new INDArrayDataSetIterator(() -> java.util.Arrays.stream(order).mapToObj(i -> Pair.of(x.getRow(i), all.getRow(i)))
          .iterator(), c.batch());
    }

    @Override
    public double step(long i, boolean report) {
      double sum = 0;
      int batches = 0;
      data.reset();
      while (data.hasNext()) {
        DataSet batch = data.next();
        sum += batch.getFeatures().getFloat(0, 0);
        batches++;
      }
      return sum / batches;
    }
  }
}
