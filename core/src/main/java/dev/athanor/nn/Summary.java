package dev.athanor.nn;

import dev.athanor.autograd.Tape;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * What a model does to one example: each layer's output, parameters and multiply-adds. {@link #toString} is a table.
 *
 * @param input the shape of one example
 * @param rows one for each layer, outer ones first
 */
public record Summary(Shape input, List<Row> rows) {

  /**
   * One layer.
   *
   * @param name its dotted name; empty for the model itself
   * @param type its class
   * @param output the shape of its (last) output for one example, without the batch axis; null if it did not run by itself
   * @param parameters its own learned numbers, without its children's
   * @param multiplyAdds the products added up by its own weighted sums (linear layers, convolutions), in all its runs
   */
  public record Row(String name, String type, Shape output, long parameters, long multiplyAdds) {}

  /** Copies the rows. */
  public Summary {
    rows = List.copyOf(rows);
  }

  /** The learned numbers of the whole model. */
  public long parameters() {
    return rows.stream().mapToLong(Row::parameters).sum();
  }

  /** The multiply-adds of one example through the whole model. */
  public long multiplyAdds() {
    return rows.stream().mapToLong(Row::multiplyAdds).sum();
  }

  static Summary of(Layer model, DType type, Shape example) {
    Checks.require(model.device() != null, "summary", "the model is not initialized: call model.initialize(device, seed) first");
    Map<String, Layer> layers = model.layers();
    var outputs = new IdentityHashMap<Layer, Shape>();
    var products = new IdentityHashMap<Layer, Long>();
    var modes = new LinkedHashMap<Layer, Boolean>();
    layers.values().forEach(l -> modes.put(l, l.isTraining()));
    BiConsumer<Layer, Tensor> before = model.observer();
    try (var _ = Tape.noGrad(); Scope _ = model.device().scope()) {
      model.training(false);
      model.observe((layer, y) -> {
        Shape one = y.rank() == 0 ? y.shape() : y.shape().without(0);
        outputs.put(layer, one);
        products.merge(layer, layer.multiplyAdds(y.shape()), Long::sum);
      });
      model.apply(model.device().zeros(type, Shape.of(1).concat(example)));
    } finally {
      modes.forEach(Layer::trainingHere);
      model.observe(before);
    }
    List<Row> rows = new ArrayList<>();
    layers.forEach((name, l) -> rows.add(new Row(name, l.getClass().getSimpleName(), outputs.get(l), l.ownParameterCount(),
        products.getOrDefault(l, 0L))));
    return new Summary(example, rows);
  }

  /** A table: layer, output, parameters, multiply-adds; then the sums. */
  @Override
  public String toString() {
    List<String[]> cells = new ArrayList<>();
    cells.add(new String[] {"layer", "output", "parameters", "multiply-adds"});
    for (Row r : rows) {
      int depth = r.name.isEmpty() ? 0 : r.name.split("\\.").length;
      String own = r.name.substring(r.name.lastIndexOf('.') + 1);
      cells.add(new String[] {"  ".repeat(depth) + (own.isEmpty() ? "" : own + ": ") + r.type,
          r.output == null ? "" : r.output.toString(), number(r.parameters), number(r.multiplyAdds)});
    }
    cells.add(new String[] {"in all, input " + input, "", String.format(Locale.ROOT, "%,d", parameters()),
        String.format(Locale.ROOT, "%,d", multiplyAdds())});
    int[] width = new int[4];
    for (String[] row : cells) {
      for (int i = 0; i < 4; i++) {
        width[i] = Math.max(width[i], row[i].length());
      }
    }
    var text = new StringBuilder();
    for (String[] row : cells) {
      text.append(String.format(Locale.ROOT, "%-" + width[0] + "s  %-" + width[1] + "s  %" + width[2] + "s  %" + width[3] + "s",
          row[0], row[1], row[2], row[3]).stripTrailing()).append('\n');
    }
    return text.toString();
  }

  private static String number(long n) {
    return n == 0 ? "" : String.format(Locale.ROOT, "%,d", n);
  }
}
