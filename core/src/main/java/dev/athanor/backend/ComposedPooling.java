package dev.athanor.backend;

import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;

/** Pooling composed of primitives: one round per element of the kernel, over all windows at once. */
final class ComposedPooling {
  private ComposedPooling() {}

  static void max(Scratch s, View x, Window window, View y, View indices) {
    Backend b = s.backend;
    b.fill(y, y.dtype().bits(Double.NEGATIVE_INFINITY));
    b.fill(indices, indices.dtype().bits(-1L));
    View zero = s.constant(indices.dtype(), 0);
    for (Tap tap : Tap.of(window, x, y)) {
      try (Scratch each = s.nested()) {
        View candidate = tap.in(x);
        View best = tap.out(y);
        View position = tap.out(indices);
        View larger = each.binary(BinaryOp.GT, candidate, best);
        View firstNan = each.binary(BinaryOp.AND, each.unary(UnaryOp.IS_NAN, candidate), each.binary(BinaryOp.EQ, best, best));
        View unset = each.binary(BinaryOp.LT, position, zero); // also a window of -infinities has a winner
        View wins = each.binary(BinaryOp.OR, each.binary(BinaryOp.OR, larger, firstNan), unset);
        each.select(wins, candidate, best, best);
        each.select(wins, each.constant(indices.dtype(), tap.index()), position, position);
      }
    }
    s.binary(BinaryOp.MAX, indices, zero, indices); // windows over padding alone: some index, which the gradient ignores
  }

  static void maxGrad(Scratch s, View dy, View indices, Window window, View dx) {
    s.backend.fill(dx, 0);
    View zero = s.constant(dy.dtype(), 0);
    for (Tap tap : Tap.of(window, dx, dy)) {
      try (Scratch each = s.nested()) {
        View won = each.binary(BinaryOp.EQ, tap.out(indices), each.constant(indices.dtype(), tap.index()));
        View share = each.take(dy.dtype(), won.shape());
        each.select(won, tap.out(dy), zero, share);
        View part = tap.in(dx);
        s.backend.binary(BinaryOp.ADD, part, share, part);
      }
    }
  }

  static void average(Scratch s, View x, Window window, boolean countPadding, View y) {
    s.backend.fill(y, 0);
    for (Tap tap : Tap.of(window, x, y)) {
      View part = tap.out(y);
      s.backend.binary(BinaryOp.ADD, part, tap.in(x), part);
    }
    s.binary(BinaryOp.DIV, y, counts(s, x, window, countPadding, y), y);
  }

  static void averageGrad(Scratch s, View dy, Window window, boolean countPadding, View dx) {
    View share = s.binary(BinaryOp.DIV, dy, counts(s, dx, window, countPadding, dy));
    s.backend.fill(dx, 0);
    for (Tap tap : Tap.of(window, dx, dy)) {
      View part = tap.in(dx);
      s.backend.binary(BinaryOp.ADD, part, tap.out(share), part);
    }
  }

  /** The elements each window counts, broadcast over samples and channels: at least 1, so that a window of padding has mean 0. */
  private static View counts(Scratch s, View x, Window window, boolean countPadding, View y) {
    DType dtype = y.dtype();
    if (countPadding) {
      return s.constant(dtype, window.kernelSize());
    }
    Shape grid = y.shape().with(0, 1).with(1, 1);
    View counts = s.take(dtype, grid);
    s.backend.fill(counts, 0);
    View one = s.constant(dtype, 1);
    for (Tap tap : Tap.of(window, x, y)) {
      View part = tap.out(counts);
      s.binary(BinaryOp.ADD, part, one, part);
    }
    s.binary(BinaryOp.MAX, counts, one, counts);
    return counts;
  }
}
