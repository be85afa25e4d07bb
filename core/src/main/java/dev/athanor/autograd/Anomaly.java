package dev.athanor.autograd;

import dev.athanor.AthanorException;
import dev.athanor.tensor.Places;
import dev.athanor.tensor.Tensor;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * Finds the first value that is not finite, forward or backward: while it is open, every recorded operation and every gradient is
 * looked at, and the first bad one is an error that names the operation, the element and the place in the program that called it.
 *
 * <pre>{@code
 * try (var _ = Anomaly.detect()) {
 *   Tensor loss = model.loss(batch);
 *   loss.backward();   // fails with: the gradient that sqrt (recorded at Model.java:41) gave its input is not finite: inf at [2]
 * }
 * }</pre>
 *
 * <p>It waits for the device after every operation: a tool for finding an error, not for training with. Operations on constants
 * alone are not recorded; their results are looked at where a recorded operation takes them in. Works on the thread that opened
 * it.
 */
public final class Anomaly extends Tape.Listener {
  private final boolean infinities;
  private final Map<Node, StackWalker.StackFrame> places = new WeakHashMap<>();

  private Anomaly(boolean infinities) {
    this.infinities = infinities;
  }

  /** Looks for NaN and infinities until it is closed. */
  public static Anomaly detect() {
    return new Anomaly(true);
  }

  /** Looks for NaN alone, for programs where infinities have a meaning, as in masks. */
  public static Anomaly detectNan() {
    return new Anomaly(false);
  }

  @Override
  protected void recorded(Node node, Tensor out, Tensor[] inputs) {
    places.put(node, Places.find());
    if (isFine(out)) {
      return;
    }
    for (int i = 0; i < inputs.length; i++) {
      Tensor x = inputs[i];
      if (x != null && !isFine(x)) {
        throw error("input " + i + " of " + node.op() + ", " + kind(x) + x.dtype() + x.shape() + ", was not finite already: "
            + first(x)
            + called(node));
      }
    }
    throw error("the result of " + node.op() + ", " + out.dtype() + out.shape() + ", is not finite: " + first(out) + "; "
        + (inputs.length == 1 ? "its input was " : "its inputs were ") + "finite" + ranges(inputs) + called(node));
  }

  @Override
  protected void gradient(Node node, Tensor dy) {
    if (!isFine(dy)) {
      throw error("backward: the gradient of " + (node.isLeaf() ? "a leaf" : "the result of " + node.op()) + ", " + dy.dtype()
          + dy.shape() + ", is not finite: " + first(dy) + called(node));
    }
  }

  @Override
  protected void gave(Node node, int input, Tensor gradient) {
    if (!isFine(gradient)) {
      throw error("backward: the gradient that " + node.op() + " gave its input " + input + ", " + gradient.dtype()
          + gradient.shape()
          + ", is not finite: " + first(gradient) + "; the gradient of its result was finite" + called(node));
    }
  }

  private static AthanorException error(String text) {
    return new AthanorException("anomaly: " + text);
  }

  private static String kind(Tensor x) {
    return x.node() == null ? "a constant " : x.node().isLeaf() ? "a leaf " : "the result of " + x.node().op() + " ";
  }

  private String called(Node node) {
    StackWalker.StackFrame place = places.get(node);
    return place == null ? "" : "; " + node.op() + " was called at " + Places.show(place);
  }

  private boolean isFine(Tensor t) {
    if (!t.dtype().isFloat()) {
      return true;
    }
    try (var _ = t.device().scope(); var _ = Tape.noGrad()) {
      return infinities ? t.isFinite().all().itemLong() != 0 : t.isNan().any().itemLong() == 0;
    }
  }

  /** The first bad element and where it is. */
  private String first(Tensor t) {
    try (var _ = Tape.noGrad()) {
      double[] all = t.toDoubles();
      int count = 0;
      int first = -1;
      for (int i = 0; i < all.length; i++) {
        if (Double.isNaN(all[i]) || infinities && Double.isInfinite(all[i])) {
          count++;
          first = first < 0 ? i : first;
        }
      }
      return all[first] + " at " + index(t, first) + (count > 1 ? " and " + (count - 1) + " more" : "");
    }
  }

  private static String index(Tensor t, long flat) {
    long[] at = new long[t.rank()];
    for (int k = at.length - 1; k >= 0; k--) {
      at[k] = flat % t.dim(k);
      flat /= t.dim(k);
    }
    return java.util.Arrays.toString(at);
  }

  private static String ranges(Tensor[] inputs) {
    var text = new StringBuilder();
    try (var _ = Tape.noGrad()) {
      for (Tensor x : inputs) {
        if (x != null && x.size() > 0 && x.dtype().isFloat()) {
          double[] all = x.toDoubles();
          text.append(text.isEmpty() ? ", in [" : " and [").append(java.util.Arrays.stream(all).min().getAsDouble()).append(", ")
              .append(java.util.Arrays.stream(all).max().getAsDouble()).append(']');
        }
      }
    }
    return text.toString();
  }
}
