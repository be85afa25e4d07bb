package dev.athanor.train;

import dev.athanor.autograd.Node;
import dev.athanor.autograd.Tape;
import dev.athanor.nn.Layer;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shaping;
import dev.athanor.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Looks into a network while it trains: every so many steps it measures what each layer puts out, the gradient that comes back to
 * it, and how far each parameter moves, and says where gradients vanish or explode, where units are dead, and where updates are
 * out of proportion.
 *
 * <pre>{@code
 * Trainer.of(model, loss, optimizer).callback(NetworkWatch.every(100, report -> System.out.println(report))) …
 * }</pre>
 *
 * <p>A watched step runs operation by operation and reads its measures back from the device; the steps between run as if nobody
 * watched. It changes no value, but a layer that is otherwise computed in one piece with the next is computed alone in a watched
 * step. One watch at a time observes a model.
 */
public final class NetworkWatch implements Callback {
  private final long every;
  private final Consumer<WatchReport> sink;
  private final Map<Node, List<String>> outputs = new IdentityHashMap<>();
  private final Map<String, WatchReport.Activation> activations = new LinkedHashMap<>();
  private final Map<String, Statistics> outputGradients = new LinkedHashMap<>();
  private final Map<String, Statistics> gradients = new LinkedHashMap<>();
  private final Map<String, Tensor> before = new LinkedHashMap<>();
  private final Map<Layer, String> names = new IdentityHashMap<>();
  private Tape.Listener listener;
  private Layer model;

  private NetworkWatch(long every, Consumer<WatchReport> sink) {
    this.every = every;
    this.sink = sink;
  }

  /**
   * Watches the first step and every so many after it.
   *
   * @param steps from one watched step to the next
   * @param sink gets a report after each watched step, on the training thread
   */
  public static NetworkWatch every(long steps, Consumer<WatchReport> sink) {
    Checks.require(steps > 0, "watch", () -> "the number of steps must be positive: " + steps);
    return new NetworkWatch(steps, sink);
  }

  @Override
  public boolean needsEager(Run run) {
    return run.step() % every == 0;
  }

  @Override
  public void onForward(Run run) {
    reset();
    model = run.trainer().model();
    names.clear();
    model.layers().forEach((name, layer) -> {
      if (layer.children().isEmpty()) {
        names.put(layer, name);
      }
    });
    model.observe(this::output);
    listener = new OutputGradients();
  }

  /** The output of a layer without children; of one that runs several times, each run under a number. */
  private void output(Layer layer, Tensor y) {
    String name = names.get(layer);
    if (name == null || !y.dtype().isFloat()) {
      return;
    }
    String key = name;
    for (int run = 2; activations.containsKey(key); run++) {
      key = name + " (" + run + ")";
    }
    try (Scope _ = y.device().scope(); var _ = Tape.noGrad()) {
      Statistics s = Statistics.of(y);
      activations.put(key, new WatchReport.Activation(key, layer.toString(), s, deadUnits(y), null));
    }
    if (y.node() != null) {
      outputs.computeIfAbsent(y.node(), _ -> new ArrayList<>(1)).add(key); // several, where a layer gives its input on
    }
  }

  /** The share of units (features or channels: axis 1) that are 0 for the whole batch. */
  private static double deadUnits(Tensor y) {
    if (y.rank() < 2 || y.size() == 0) {
      return 0;
    }
    int[] others = new int[y.rank() - 1];
    for (int i = 0; i < others.length; i++) {
      others[i] = i == 0 ? 0 : i + 1;
    }
    return y.eq(0).all(others).cast(y.dtype()).mean().item();
  }

  private final class OutputGradients extends Tape.Listener {
    @Override
    protected void gradient(Node node, Tensor dy) {
      List<String> layers = outputs.get(node);
      if (layers != null) {
        try (Scope _ = dy.device().scope(); var _ = Tape.noGrad()) {
          Statistics s = Statistics.of(dy);
          layers.forEach(name -> outputGradients.put(name, s));
        }
      }
    }
  }

  @Override
  public void onGradients(Run run) {
    stopListening();
    try (var _ = Tape.noGrad()) {
      model.parameters().forEach((name, p) -> {
        if (p.grad() != null) {
          try (Scope _ = p.device().scope()) {
            gradients.put(name, Statistics.of(p.grad()));
            before.put(name, p.detach().copy().persist());
          }
        }
      });
    }
  }

  @Override
  public void onStep(Run run) {
    if (before.isEmpty()) {
      return;
    }
    var parameters = new ArrayList<WatchReport.Parameter>();
    try (var _ = Tape.noGrad()) {
      Map<String, Tensor> now = model.parameters();
      before.forEach((name, old) -> {
        try (Scope _ = old.device().scope()) {
          Tensor p = now.get(name).detach();
          parameters.add(new WatchReport.Parameter(name, Statistics.of(old), gradients.get(name), Statistics.of(p.sub(old))));
        }
      });
    }
    var layers = new ArrayList<WatchReport.Activation>();
    activations.forEach((name, a) -> layers.add(a.withGradient(outputGradients.get(name))));
    var report = new WatchReport(run.step(), run.loss(), List.copyOf(layers), List.copyOf(parameters));
    reset();
    sink.accept(report);
  }

  @Override
  public void onEnd(Run run) {
    reset();
  }

  private void stopListening() {
    if (listener != null) {
      listener.close();
      listener = null;
      model.observe(null);
    }
  }

  private void reset() {
    stopListening();
    outputs.clear();
    activations.clear();
    outputGradients.clear();
    gradients.clear();
    before.values().forEach(Tensor::close);
    before.clear();
  }

  /**
   * The measures of a tensor's elements.
   *
   * @param mean the arithmetic mean
   * @param std the standard deviation, over all elements (n in the denominator)
   * @param rms the root of the mean square
   * @param norm the Euclidean norm √Σx²
   * @param largest the largest magnitude
   * @param zeros the share of elements that are 0
   */
  public record Statistics(double mean, double std, double rms, double norm, double largest, double zeros) {
    /** Measures a tensor; of nothing, all are 0. One transfer from the device. */
    static Statistics of(Tensor t) {
      if (t.size() == 0) {
        return new Statistics(0, 0, 0, 0, 0, 0);
      }
      Tensor x = t.detach();
      Tensor largest = x.abs().max();
      // Scaled by the largest magnitude, so that the squares of very small and very large elements do not vanish or overflow.
      Tensor scale = largest.maskedFill(largest.eq(0), 1);
      Tensor scaled = x.div(scale);
      double[] v = Shaping.stack(0, scaled.mean(), scaled.square().mean(), scaled.variance(0, false), scale, largest,
          x.eq(0).cast(x.dtype()).mean()).toDoubles();
      double rms = Math.sqrt(v[1]) * v[3];
      return new Statistics(v[0] * v[3], Math.sqrt(v[2]) * v[3], rms, rms * Math.sqrt(t.size()), v[4], v[5]);
    }
  }
}
