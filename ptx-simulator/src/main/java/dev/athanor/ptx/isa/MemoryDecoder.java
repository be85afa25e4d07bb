package dev.athanor.ptx.isa;

import dev.athanor.ptx.OpClass;
import dev.athanor.ptx.PtxException;
import dev.athanor.ptx.parse.Ast;
import dev.athanor.ptx.parse.Space;
import dev.athanor.ptx.parse.Type;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Decodes loads, stores and atomics. Hints about caches change nothing here and are dropped. */
final class MemoryDecoder {
  private static final Set<String> STRONG = Set.of("volatile", "relaxed", "acquire", "release", "mmio");
  private static final Set<String> HINTS = Set.of("weak", "nc", "ca", "cg", "cs", "lu", "cv", "wb", "wt", "cta", "cluster", "gpu",
      "sys",
      "L1::evict_normal", "L1::evict_unchanged", "L1::evict_first", "L1::evict_last", "L1::no_allocate",
      "L2::64B", "L2::128B", "L2::256B", "noftz", "acq_rel");

  private MemoryDecoder() {}

  static boolean decode(Decoder d, Ast.Instruction i) {
    switch (i.base()) {
      case "ld", "ldu", "st" -> access(d, i);
      case "atom", "red" -> atomic(d, i);
      default -> {
        return false;
      }
    }
    return true;
  }

  private static void access(Decoder d, Ast.Instruction i) {
    Space space = Space.GENERIC;
    Type type = null;
    int vector = 1;
    boolean strong = false;
    for (String m : i.opcode().subList(1, i.opcode().size())) {
      if (Space.of(m) != null) {
        space = Space.of(m);
      } else if (Type.of(m) != null) {
        type = Type.of(m);
      } else if (m.equals("v2") || m.equals("v4")) {
        vector = m.charAt(1) - '0';
      } else if (STRONG.contains(m)) {
        strong = true;
      } else if (!HINTS.contains(m)) {
        throw d.unknown();
      }
    }
    if (type == null) {
      throw d.unknown();
    }
    d.operands(i, 2);
    boolean load = !i.base().equals("st");
    Ast.Operand value = i.operands().get(load ? 0 : 1);
    List<Ast.Operand> values = value instanceof Ast.Vector v ? v.elements() : List.of(value);
    if (values.size() != vector || type.bytes() * vector > 16) {
      throw new PtxException(i.line(), values.size() + " registers for " + i.text());
    }
    Address a = address(d, i, i.operands().get(load ? 1 : 0), space);
    Type element = type;
    OpClass counted = switch (a.space) {
      case GLOBAL, CONST, GENERIC -> OpClass.GLOBAL_MEMORY;
      case SHARED -> OpClass.SHARED_MEMORY;
      case LOCAL, PARAM -> OpClass.LOCAL_MEMORY;
    };
    int[] r = values.stream().mapToInt(o -> {
      int width = d.registers.widthOf(d.scope, o, Registers.width(element));
      return load ? d.target(o, width) : d.source(o, width, element);
    }).toArray();
    d.emit(load ? new Load(a.space, type, r, a.base, a.offset, strong)
        : new Store(a.space, type.bytes(), r, a.base, a.offset, strong, i.has("release")), counted);
  }

  private static void atomic(Decoder d, Ast.Instruction i) {
    Space space = Space.GENERIC;
    Type type = null;
    Atomic.Op op = null;
    boolean release = false;
    for (String m : i.opcode().subList(1, i.opcode().size())) {
      Atomic.Op named = operation(m);
      if (named != null) {
        op = named;
      } else if (Space.of(m) != null) {
        space = Space.of(m);
      } else if (Type.of(m) != null) {
        type = Type.of(m);
      } else if (m.equals("acq_rel") || m.equals("release")) {
        release = true;
      } else if (!HINTS.contains(m) && !STRONG.contains(m)) {
        throw d.unknown();
      }
    }
    boolean returns = i.base().equals("atom");
    boolean half = type != null && type.kind() == Type.Kind.FLOAT && type.bytes() <= 4 && type != Type.F32;
    boolean size = type != null && (type.bytes() >= 4 || half || op == Atomic.Op.CAS && type == Type.B16);
    boolean floatOp = type == null || type.kind() != Type.Kind.FLOAT || op == Atomic.Op.ADD;
    if (op == null || !size || !floatOp) {
      throw d.unknown();
    }
    int first = returns ? 1 : 0;
    d.operands(i, first + 2 + (op == Atomic.Op.CAS ? 1 : 0));
    int width = Registers.width(type);
    Address a = address(d, i, i.operands().get(first), space);
    int b = d.source(i.operands().get(first + 1), width, type);
    int c = op == Atomic.Op.CAS ? d.source(i.operands().get(first + 2), width, type) : b;
    int to = returns ? d.target(i.operands().getFirst(), width) : -1;
    d.emit(new Atomic(op, a.space, type, to, a.base, a.offset, b, c, release), OpClass.ATOMIC);
  }

  private static Atomic.Op operation(String name) {
    for (Atomic.Op op : Atomic.Op.values()) {
      if (op.name().toLowerCase(Locale.ROOT).equals(name)) {
        return op;
      }
    }
    return null;
  }

  /** An address: a register and an offset in a space. */
  record Address(Space space, int base, long offset) {}

  /** Decodes the address operand of an instruction. */
  static Address address(Decoder d, Ast.Instruction i, Ast.Operand o, Space space) {
    if (!(o instanceof Ast.Address a)) {
      throw new PtxException(i.line(), "an address in brackets was expected: " + i.text());
    }
    if (a.base() == null) {
      return new Address(space, d.registers.constant(0, 8), a.offset());
    }
    return switch (d.scope.find(a.base())) {
      case Scope.Placed p when p.functionParameter() -> new Address(Space.LOCAL, d.registers.place(p, 8), a.offset());
      case Scope.Placed p -> new Address(space == Space.GENERIC ? p.space() : space, d.registers.place(p, 8), a.offset());
      case Scope.Module m -> new Address(m.variable().space() == Space.CONST ? Space.CONST : Space.GLOBAL,
          d.source(new Ast.Name(a.base()), 8, Type.U64), a.offset());
      case Scope.Reg r -> register(d, i, a, space, r);
      case Scope.Table _ -> throw new PtxException(i.line(), "a jump table is not an address: " + a.base());
      case null -> throw new PtxException(i.line(), "'" + a.base() + "' is not declared");
    };
  }

  private static Address register(Decoder d, Ast.Instruction i, Ast.Address a, Space space, Scope.Reg r) {
    int width = d.registers.width(r.number());
    boolean narrowSpace = space == Space.SHARED || space == Space.LOCAL || space == Space.PARAM;
    if (width != 8 && !(width == 4 && narrowSpace)) {
      throw new PtxException(i.line(), a.base() + " cannot hold an address of this space: " + i.text());
    }
    return new Address(space, r.number(), a.offset());
  }
}
