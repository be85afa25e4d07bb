package dev.athanor.cuda;

import dev.athanor.backend.BinaryOp;
import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.kernels.Layout;
import dev.athanor.kernels.ParameterBlock;
import dev.athanor.tensor.View;

/** Fills, copies and functions of single elements, over any strides. */
final class Elementwise {
  private final CudaStream stream;
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
    stream.begin("copy_fill_" + Names.bits(out.dtype())).pointer(space.address(0)).int64(out.size()).int64(bits).layout(layout);
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
    ParameterBlock p = stream.begin("unary_" + Names.of(fn.op()) + "_" + Names.of(x.dtype()) + end(runs));
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
    ParameterBlock p = stream.begin("unary_grad_" + Names.of(fn.op()) + "_" + Names.of(dx.dtype()) + end(runs));
    p.pointer(space.address(0)).pointer(space.address(1)).pointer(space.address(2)).int64(dx.size());
    finish(p.scalar(fn.a()).scalar(fn.b()), runs, layout, dx);
  }

  void binary(BinaryOp op, View a, View b, View out) {
    if (out.size() == 0) {
      return;
    }
    Layout layout = space.over(a, b, out);
    boolean runs = space.contiguous();
    String family = op.givesBool() && !op.isLogical() ? "compare_" : "binary_";
    ParameterBlock p = stream.begin(family + Names.of(op) + "_" + Names.of(a.dtype()) + end(runs));
    p.pointer(space.address(0)).pointer(space.address(1)).pointer(space.address(2)).int64(out.size());
    finish(runs ? p.int32(space.singles()) : p, runs, layout, out);
  }

  void select(View condition, View a, View b, View out) {
    if (out.size() == 0) {
      return;
    }
    Layout layout = space.over(condition, a, b, out);
    boolean runs = space.contiguous();
    ParameterBlock p = stream.begin("select_" + Names.of(out.dtype()) + end(runs));
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
    ParameterBlock p = stream.begin("cast_" + Names.of(x.dtype()) + "_" + Names.of(out.dtype()) + end(runs));
    finish(p.pointer(space.address(0)).pointer(space.address(1)).int64(out.size()), runs, layout, out);
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
