package dev.athanor.bench.peers.djl;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Batch;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import dev.athanor.bench.track.Case;
import dev.athanor.bench.track.Contestant;
import dev.athanor.bench.track.Lane;
import dev.athanor.bench.track.Numbers;
import dev.athanor.bench.track.Part;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/** DJL with its PyTorch engine: blocks, a loss and a trainer, as its documentation trains. */
public final class Djl implements Contestant {
  private final NDManager manager = NDManager.newBaseManager();

  private Djl() {}

  /** Runs the lane. */
  public static void main(String[] args) throws Exception {
    Lane.serve(new Djl());
  }

  @Override
  public String title() {
    return "DJL " + Engine.getDjlVersion() + " + PyTorch " + Engine.getInstance().getVersion();
  }

  @Override
  public Steps open(Case c) throws Exception {
    return c.kind() == Case.Kind.LOAD ? new Loading(c) : new Network(c);
  }

  private static Block build(List<Part> parts) {
    var sequence = new SequentialBlock();
    parts.forEach(p -> sequence.add(build(p)));
    return sequence;
  }

  private static Block build(Part part) {
    return switch (part) {
      case Part.Linear l -> Linear.builder().setUnits(l.out()).build();
      case Part.Conv c -> Conv2d.builder().setKernelShape(new Shape(c.kernel(), c.kernel())).setFilters(c.out())
          .optStride(new Shape(c.stride(), c.stride())).optPadding(new Shape(c.padding(), c.padding())).optBias(c.bias()).build();
      // Its momentum weighs the old value.
      case Part.BatchNorm _ -> BatchNorm.builder().optEpsilon(1e-5f).optMomentum(0.9f).build();
      case Part.LayerNorm _ -> LayerNorm.builder().optEpsilon(1e-5f).build();
      case Part.Residual r -> new ParallelBlock(outputs -> new NDList(outputs.get(0).singletonOrThrow().add(outputs.get(1)
          .singletonOrThrow())), List.of(build(r.body()), r.shortcut().isEmpty() ? Blocks.identityBlock() : build(r.shortcut())));
      case Part.Simple s -> switch (s) {
        case RELU -> Activation.reluBlock();
        case GELU -> Activation.geluBlock();
        case SOFTMAX -> LambdaBlock.singleton(x -> x.softmax(-1));
        case MAX_POOL_2 -> Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2));
        case GLOBAL_AVERAGE -> Pool.globalAvgPool2dBlock();
        case FLATTEN -> Blocks.batchFlattenBlock();
      };
    };
  }

  private static void setWeights(Block block, Iterator<float[]> weights) {
    for (var entry : block.getParameters()) {
      Parameter p = entry.getValue();
      if (Set.of(Parameter.Type.WEIGHT, Parameter.Type.BIAS).contains(p.getType())) {
        p.getArray().set(FloatBuffer.wrap(weights.next()));
      }
    }
  }

  /** Memory from which arrays are made fastest: direct, in the machine's byte order. */
  private static FloatBuffer direct(float[] values) {
    FloatBuffer buffer = ByteBuffer.allocateDirect(4 * values.length).order(ByteOrder.nativeOrder()).asFloatBuffer();
    return buffer.put(values).rewind();
  }

  private final class Network implements Steps {
    private final Case c;
    private final Model model;
    private final Loss loss;
    private final Trainer trainer;
    private final ParameterStore parameters;
    private final FloatBuffer[] inputs = new FloatBuffer[Case.BATCHES];
    private final FloatBuffer[] targets = new FloatBuffer[Case.BATCHES];
    private final Shape inputShape;
    private final Shape targetShape;

    Network(Case c) {
      this.c = c;
      boolean binary = c.kind() == Case.Kind.BINARY;
      Block block = build(c.network());
      model = Model.newInstance(c.name());
      model.setBlock(block);
      loss = binary ? Loss.sigmoidBinaryCrossEntropyLoss() : Loss.softmaxCrossEntropyLoss();
      Tracker rate = Tracker.fixed((float) c.rate());
      trainer = model.newTrainer(new DefaultTrainingConfig(loss).optOptimizer(c.adam()
          ? Optimizer.adam().optLearningRateTracker(rate).build() : Optimizer.sgd().setLearningRateTracker(rate).build()));
      inputShape = new Shape(c.batchDims());
      targetShape = binary ? new Shape(c.batch(), 1) : new Shape(c.batch());
      trainer.initialize(inputShape);
      setWeights(block, Numbers.weights(c));
      parameters = new ParameterStore(manager, false);
      float[][] x = Numbers.inputs(c);
      int[][] y = Numbers.labels(c);
      for (int b = 0; b < Case.BATCHES; b++) {
        inputs[b] = direct(x[b]);
        float[] t = new float[c.batch()];
        for (int i = 0; i < t.length; i++) {
          t[i] = y[b][i];
        }
        targets[b] = direct(t);
      }
    }

    @Override
    public double step(long i, boolean report) {
      int b = (int) (i % Case.BATCHES);
      try (NDManager own = (c.trains() ? trainer.getManager() : manager).newSubManager()) {
        NDArray x = own.create(inputs[b].rewind(), inputShape);
        if (!c.trains()) {
          double sum = 0;
          for (float v : model.getBlock().forward(parameters, new NDList(x), false).singletonOrThrow().toFloatArray()) {
            sum += v;
          }
          return sum;
        }
        NDArray target = own.create(targets[b].rewind(), targetShape);
        double result;
        try (GradientCollector gradients = trainer.newGradientCollector()) {
          NDArray l = loss.evaluate(new NDList(target), trainer.forward(new NDList(x)));
          gradients.backward(l);
          result = report ? l.getFloat() : 0;
        }
        trainer.step();
        return result;
      }
    }

    @Override
    public void close() {
      trainer.close();
      model.close();
    }
  }

  private final class Loading implements Steps {
    private final ArrayDataset data;

    Loading(Case c) {
      data = new ArrayDataset.Builder().setData(manager.create(Numbers.examples(c), new Shape(Case.EXAMPLES, c.exampleSize())))
          .optLabels(manager.zeros(new Shape(Case.EXAMPLES))).setSampling(c.batch(), true).build();
    }

    @Override
    public double step(long i, boolean report) throws Exception {
      double sum = 0;
      int batches = 0;
      for (Batch batch : data.getData(manager)) {
        sum += batch.getData().head().getFloat(0, 0);
        batches++;
        batch.close();
      }
      return sum / batches;
    }
  }
}
