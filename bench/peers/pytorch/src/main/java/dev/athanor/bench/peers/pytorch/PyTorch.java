package dev.athanor.bench.peers.pytorch;

import static org.bytedeco.pytorch.global.torch.adaptive_avg_pool2d;
import static org.bytedeco.pytorch.global.torch.batch_norm;
import static org.bytedeco.pytorch.global.torch.binary_cross_entropy_with_logits;
import static org.bytedeco.pytorch.global.torch.conv2d;
import static org.bytedeco.pytorch.global.torch.cross_entropy;
import static org.bytedeco.pytorch.global.torch.from_blob;
import static org.bytedeco.pytorch.global.torch.gelu;
import static org.bytedeco.pytorch.global.torch.layer_norm;
import static org.bytedeco.pytorch.global.torch.linear;
import static org.bytedeco.pytorch.global.torch.max_pool2d;
import static org.bytedeco.pytorch.global.torch.ones;
import static org.bytedeco.pytorch.global.torch.set_num_threads;
import static org.bytedeco.pytorch.global.torch.softmax;
import static org.bytedeco.pytorch.global.torch.zeros;

import dev.athanor.bench.track.Case;
import dev.athanor.bench.track.Contestant;
import dev.athanor.bench.track.Lane;
import dev.athanor.bench.track.Numbers;
import dev.athanor.bench.track.Part;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Optimizer;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** PyTorch's C++ interface as JavaCPP shows it, called directly. */
public final class PyTorch implements Contestant {
  private PyTorch() {
    set_num_threads(Integer.parseInt(System.getenv().getOrDefault("OMP_NUM_THREADS",
        "" + Runtime.getRuntime().availableProcessors())));
  }

  /** Runs the lane. */
  public static void main(String[] args) throws Exception {
    Lane.serve(new PyTorch());
  }

  @Override
  public String title() {
    return "PyTorch 2.10 (JavaCPP)";
  }

  @Override
  public Steps open(Case c) {
    if (c.kind() == Case.Kind.LOAD) {
      throw new Unable("its data loaders need a C++ class");
    }
    return new Network(c);
  }

  /** A part that can be run. */
  private interface Op {
    Tensor apply(Tensor x);
  }

  private static final class Network implements Steps {
    private final Case c;
    private final Op model;
    private final TensorVector parameters = new TensorVector();
    private final Optimizer optimizer;
    private final List<Pointer> inputs = new ArrayList<>();
    private final List<Pointer> targets = new ArrayList<>();
    private final boolean binary;
    private final TensorOptions targetOptions;

    Network(Case c) {
      this.c = c;
      Iterator<float[]> weights = Numbers.weights(c);
      model = build(c.network(), weights);
      optimizer = !c.trains() ? null : c.adam() ? new Adam(parameters, new AdamOptions(c.rate())) : new SGD(parameters,
          new SGDOptions(
          c.rate()));
      binary = c.kind() == Case.Kind.BINARY;
      targetOptions = new TensorOptions(binary ? ScalarType.Float : ScalarType.Long);
      for (float[] batch : Numbers.inputs(c)) {
        inputs.add(new FloatPointer(batch));
      }
      for (int[] labels : Numbers.labels(c)) {
        if (binary) {
          float[] values = new float[labels.length];
          for (int i = 0; i < labels.length; i++) {
            values[i] = labels[i];
          }
          targets.add(new FloatPointer(values));
        } else {
          targets.add(new LongPointer(java.util.Arrays.stream(labels).asLongStream().toArray()));
        }
      }
    }

    private Op build(List<Part> parts, Iterator<float[]> weights) {
      List<Op> ops = parts.stream().map(p -> build(p, weights)).toList();
      return x -> {
        Tensor y = x;
        for (Op op : ops) {
          y = op.apply(y);
        }
        return y;
      };
    }

    private Op build(Part part, Iterator<float[]> weights) {
      switch (part) {
        case Part.Linear l -> {
          Tensor w = parameter(weights.next(), l.out(), l.in());
          Tensor b = parameter(weights.next(), l.out());
          TensorOptional bias = new TensorOptional(b);
          return x -> linear(x, w, bias);
        }
        case Part.Conv k -> {
          Tensor w = parameter(weights.next(), k.out(), k.in(), k.kernel(), k.kernel());
          TensorOptional bias = k.bias() ? new TensorOptional(parameter(weights.next(), k.out())) : new TensorOptional();
          long[] stride = {k.stride(), k.stride()};
          long[] padding = {k.padding(), k.padding()};
          return x -> conv2d(x, w, bias, stride, padding, new long[] {1, 1}, 1);
        }
        case Part.BatchNorm n -> {
          var scale = new TensorOptional(parameter(ones(n.channels())));
          var shift = new TensorOptional(parameter(zeros(n.channels())));
          var mean = new TensorOptional(zeros(n.channels()));
          var variance = new TensorOptional(ones(n.channels()));
          return x -> batch_norm(x, scale, shift, mean, variance, c.trains(), 0.1, 1e-5, false);
        }
        case Part.LayerNorm n -> {
          var scale = new TensorOptional(parameter(ones(n.features())));
          var shift = new TensorOptional(parameter(zeros(n.features())));
          return x -> layer_norm(x, new long[] {n.features()}, scale, shift, 1e-5, false);
        }
        case Part.Residual r -> {
          Op body = build(r.body(), weights);
          Op shortcut = build(r.shortcut(), weights);
          return x -> body.apply(x).add(shortcut.apply(x));
        }
        case Part.Simple s -> {
          return switch (s) {
            case RELU -> Tensor::relu;
            case GELU -> x -> gelu(x);
            case SOFTMAX -> x -> softmax(x, -1, new ScalarTypeOptional());
            case MAX_POOL_2 -> x -> max_pool2d(x, 2, 2);
            case GLOBAL_AVERAGE -> x -> adaptive_avg_pool2d(x, 1, 1).flatten(1, -1);
            case FLATTEN -> x -> x.flatten(1, -1);
          };
        }
      }
    }

    private Tensor parameter(float[] values, long... dims) {
      return parameter(from_blob(new FloatPointer(values), dims).clone());
    }

    private Tensor parameter(Tensor values) {
      Tensor p = values.requires_grad_(true);
      parameters.push_back(p);
      return p;
    }

    @Override
    public double step(long i, boolean report) {
      int b = (int) (i % Case.BATCHES);
      try (var _ = new PointerScope()) {
        // A copy, as every other contestant makes one.
        Tensor x = from_blob(inputs.get(b), c.batchDims()).clone();
        if (!c.trains()) {
          try (var _ = new NoGradGuard()) {
            return model.apply(x).sum().item_float();
          }
        }
        Tensor y = model.apply(x);
        Tensor target = from_blob(targets.get(b), binary ? new long[] {c.batch(), 1} : new long[] {c.batch()}, targetOptions)
            .clone();
        Tensor loss = binary ? binary_cross_entropy_with_logits(y, target) : cross_entropy(y, target);
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
        return report ? loss.item_float() : 0;
      }
    }
  }
}
