package dev.athanor.ptx.isa;

import dev.athanor.ptx.OpClass;
import dev.athanor.ptx.parse.Ast;
import dev.athanor.ptx.parse.Space;
import dev.athanor.ptx.parse.Type;
import java.util.List;

/** Decodes comparisons, selections and logic on predicates. */
final class CompareDecoder {
  private CompareDecoder() {}

  static boolean decode(Decoder d, Ast.Instruction i) {
    List<Ast.Operand> o = i.operands();
    Type type = Type.of(i.opcode().getLast());
    switch (i.base()) {
      case "setp", "set" -> compare(d, i, type);
      case "selp" -> {
        d.operands(i, 4);
        int width = Registers.width(type(d, type));
        int p = d.predicate(o.get(3));
        boolean flipped = Decoder.flip(o.get(3)) != 0;
        int a = d.source(o.get(flipped ? 2 : 1), width, type);
        int b = d.source(o.get(flipped ? 1 : 2), width, type);
        d.emit(new Compare.Select(d.target(o.getFirst(), width), a, b, p), OpClass.MOVE);
      }
      case "slct" -> {
        d.operands(i, 4);
        boolean ftz = i.has("ftz");
        Type value = type(d, Type.of(i.opcode().get(ftz ? 2 : 1)));
        int width = Registers.width(value);
        int a = d.source(o.get(1), width, value);
        int b = d.source(o.get(2), width, value);
        int c = d.source(o.get(3), 4, type);
        d.emit(new Compare.SelectBySign(d.target(o.getFirst(), width), a, b, c, type == Type.F32, ftz), OpClass.MOVE);
      }
      case "testp" -> {
        d.operands(i, 2);
        if (i.opcode().size() != 3 || !Compare.TestP.knows(i.opcode().get(1))) {
          throw d.unknown();
        }
        d.emit(new Compare.TestP(i.opcode().get(1), type(d, type), d.target(o.getFirst(), 0),
            d.source(o.get(1), Registers.width(type), type)), OpClass.COMPARE);
      }
      case "isspacep" -> {
        d.operands(i, 2);
        Space space = Space.of(i.opcode().get(1));
        if (space == null) {
          throw d.unknown();
        }
        d.emit(new Move.IsSpace(space, d.target(o.getFirst(), 0), d.source(o.get(1), 8, Type.U64)), OpClass.COMPARE);
      }
      case "and", "or", "xor", "not" -> {
        if (type != Type.PRED) {
          return false;
        }
        boolean not = i.base().equals("not");
        d.operands(i, not ? 2 : 3);
        Ast.Operand second = o.get(not ? 1 : 2);
        d.emit(new Compare.Logic(combine(i.base()), d.target(o.getFirst(), 0), d.predicate(o.get(1)),
            not ? ~Decoder.flip(o.get(1)) : Decoder.flip(o.get(1)), d.predicate(second), Decoder.flip(second)), OpClass.COMPARE);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private static Type type(Decoder d, Type type) {
    if (type == null) {
      throw d.unknown();
    }
    return type;
  }

  private static Compare.Combine combine(String name) {
    return switch (name) {
      case "and" -> Compare.Combine.AND;
      case "or" -> Compare.Combine.OR;
      case "xor" -> Compare.Combine.XOR;
      default -> Compare.Combine.NONE;
    };
  }

  private static void compare(Decoder d, Ast.Instruction i, Type type) {
    List<Ast.Operand> o = i.operands();
    boolean set = i.base().equals("set");
    Compare.Combine combine = i.opcode().size() > 2 ? combine(i.opcode().get(2)) : Compare.Combine.NONE;
    Tests.Test test = i.opcode().size() < 3 || type == null ? null : Tests.find(i.opcode().get(1), type, i.has("ftz"));
    if (test == null) {
      throw d.unknown();
    }
    d.operands(i, combine == Compare.Combine.NONE ? 3 : 4);
    int width = Registers.width(type);
    int a = d.source(o.get(1), width, type);
    int b = d.source(o.get(2), width, type);
    boolean combined = combine != Compare.Combine.NONE;
    int c = combined ? d.predicate(o.get(3)) : d.registers.predicate(false);
    int flip = combined ? Decoder.flip(o.get(3)) : 0;
    if (set) {
      Type to = type(d, Type.of(i.opcode().get(i.opcode().size() - 2)));
      int whenTrue = to == Type.F32 ? Float.floatToRawIntBits(1) : -1;
      d.emit(new Compare.Set(test, d.target(o.getFirst(), 4), a, b, whenTrue, combine, c, flip), OpClass.COMPARE);
      return;
    }
    int p;
    int q = -1;
    if (o.getFirst() instanceof Ast.Pair pair) {
      p = pair.first().equals("_") ? -1 : d.target(new Ast.Name(pair.first()), 0);
      q = pair.second().equals("_") ? -1 : d.target(new Ast.Name(pair.second()), 0);
    } else {
      p = d.target(o.getFirst(), 0);
    }
    d.emit(new Compare.SetP(test, p, q, a, b, combine, c, flip), OpClass.COMPARE);
  }
}
