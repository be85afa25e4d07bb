package dev.athanor.autograd;

import dev.athanor.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * The recorded graph as a picture, with the values and gradients at its nodes: while it is open, it notes every operation
 * recorded and every gradient computed on this thread.
 *
 * <pre>{@code
 * try (var trace = new GraphTrace()) {
 *   trace.name(x, "x").name(w, "w").name(b, "b");
 *   Tensor y = w.mul(x).add(b).neg().exp().add(1).rdiv(1);
 *   y.backward();
 *   Files.writeString(Path.of("graph.svg"), trace.toSvg());
 * }
 * }</pre>
 *
 * <p>For graphs that fit a screen: it downloads every value. Inputs that are recorded by no operation are drawn as constants.
 */
public final class GraphTrace extends Tape.Listener {
  private static final int SHOWN = 4;

  private final List<Vertex> vertices = new ArrayList<>();
  private final Map<Node, Vertex> byNode = new IdentityHashMap<>();
  private final Map<Tensor, Vertex> constants = new IdentityHashMap<>();
  private final Map<Object, String> names = new IdentityHashMap<>();

  /** Begins to note. */
  public GraphTrace() {}

  /** What a vertex stands for. */
  enum Kind { OPERATION, LEAF, CONSTANT }

  /** A value in the graph. */
  static final class Vertex {
    final int id;
    final Kind kind;
    final String label;
    final String value;
    final List<Vertex> inputs = new ArrayList<>();
    String gradient;

    Vertex(int id, Kind kind, String label, String value) {
      this.id = id;
      this.kind = kind;
      this.label = label;
      this.value = value;
    }
  }

  /** Gives a leaf or a constant the name it is drawn with; call before it is used. Returns this. */
  public GraphTrace name(Tensor t, String name) {
    names.put(t, name);
    if (t.node() != null) {
      names.put(t.node(), name);
    }
    return this;
  }

  @Override
  protected void recorded(Node node, Tensor out, Tensor[] inputs) {
    List<Vertex> from = new ArrayList<>();
    for (Tensor x : inputs) {
      if (x != null) {
        from.add(vertex(x));
      }
    }
    Vertex v = add(Kind.OPERATION, node.op(), show(out));
    v.inputs.addAll(from);
    byNode.put(node, v);
  }

  private Vertex vertex(Tensor x) {
    Node node = x.node();
    Vertex known = node != null ? byNode.get(node) : constants.get(x);
    if (known != null) {
      return known;
    }
    String name = names.getOrDefault(node != null && names.containsKey(node) ? node : x, "");
    Kind kind = node == null ? Kind.CONSTANT : node.isLeaf() ? Kind.LEAF : Kind.OPERATION;
    String label = !name.isEmpty() ? name : kind == Kind.OPERATION ? node.op() : kind == Kind.LEAF ? "leaf" : "";
    Vertex v = add(kind, label, show(x));
    if (node != null) {
      byNode.put(node, v);
    } else if (!name.isEmpty() || x.size() > 1) {
      constants.put(x, v); // a number is drawn wherever it is used
    }
    return v;
  }

  private Vertex add(Kind kind, String label, String value) {
    var v = new Vertex(vertices.size(), kind, label, value);
    vertices.add(v);
    return v;
  }

  @Override
  protected void gradient(Node node, Tensor dy) {
    Vertex v = byNode.get(node);
    if (v != null) {
      v.gradient = show(dy);
    }
  }

  /** A few numbers as such, more by their shape and mean. */
  private static String show(Tensor t) {
    try (var _ = Tape.noGrad()) {
      double[] all = t.toDoubles();
      if (all.length == 1) {
        return number(all[0]);
      }
      if (all.length <= SHOWN && all.length > 0 && t.rank() == 1) {
        return "[" + String.join(", ", java.util.Arrays.stream(all).mapToObj(GraphTrace::number).toList()) + "]";
      }
      return t.shape() + " mean " + number(java.util.Arrays.stream(all).average().orElse(Double.NaN));
    }
  }

  private static String number(double v) {
    String text = String.format(java.util.Locale.ROOT, "%.4g", v + 0.0); // 0, not −0
    if (text.contains(".") && !text.contains("e")) {
      text = text.replaceAll("0+$", "").replaceAll("\\.$", "");
    }
    return text;
  }

  /** The graph so far in the DOT language of Graphviz, inputs on the left. */
  public String toDot() {
    return GraphDrawing.dot(vertices);
  }

  /** The graph so far as an SVG picture, inputs on the left: values in green, gradients in red. */
  public String toSvg() {
    return new GraphDrawing(vertices).svg();
  }
}
