package dev.athanor.cuda;

import dev.athanor.backend.BinaryOp;
import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.kernels.Layout;
import dev.athanor.kernels.ParameterBlock;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.View;

/** Fills, copies and functions of single elements, over any strides. */
final class Elementwise {
  private static final int SELECT = 0;
  private static final int CAST = 1;
  private static final int FILL = 2;

  private final CudaStream stream;
  private final EntryNames unary = new EntryNames(UnaryOp.values().length);
  private final EntryNames grad = new EntryNames(UnaryOp.values().length);
  private final EntryNames binary = new EntryNames(BinaryOp.values().length);
  private final EntryNames other = new EntryNames(FILL + 1);
  private final Moves moves;
  private final Space space = new Space();

  Elementwise(CudaStream stream) {
    this.stream = stream;
    this.moves = new Moves(stream);
  }

  void fill(View out, long bits) {
    if (out.size() == 0) {
      return;
    }
    Layout layout = space.over(out);
    stream.begin(fillName(out.dtype())).pointer(space.address(0)).int64(out.size()).int64(bits).layout(layout);
    stream.launch(out.size());
  }

  void copy(View x, View out) {
    if (out.size() == 0) {
      return;
    }
    Layout layout = space.over(x, out);
    moves.copy(layout, space.address(0), space.address(1), out.dtype().bytes());
  }

  void unary(Unary fn, View x, View out) {
    if (out.size() == 0) {
      return;
    }
    Layout layout = space.over(x, out);
    boolean runs = space.runs();
    ParameterBlock p = stream.begin(unaryName(fn.op(), x.dtype(), runs));
    p.pointer(space.address(0)).pointer(space.address(1)).int64(out.size()).scalar(fn.a()).scalar(fn.b());
    finish(p, runs, layout, out);
  }

  void unaryGrad(Unary fn, View x, View y, View dy, View dx) {
    if (dx.size() == 0) {
      return;
    }
    View saved = switch (fn.op().saves()) {
      case INPUT -> x;
      case OUTPUT -> y;
      case NOTHING, NONE, NEVER -> dy;
    };
    if (fn.op().saves() == UnaryOp.Saves.NONE) {
      fill(dx, 0);
      return;
    }
    Layout layout = space.over(saved, dy, dx);
    boolean runs = space.runs();
    ParameterBlock p = stream.begin(gradName(fn.op(), dx.dtype(), runs));
    p.pointer(space.address(0)).pointer(space.address(1)).pointer(space.address(2)).int64(dx.size());
    finish(p.scalar(fn.a()).scalar(fn.b()), runs, layout, dx);
  }

  void binary(BinaryOp op, View a, View b, View out) {
    if (out.size() == 0) {
      return;
    }
    Layout layout = space.over(a, b, out);
    boolean runs = space.contiguous();
    ParameterBlock p = stream.begin(binaryName(op, a.dtype(), runs));
    p.pointer(space.address(0)).pointer(space.address(1)).pointer(space.address(2)).int64(out.size());
    finish(runs ? p.int32(space.singles()) : p, runs, layout, out);
  }

  void select(View condition, View a, View b, View out) {
    if (out.size() == 0) {
      return;
    }
    Layout layout = space.over(condition, a, b, out);
    boolean runs = space.contiguous();
    ParameterBlock p = stream.begin(selectName(out.dtype(), runs));
    p.pointer(space.address(0)).pointer(space.address(1)).pointer(space.address(2)).pointer(space.address(3)).int64(out.size());
    finish(runs ? p.int32(space.singles()) : p, runs, layout, out);
  }

  void cast(View x, View out) {
    if (x.dtype() == out.dtype()) {
      copy(x, out);
      return;
    }
    if (out.size() == 0) {
      return;
    }
    Layout layout = space.over(x, out);
    boolean runs = space.runs();
    ParameterBlock p = stream.begin(castName(x.dtype(), out.dtype(), runs));
    finish(p.pointer(space.address(0)).pointer(space.address(1)).int64(out.size()), runs, layout, out);
  }

  private String unaryName(UnaryOp op, DType type, boolean runs) {
    int at = EntryNames.at(op.ordinal(), type, type, runs);
    String name = unary.get(at);
    return name != null ? name : unary.put(at, "unary_" + Names.of(op) + "_" + Names.of(type) + end(runs));
  }

  private String gradName(UnaryOp op, DType type, boolean runs) {
    int at = EntryNames.at(op.ordinal(), type, type, runs);
    String name = grad.get(at);
    return name != null ? name : grad.put(at, "unary_grad_" + Names.of(op) + "_" + Names.of(type) + end(runs));
  }

  private String binaryName(BinaryOp op, DType type, boolean runs) {
    int at = EntryNames.at(op.ordinal(), type, type, runs);
    String name = binary.get(at);
    return name != null ? name : binary.put(at, (op.givesBool() && !op.isLogical() ? "compare_" : "binary_") + Names.of(op) + "_"
        + Names.of(type) + end(runs));
  }

  private String selectName(DType type, boolean runs) {
    int at = EntryNames.at(SELECT, type, type, runs);
    String name = other.get(at);
    return name != null ? name : other.put(at, "select_" + Names.of(type) + end(runs));
  }

  private String castName(DType from, DType to, boolean runs) {
    int at = EntryNames.at(CAST, from, to, runs);
    String name = other.get(at);
    return name != null ? name : other.put(at, "cast_" + Names.of(from) + "_" + Names.of(to) + end(runs));
  }

  private String fillName(DType type) {
    int at = EntryNames.at(FILL, type, type, true);
    String name = other.get(at);
    return name != null ? name : other.put(at, "copy_fill_" + Names.bits(type));
  }

  private static String end(boolean runs) {
    return runs ? "" : "_strided";
  }

  private void finish(ParameterBlock p, boolean runs, Layout layout, View out) {
    if (!runs) {
      p.layout(layout);
    }
    stream.launch(out.size());
  }
}
