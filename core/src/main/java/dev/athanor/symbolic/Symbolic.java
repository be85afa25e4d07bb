package dev.athanor.symbolic;

import dev.athanor.autograd.Autograd;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * Computes with symbols: tensors whose elements are formulas. Every operation, and every gradient rule, works on them as on
 * numbers; only what needs to know a number (a comparison in Java, an index, a random draw) does not.
 *
 * <pre>{@code
 * try (var s = new Symbolic()) {
 *   Tensor x = s.symbol("x");
 *   Tensor y = s.symbol("y");
 *   Tensor f = x.log().add(x.square().mul(y)).sub(x.mul(y).sin());
 *   s.formula(f).toText();           // ln x + x²y − sin xy
 *   s.derivative(f, x).toText();     // 1/x + 2xy − y·cos xy
 * }
 * }</pre>
 *
 * <p>Formulas grow with the computation, and a layer of many units has many: this is for looking at small ones. Tensors are
 * float64 and live until this is closed.
 */
public final class Symbolic implements AutoCloseable {
  private final Device device;
  private final Scope scope;

  /** A world of its own: symbols of one name are the same symbol. */
  public Symbolic() {
    var backend = new SymbolicBackend();
    device = Device.of(backend);
    backend.device = device;
    scope = device.scope();
  }

  /** The device the tensors lie on; its numbers come from {@code full}, {@code zeros} and {@link #tensor}. */
  public Device device() {
    return device;
  }

  /** A symbol, as a leaf without axes. */
  public Tensor symbol(String name) {
    return of(Shape.SCALAR, Expr.symbol(name)).requiresGrad(true);
  }

  /**
   * A leaf of symbols {@code name_1, name_2, …}, or {@code name_11, name_12, …} for two axes; indices above 9 are parted by
   * commas.
   *
   * @param dims at least one
   */
  public Tensor symbols(String name, long... dims) {
    Checks.require(dims.length > 0, "symbols", "give the sizes of the axes, or use symbol(name)");
    Shape shape = Shape.of(dims);
    String comma = Arrays.stream(dims).allMatch(d -> d < 10) ? "" : ",";
    var all = new Expr[Math.toIntExact(shape.size())];
    long[] index = new long[dims.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = Expr.symbol(name + "_" + String.join(comma, Arrays.stream(index).mapToObj(k -> Long.toString(k + 1)).toList()));
      SymbolicBuffer.next(index, shape);
    }
    return of(shape, all).requiresGrad(true);
  }

  /** Numbers, row-major; without sizes, a vector. */
  public Tensor tensor(double[] values, long... dims) {
    Shape shape = dims.length == 0 ? Shape.of(values.length) : Shape.of(dims);
    Checks.require(shape.size() == values.length, "tensor", () -> "the shape " + shape + " has " + shape.size()
        + " elements, the array has " + values.length);
    return of(shape, Arrays.stream(values).mapToObj(Expr::of).toArray(Expr[]::new));
  }

  /** Whole numbers as int64, for indices and classes. */
  public Tensor indices(long... values) {
    Tensor t = device.result("indices", DType.INT64, Shape.of(values.length));
    SymbolicBuffer.write(t.view(), Arrays.stream(values).mapToObj(Expr::of).toArray(Expr[]::new));
    return t;
  }

  private Tensor of(Shape shape, Expr... elements) {
    Tensor t = device.result("symbols", DType.FLOAT64, shape);
    SymbolicBuffer.write(t.view(), elements);
    return t;
  }

  /** The formula of a single element, as it was computed. */
  public Expr formula(Tensor t) {
    Checks.require(t.size() == 1, "formula", () -> "needs a single element, not " + t.shape() + "; use formulas");
    return formulas(t).getFirst();
  }

  /** The formulas of all elements, row-major. */
  public List<Expr> formulas(Tensor t) {
    Checks.require(t.device() == device, "formulas", () -> "the tensor lies on " + t.device() + ", not on this symbolic device");
    return List.of(SymbolicBuffer.read(t.view()));
  }

  /** The derivative of a single element by a symbol, by the toolkit's gradient rules, simplified. The graph stays. */
  public Expr derivative(Tensor f, Tensor x) {
    Checks.require(x.size() == 1, "derivative", () -> "needs a single symbol, not " + x.shape() + "; use gradient");
    return gradient(f, x).getFirst();
  }

  /** The derivatives of a single element by each element of a tensor, row-major, simplified. The graph stays. */
  public List<Expr> gradient(Tensor f, Tensor x) {
    Tensor g = Autograd.grad(List.of(f), List.of(x), null, true, true).getFirst();
    return formulas(g).stream().map(Expr::simplify).toList();
  }

  /** Ends it; the formulas that were taken out remain. */
  @Override
  public void close() {
    scope.close();
    device.close();
  }
}
