package dev.athanor.ptx.isa;

import dev.athanor.ptx.OpClass;
import dev.athanor.ptx.parse.Ast;
import dev.athanor.ptx.parse.Type;
import java.util.List;
import java.util.Locale;

/** Decodes barriers, shuffles, votes, matches and reductions over a warp. */
final class WarpDecoder {
  private WarpDecoder() {}

  static boolean decode(Decoder d, Ast.Instruction i) {
    List<Ast.Operand> o = i.operands();
    switch (i.base()) {
      case "bar", "barrier" -> barrier(d, i);
      case "shfl" -> {
        if (i.opcode().size() != 4 || !i.has("sync")) {
          throw d.unknown();
        }
        d.operands(i, 5);
        int p = -1;
        Ast.Operand to = o.getFirst();
        if (to instanceof Ast.Pair pair) {
          p = pair.second().equals("_") ? -1 : d.target(new Ast.Name(pair.second()), 0);
          to = new Ast.Name(pair.first());
        }
        var mode = constant(WarpOps.Shuffle.Mode.class, i.opcode().get(2), d);
        together(d, new WarpOps.Shuffle(mode, d.target(to, 4), p, d.source(o.get(1), 4, Type.B32), d.source(o.get(2), 4,
            Type.U32),
            d.source(o.get(3), 4, Type.U32), d.source(o.get(4), 4, Type.U32)));
      }
      case "vote" -> {
        if (!i.has("sync") || i.opcode().size() != 4) {
          throw d.unknown();
        }
        d.operands(i, 3);
        var mode = constant(WarpOps.Vote.Mode.class, i.opcode().get(2), d);
        together(d, new WarpOps.Vote(mode, d.target(o.getFirst(), mode == WarpOps.Vote.Mode.BALLOT ? 4 : 0),
            d.predicate(o.get(1)),
            Decoder.flip(o.get(1)), d.source(o.get(2), 4, Type.U32)));
      }
      case "match" -> {
        d.operands(i, 3);
        Ast.Operand to = o.getFirst();
        int p = -1;
        if (to instanceof Ast.Pair pair) {
          p = d.target(new Ast.Name(pair.second()), 0);
          to = new Ast.Name(pair.first());
        }
        together(d, new WarpOps.Match(i.has("all"), d.target(to, 4), p, d.source(o.get(1), i.has("b64") ? 8 : 4, Type.B32),
            d.source(o.get(2), 4, Type.U32)));
      }
      case "redux" -> {
        d.operands(i, 3);
        if (i.opcode().size() != 4) {
          throw d.unknown();
        }
        var op = constant(WarpOps.Reduce.Op.class, i.opcode().get(2), d);
        together(d, new WarpOps.Reduce(op, i.has("s32"), d.target(o.getFirst(), 4), d.source(o.get(1), 4, Type.S32),
            d.source(o.get(2), 4, Type.U32)));
      }
      case "activemask" -> {
        d.operands(i, 1);
        together(d, new WarpOps.ActiveMask(d.target(o.getFirst(), 4)));
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private static void together(Decoder d, WarpOps op) {
    together(d, op, OpClass.SYNCHRONIZATION);
  }

  /** Emits an instruction in which lanes act together. */
  static void together(Decoder d, WarpOps op, OpClass counted) {
    Control.Together control = new Control.Together(op);
    d.emit(control, counted);
    op.describe(control.line(), control.text(), counted);
  }

  private static <E extends Enum<E>> E constant(Class<E> type, String name, Decoder d) {
    for (E e : type.getEnumConstants()) {
      if (e.name().toLowerCase(Locale.ROOT).equals(name)) {
        return e;
      }
    }
    throw d.unknown();
  }

  private static void barrier(Decoder d, Ast.Instruction i) {
    List<Ast.Operand> o = i.operands();
    if (i.has("warp")) {
      d.operands(i, 1);
      together(d, new WarpOps.Sync(d.source(o.getFirst(), 4, Type.U32)));
      return;
    }
    boolean aligned = i.base().equals("bar") || i.has("aligned");
    if (i.has("red")) {
      Control.Barrier.Kind kind = i.has("popc") ? Control.Barrier.Kind.RED_POPC
          : i.has("and") ? Control.Barrier.Kind.RED_AND : Control.Barrier.Kind.RED_OR;
      boolean counted = o.size() == 4;
      d.operands(i, counted ? 4 : 3);
      Ast.Operand p = o.getLast();
      d.emit(new Control.Barrier(kind, aligned, d.source(o.get(1), 4, Type.U32), counted ? d.source(o.get(2), 4, Type.U32) : -1,
          d.target(o.getFirst(), kind == Control.Barrier.Kind.RED_POPC ? 4 : 0), d.predicate(p), Decoder.flip(p)),
          OpClass.SYNCHRONIZATION);
      return;
    }
    boolean arrive = i.has("arrive");
    if (!arrive && !i.has("sync") || arrive && o.size() != 2) {
      throw d.unknown();
    }
    boolean counted = o.size() == 2;
    d.operands(i, counted ? 2 : 1);
    d.emit(new Control.Barrier(arrive ? Control.Barrier.Kind.ARRIVE : Control.Barrier.Kind.SYNC, aligned,
        d.source(o.getFirst(), 4, Type.U32), counted ? d.source(o.get(1), 4, Type.U32) : -1, -1, -1, 0), OpClass.SYNCHRONIZATION);
  }
}
