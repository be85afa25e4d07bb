package dev.athanor.autograd;

import dev.athanor.autograd.GraphTrace.Kind;
import dev.athanor.autograd.GraphTrace.Vertex;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Draws a directed acyclic graph in layers: each vertex right of its inputs, long edges led through every layer they cross, and
 * the order within a layer chosen by sweeps that put each vertex at the mean of its neighbours. Source: K. Sugiyama et al.,
 * Methods for visual understanding of hierarchical system structures (1981).
 */
final class GraphDrawing {
  private static final int SWEEPS = 12;
  private static final double CHARACTER = 7.3;
  private static final double LINE = 16;
  private static final double BOX_GAP = 22;
  private static final double LAYER_GAP = 56;
  private static final double MARGIN = 16;

  /** A vertex, or a bend of an edge where it crosses a layer. */
  private static final class Place {
    final Vertex vertex;
    final int layer;
    final List<Place> left = new ArrayList<>();
    final List<Place> right = new ArrayList<>();
    double width;
    double height;
    double x;
    double y;

    Place(Vertex vertex, int layer) {
      this.vertex = vertex;
      this.layer = layer;
    }
  }

  private final List<List<Place>> layers = new ArrayList<>();
  /** The places an edge goes through, from its input. */
  private final List<List<Place>> edges = new ArrayList<>();

  GraphDrawing(List<Vertex> vertices) {
    int[] depth = depths(vertices);
    for (int i = 0; i < java.util.Arrays.stream(depth).max().orElse(-1) + 1; i++) {
      layers.add(new ArrayList<>());
    }
    var places = new HashMap<Vertex, Place>();
    for (Vertex v : vertices) {
      var p = new Place(v, depth[v.id]);
      List<String> lines = lines(v);
      p.width = 16 + CHARACTER * lines.stream().mapToInt(String::length).max().orElse(1);
      p.height = 10 + LINE * lines.size();
      layers.get(p.layer).add(p);
      places.put(v, p);
    }
    for (Vertex v : vertices) {
      for (Vertex in : v.inputs) {
        connect(places.get(in), places.get(v));
      }
    }
    order();
    position();
  }

  /** Right of all inputs; what has none stands next to the first that needs it. */
  private static int[] depths(List<Vertex> vertices) {
    int[] depth = new int[vertices.size()];
    for (Vertex v : vertices) {
      v.inputs.forEach(in -> depth[v.id] = Math.max(depth[v.id], depth[in.id] + 1));
    }
    int[] first = new int[vertices.size()];
    java.util.Arrays.fill(first, Integer.MAX_VALUE);
    for (Vertex v : vertices) {
      v.inputs.forEach(in -> first[in.id] = Math.min(first[in.id], depth[v.id]));
    }
    for (Vertex v : vertices) {
      if (v.inputs.isEmpty() && first[v.id] != Integer.MAX_VALUE) {
        depth[v.id] = first[v.id] - 1;
      }
    }
    return depth;
  }

  private void connect(Place from, Place to) {
    var path = new ArrayList<Place>(List.of(from));
    for (int layer = from.layer + 1; layer < to.layer; layer++) {
      var bend = new Place(null, layer);
      bend.height = 2;
      layers.get(layer).add(bend);
      path.add(bend);
    }
    path.add(to);
    for (int i = 1; i < path.size(); i++) {
      path.get(i - 1).right.add(path.get(i));
      path.get(i).left.add(path.get(i - 1));
    }
    edges.add(path);
  }

  private void order() {
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
      boolean forward = sweep % 2 == 0;
      for (int i = 0; i < layers.size(); i++) {
        List<Place> layer = layers.get(forward ? i : layers.size() - 1 - i);
        Map<Place, Double> wish = new HashMap<>();
        for (Place p : layer) {
          List<Place> neighbours = forward ? p.left : p.right;
          wish.put(p, neighbours.stream().mapToDouble(n -> (index(n) + 0.5) / layers.get(n.layer).size()).average()
              .orElse((layer.indexOf(p) + 0.5) / layer.size()));
        }
        layer.sort(Comparator.comparing(wish::get));
      }
    }
  }

  private int index(Place p) {
    return layers.get(p.layer).indexOf(p);
  }

  private void position() {
    double x = MARGIN;
    for (List<Place> layer : layers) {
      double width = layer.stream().mapToDouble(p -> p.width).max().orElse(0);
      for (Place p : layer) {
        p.x = x + width / 2;
      }
      x += width + LAYER_GAP;
    }
    for (List<Place> layer : layers) {
      spread(layer, p -> p.left);
    }
    for (int i = layers.size() - 1; i >= 0; i--) {
      spread(layers.get(i), p -> p.right);
    }
    for (List<Place> layer : layers) {
      spread(layer, p -> p.left.isEmpty() ? p.right : p.left);
    }
    double top = layers.stream().flatMap(List::stream).mapToDouble(p -> p.y - p.height / 2).min().orElse(0);
    layers.forEach(layer -> layer.forEach(p -> p.y += MARGIN - top));
  }

  /** Moves the places of a layer to the height of their neighbours, in order and apart, the layer's mean where it wants to be. */
  private static void spread(List<Place> layer, java.util.function.Function<Place, List<Place>> neighbours) {
    double[] wish = new double[layer.size()];
    for (int i = 0; i < wish.length; i++) {
      Place p = layer.get(i);
      wish[i] = neighbours.apply(p).stream().mapToDouble(n -> n.y).average().orElse(p.y);
    }
    double bottom = Double.NEGATIVE_INFINITY;
    double shift = 0;
    for (int i = 0; i < wish.length; i++) {
      Place p = layer.get(i);
      p.y = Math.max(wish[i], bottom + p.height / 2);
      bottom = p.y + p.height / 2 + BOX_GAP;
      shift += wish[i] - p.y;
    }
    for (Place p : layer) {
      p.y += shift / layer.size();
    }
  }

  private static List<String> lines(Vertex v) {
    var lines = new ArrayList<String>();
    if (!v.label.isEmpty()) {
      lines.add(v.label);
    }
    lines.add(v.value);
    if (v.gradient != null) {
      lines.add(v.gradient);
    }
    return lines;
  }

  // ---- output

  String svg() {
    List<Place> all = layers.stream().flatMap(List::stream).toList();
    double width = all.stream().mapToDouble(p -> p.x + p.width / 2).max().orElse(0) + MARGIN;
    double height = all.stream().mapToDouble(p -> p.y + p.height / 2).max().orElse(0) + MARGIN;
    var out = new StringBuilder();
    out.append(format("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" "
        + "font-family=\"DejaVu Sans Mono, monospace\" font-size=\"12\" text-anchor=\"middle\">%n", width, height, width,
            height));
    out.append("<defs><marker id=\"arrow\" markerWidth=\"9\" markerHeight=\"7\" refX=\"8\" refY=\"3.5\" orient=\"auto\">"
        + "<path d=\"M0,0 L9,3.5 L0,7 z\" fill=\"#555\"/></marker></defs>\n");
    out.append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
    edges.forEach(path -> edge(path, out));
    for (Place p : all) {
      if (p.vertex != null) {
        box(p, out);
      }
    }
    return out.append("</svg>\n").toString();
  }

  private static void edge(List<Place> path, StringBuilder out) {
    Place from = path.getFirst();
    double x = from.x + from.width / 2;
    double y = from.y;
    out.append(format("<path d=\"M%.1f,%.1f", x, y));
    for (int i = 1; i < path.size(); i++) {
      Place p = path.get(i);
      double toX = i + 1 < path.size() ? p.x : p.x - p.width / 2;
      double middle = (x + toX) / 2;
      out.append(format(" C%.1f,%.1f %.1f,%.1f %.1f,%.1f", middle, y, middle, p.y, toX, p.y));
      x = toX;
      y = p.y;
    }
    out.append("\" fill=\"none\" stroke=\"#555\" marker-end=\"url(#arrow)\"/>\n");
  }

  private static void box(Place p, StringBuilder out) {
    String fill = switch (p.vertex.kind) {
      case OPERATION -> "#e8eef7";
      case LEAF -> "#fdf3d8";
      case CONSTANT -> "#f2f2f2";
    };
    out.append(format("<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"6\" fill=\"%s\" stroke=\"#555\"/>%n",
        p.x - p.width / 2, p.y - p.height / 2, p.width, p.height, fill));
    double y = p.y - p.height / 2 + 5 + 12;
    if (!p.vertex.label.isEmpty()) {
      text(p.x, y, p.vertex.label, "#000", true, out);
      y += LINE;
    }
    text(p.x, y, p.vertex.value, "#1a7f37", false, out);
    if (p.vertex.gradient != null) {
      text(p.x, y + LINE, p.vertex.gradient, "#c62828", false, out);
    }
  }

  private static void text(double x, double y, String text, String colour, boolean bold, StringBuilder out) {
    out.append(format("<text x=\"%.1f\" y=\"%.1f\" fill=\"%s\"%s>%s</text>%n", x, y, colour, bold ? " font-weight=\"bold\"" : "",
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")));
  }

  static String dot(List<Vertex> vertices) {
    var out = new StringBuilder("digraph computation {\n  rankdir=LR;\n")
        .append("  node [shape=box, style=\"rounded,filled\", fontname=\"monospace\"];\n");
    for (Vertex v : vertices) {
      String colour = v.kind == Kind.OPERATION ? "#e8eef7" : v.kind == Kind.LEAF ? "#fdf3d8" : "#f2f2f2";
      String label = String.join("\\n", lines(v).stream().map(s -> s.replace("\\", "\\\\").replace("\"", "\\\"")).toList());
      out.append("  n").append(v.id).append(" [label=\"").append(label)
          .append("\", fillcolor=\"").append(colour).append("\"];\n");
    }
    for (Vertex v : vertices) {
      v.inputs.forEach(in -> out.append("  n").append(in.id).append(" -> n").append(v.id).append(";\n"));
    }
    return out.append("}\n").toString();
  }

  private static String format(String format, Object... values) {
    return String.format(java.util.Locale.ROOT, format.replace("%n", "\n"), values);
  }
}
