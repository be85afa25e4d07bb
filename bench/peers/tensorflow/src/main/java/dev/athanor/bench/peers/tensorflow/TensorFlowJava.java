package dev.athanor.bench.peers.tensorflow;

import dev.athanor.bench.track.Case;
import dev.athanor.bench.track.Contestant;
import dev.athanor.bench.track.Lane;
import dev.athanor.bench.track.Numbers;
import dev.athanor.bench.track.Part;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.TensorFlow;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Gradients;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.Variable;
import org.tensorflow.op.nn.FusedBatchNorm;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** TensorFlow Java: a graph built once, run by a session. Images lie channels-last, the only layout of its CPU kernels. */
public final class TensorFlowJava implements Contestant {
  private TensorFlowJava() {}

  /** Runs the lane. */
  public static void main(String[] args) throws Exception {
    Lane.serve(new TensorFlowJava());
  }

  @Override
  public String title() {
    return "TensorFlow Java 1.1 (TensorFlow " + TensorFlow.version() + ")";
  }

  @Override
  public Steps open(Case c) {
    if (c.kind() == Case.Kind.LOAD) {
      throw new Unable("the module with its data sets is not published for this version");
    }
    return new Network(c);
  }

  private static final class Network implements Steps {
    private final Case c;
    private final boolean binary;
    private final Graph graph = new Graph();
    private final Ops tf = Ops.create(graph);
    private final List<Variable<TFloat32>> variables = new ArrayList<>();
    private final List<Op> inits = new ArrayList<>();
    private final List<Op> updates = new ArrayList<>();
    private final Placeholder<TFloat32> input;
    private final Placeholder<TFloat32> target;
    private final Operand<TFloat32> result;
    private final Session session;
    private final float[][] inputs;
    private final float[][] targets;
    private final Shape inputShape;
    private final Shape targetShape;

    Network(Case c) {
      this.c = c;
      binary = c.kind() == Case.Kind.BINARY;
      inputs = Numbers.inputs(c);
      int[] d = c.input();
      if (d.length == 3) {
        inputShape = Shape.of(c.batch(), d[1], d[2], d[0]);
        for (int b = 0; b < inputs.length; b++) {
          inputs[b] = channelsLast(inputs[b], c.batch(), d[0], d[1] * d[2]);
        }
      } else {
        inputShape = Shape.of(c.batchDims());
      }
      targetShape = binary ? Shape.of(c.batch(), 1) : Shape.of(c.batch());
      int[][] labels = Numbers.labels(c);
      targets = new float[labels.length][c.batch()];
      for (int b = 0; b < labels.length; b++) {
        for (int i = 0; i < c.batch(); i++) {
          targets[b][i] = labels[b][i];
        }
      }
      input = tf.placeholder(TFloat32.class, Placeholder.shape(inputShape));
      target = tf.placeholder(TFloat32.class, Placeholder.shape(targetShape));
      Operand<TFloat32> y = apply(c.network(), input, Numbers.weights(c));
      if (c.trains()) {
        result = loss(y);
        train();
      } else {
        result = tf.reduceSum(y, tf.constant(new int[] {0, 1}));
      }
      int threads = Integer.parseInt(System.getenv().getOrDefault("OMP_NUM_THREADS",
          "" + Runtime.getRuntime().availableProcessors()));
      session = new Session(graph, ConfigProto.newBuilder().setIntraOpParallelismThreads(threads)
          .setInterOpParallelismThreads(threads)
          .build());
      Session.Runner runner = session.runner();
      inits.forEach(runner::addTarget);
      runner.run();
    }

    private static float[] channelsLast(float[] x, int images, int channels, int pixels) {
      float[] y = new float[x.length];
      for (int n = 0; n < images; n++) {
        for (int k = 0; k < channels; k++) {
          for (int p = 0; p < pixels; p++) {
            y[(n * pixels + p) * channels + k] = x[(n * channels + k) * pixels + p];
          }
        }
      }
      return y;
    }

    // ---- the graph

    private Operand<TFloat32> apply(List<Part> parts, Operand<TFloat32> x, Iterator<float[]> weights) {
      Operand<TFloat32> y = x;
      for (Part part : parts) {
        y = apply(part, y, weights);
      }
      return y;
    }

    private Operand<TFloat32> apply(Part part, Operand<TFloat32> x, Iterator<float[]> weights) {
      return switch (part) {
        case Part.Linear l -> {
          Operand<TFloat32> w = variable(transposed(weights.next(), l.out(), l.in()), l.in(), l.out());
          yield tf.nn.biasAdd(tf.linalg.matMul(x, w), variable(weights.next(), l.out()));
        }
        case Part.Conv k -> {
          int area = k.kernel() * k.kernel();
          float[] w = weights.next(); // [out, in, h, w] becomes [h, w, in, out]
          float[] hwio = new float[w.length];
          for (int o = 0; o < k.out(); o++) {
            for (int i = 0; i < k.in(); i++) {
              for (int p = 0; p < area; p++) {
                hwio[(p * k.in() + i) * k.out() + o] = w[(o * k.in() + i) * area + p];
              }
            }
          }
          long s = k.stride();
          int p = k.padding();
          // Its gradient knows no explicit padding; "SAME" is the same with stride 1 only.
          boolean same = s == 1 && 2 * p == k.kernel() - 1;
          Operand<TFloat32> padded = same || p == 0 ? x : tf.pad(x, tf.constant(new int[][] {{0, 0}, {p, p}, {p, p}, {0, 0}}),
              tf.constant(0f));
          Operand<TFloat32> y = tf.nn.conv2d(padded, variable(hwio, k.kernel(), k.kernel(), k.in(), k.out()),
              List.of(1L, s, s, 1L),
              same ? "SAME" : "VALID");
          yield k.bias() ? tf.nn.biasAdd(y, variable(weights.next(), k.out())) : y;
        }
        case Part.BatchNorm n -> {
          if (!c.trains()) {
            throw new Unable("batch norm in evaluation is in no case of the race");
          }
          Operand<TFloat32> none = tf.constant(new float[0]);
          // The running averages are moved by a user's own operations; here by none, which is to its advantage.
          FusedBatchNorm<TFloat32, TFloat32> norm = tf.nn.fusedBatchNorm(x, variable(ones(n.channels()), n.channels()),
              variable(new float[n.channels()], n.channels()), none, none, FusedBatchNorm.epsilon(1e-5f),
                  FusedBatchNorm.isTraining(
              true));
          yield norm.y();
        }
        case Part.LayerNorm n -> {
          Operand<TInt32> last = tf.constant(new int[] {1});
          var keep = org.tensorflow.op.math.Mean.keepDims(true);
          Operand<TFloat32> centred = tf.math.sub(x, tf.math.mean(x, last, keep));
          Operand<TFloat32> variance = tf.math.mean(tf.math.square(centred), last, keep);
          Operand<TFloat32> normal = tf.math.mul(centred, tf.math.rsqrt(tf.math.add(variance, tf.constant(1e-5f))));
          yield tf.math.add(tf.math.mul(normal, variable(ones(n.features()), n.features())), variable(new float[n.features()],
              n.features()));
        }
        case Part.Residual r -> {
          Operand<TFloat32> body = apply(r.body(), x, weights);
          yield tf.math.add(body, apply(r.shortcut(), x, weights));
        }
        case Part.Simple s -> switch (s) {
          case RELU -> tf.nn.relu(x);
          case GELU -> tf.math.mul(tf.math.mul(x, tf.constant(0.5f)), tf.math.add(tf.constant(1f), tf.math.erf(tf.math.mul(x,
              tf.constant((float) Math.sqrt(0.5))))));
          case SOFTMAX -> tf.nn.softmax(x);
          case MAX_POOL_2 -> tf.nn.maxPool(x, tf.constant(new int[] {1, 2, 2, 1}), tf.constant(new int[] {1, 2, 2, 1}), "VALID");
          case GLOBAL_AVERAGE -> tf.math.mean(x, tf.constant(new int[] {1, 2}));
          // Channels first, so that the weights behind mean the same.
          case FLATTEN -> tf.reshape(tf.linalg.transpose(x, tf.constant(new int[] {0, 3, 1, 2})),
              tf.constant(new int[] {c.batch(), -1}));
        };
      };
    }

    private static float[] ones(int n) {
      float[] values = new float[n];
      java.util.Arrays.fill(values, 1);
      return values;
    }

    private static float[] transposed(float[] w, int rows, int columns) {
      float[] t = new float[w.length];
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          t[j * rows + i] = w[i * columns + j];
        }
      }
      return t;
    }

    private Variable<TFloat32> variable(float[] values, long... dims) {
      Variable<TFloat32> v = state(values, dims);
      variables.add(v);
      return v;
    }

    private Variable<TFloat32> state(float[] values, long... dims) {
      Variable<TFloat32> v = tf.variable(Shape.of(dims), TFloat32.class);
      inits.add(tf.assign(v, tf.constant(Shape.of(dims), DataBuffers.of(values))));
      return v;
    }

    private Operand<TFloat32> loss(Operand<TFloat32> y) {
      if (!binary) {
        // The sparse form has no gradient in the graph's library.
        var wanted = tf.oneHot(tf.dtypes.cast(target, TInt32.class), tf.constant(10), tf.constant(1f), tf.constant(0f));
        return tf.math.mean(tf.nn.softmaxCrossEntropyWithLogits(y, wanted).loss(), tf.constant(new int[] {0}));
      }
      // max(y, 0) − y·t + ln(1 + e^−|y|)
      Operand<TFloat32> each = tf.math.add(tf.math.sub(tf.nn.relu(y), tf.math.mul(y, target)),
          tf.math.softplus(tf.math.neg(tf.math.abs(
          y))));
      return tf.math.mean(each, tf.constant(new int[] {0, 1}));
    }

    private void train() {
      Gradients gradients = tf.gradients(result, variables);
      List<Op> all = new ArrayList<>();
      for (int i = 0; i < variables.size(); i++) {
        all.add(gradients.<TFloat32>dy(i));
      }
      // No variable may change while another's gradient is still computed from it.
      Ops then = tf.withControlDependencies(all.toArray(Op[]::new));
      Operand<TFloat32> rate = tf.constant((float) c.rate());
      if (!c.adam()) {
        for (int i = 0; i < variables.size(); i++) {
          updates.add(then.train.applyGradientDescent(variables.get(i), rate, gradients.<TFloat32>dy(i)));
        }
        return;
      }
      Variable<TFloat32> power1 = state(new float[] {0.9f});
      Variable<TFloat32> power2 = state(new float[] {0.999f});
      List<Op> moved = new ArrayList<>();
      for (int i = 0; i < variables.size(); i++) {
        Variable<TFloat32> v = variables.get(i);
        float[] zeros = new float[(int) v.asOutput().shape().size()];
        long[] dims = v.asOutput().shape().asArray();
        moved.add(then.train.applyAdam(v, state(zeros, dims), state(zeros, dims), power1, power2, rate, tf.constant(0.9f),
            tf.constant(0.999f), tf.constant(1e-8f), gradients.<TFloat32>dy(i)));
      }
      Ops after = tf.withControlDependencies(moved.toArray(Op[]::new));
      updates.addAll(moved);
      updates.add(after.assign(power1, after.math.mul(power1, after.constant(0.9f))));
      updates.add(after.assign(power2, after.math.mul(power2, after.constant(0.999f))));
    }

    // ---- a step

    @Override
    public double step(long i, boolean report) {
      int b = (int) (i % Case.BATCHES);
      try (TFloat32 x = TFloat32.tensorOf(inputShape, DataBuffers.of(inputs[b], true, false));
          TFloat32 t = TFloat32.tensorOf(targetShape, DataBuffers.of(targets[b], true, false))) {
        Session.Runner runner = session.runner().feed(input, x);
        if (c.trains()) {
          runner.feed(target, t);
          updates.forEach(runner::addTarget);
        }
        if (c.trains() && !report) {
          runner.run();
          return 0;
        }
        try (var out = runner.fetch(result).run()) {
          return ((TFloat32) out.get(0)).getFloat();
        }
      }
    }

    @Override
    public void close() {
      session.close();
      graph.close();
    }
  }
}
