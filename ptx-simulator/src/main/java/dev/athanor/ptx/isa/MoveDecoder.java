package dev.athanor.ptx.isa;

import dev.athanor.ptx.OpClass;
import dev.athanor.ptx.machine.DeviceMemory;
import dev.athanor.ptx.parse.Ast;
import dev.athanor.ptx.parse.Space;
import dev.athanor.ptx.parse.Type;
import java.util.List;
import java.util.Set;

/** Decodes moves, conversions, address conversions and the arithmetic with operands of a kind of its own. */
final class MoveDecoder {
  static final Form COPY32 = new Form.All32(OpClass.MOVE, 1, (d, a, b, c) -> System.arraycopy(a, 0, d, 0, 32));
  static final Form COPY64 = new Form.All64(OpClass.MOVE, 1, (d, a, b, c) -> System.arraycopy(a, 0, d, 0, 32));
  private static final Set<String> CLOCKS = Set.of("%clock", "%clock_hi", "%clock64", "%globaltimer", "%globaltimer_lo");

  private MoveDecoder() {}

  static boolean decode(Decoder d, Ast.Instruction i) {
    switch (i.base()) {
      case "mov" -> move(d, i);
      case "cvt" -> convert(d, i);
      case "cvta" -> convertAddress(d, i);
      case "lop3" -> {
        d.operands(i, 5);
        if (!i.opcode().getLast().equals("b32") || !(i.operands().get(4) instanceof Ast.Int table)) {
          return false;
        }
        d.emit(new Alu.Lop3(d.target(i.operands().getFirst(), 4), sources(d, i, 1, 3, 4, Type.B32), (int) table.value()),
            OpClass.INTEGER);
      }
      case "bfi" -> {
        d.operands(i, 5);
        int width = i.has("b64") ? 8 : 4;
        int[] field = sources(d, i, 1, 2, width, Type.B64);
        int[] place = sources(d, i, 3, 2, 4, Type.U32);
        d.emit(new Move.Insert(8 * width, new int[] {d.target(i.operands().getFirst(), width), field[0], field[1], place[0],
            place[1]}),
            OpClass.INTEGER);
      }
      case "add", "addc", "sub", "subc", "mad", "madc" -> {
        return carry(d, i);
      }
      case "prefetch", "prefetchu", "applypriority", "discard", "nanosleep", "pmevent", "createpolicy" ->
          d.emit(new Move.Nothing(), OpClass.CONTROL);
      case "membar", "fence" -> d.emit(i.has("cta") ? new Move.Nothing() : new Move.Fence(), OpClass.SYNCHRONIZATION);
      default -> {
        return false;
      }
    }
    return true;
  }

  private static void move(Decoder d, Ast.Instruction i) {
    d.operands(i, 2);
    Type type = i.opcode().size() == 2 ? Type.of(i.opcode().get(1)) : null;
    if (type == null) {
      throw d.unknown();
    }
    Ast.Operand to = i.operands().getFirst();
    Ast.Operand from = i.operands().get(1);
    int width = Registers.width(type);
    if (to instanceof Ast.Vector v) {
      int part = 8 * type.bytes() / v.elements().size();
      int[] parts = v.elements().stream().mapToInt(e -> d.target(e, part == 64 ? 8 : 4)).toArray();
      d.emit(new Move.Unpack(parts, d.source(from, width, type), part), OpClass.MOVE);
    } else if (from instanceof Ast.Vector v) {
      int part = 8 * type.bytes() / v.elements().size();
      int[] parts = v.elements().stream().mapToInt(e -> d.source(e, part == 64 ? 8 : 4, Type.B32)).toArray();
      d.emit(new Move.Pack(d.target(to, width), parts, part), OpClass.MOVE);
    } else if (from instanceof Ast.Name n && CLOCKS.contains(n.name())) {
      d.emit(new Move.Clock(d.target(to, width)), OpClass.MOVE);
    } else if (type == Type.PRED) {
      int p = d.predicate(from);
      d.emit(new Compare.Logic(Compare.Combine.NONE, d.target(to, 0), p, Decoder.flip(from), p, 0), OpClass.MOVE);
    } else if (width == 8 && from instanceof Ast.Name n && Special.of(n.name()) != null) {
      Form f = ConvertOps.find(List.of("cvt", "u64", "u32"), true, false);
      d.emit(d.form(f, d.target(to, 8), new int[] {d.source(from, 4, Type.U32)}), OpClass.MOVE);
    } else {
      d.emit(d.form(width == 8 ? COPY64 : COPY32, d.target(to, width), new int[] {d.source(from, width, type)}), OpClass.MOVE);
    }
  }

  private static void convert(Decoder d, Ast.Instruction i) {
    if (i.has("pack")) {
      pack(d, i);
      return;
    }
    int n = i.operands().size();
    int to = d.registers.widthOf(d.scope, i.operands().getFirst(), 4);
    Type source = Type.of(i.opcode().getLast());
    int from = n < 2 || source == null ? 4 : d.registers.widthOf(d.scope, i.operands().get(1), Registers.width(source));
    Form f = ConvertOps.find(i.opcode(), to == 8, from == 8);
    if (f == null) {
      throw d.unknown();
    }
    int sources = f instanceof Form.ByLane b ? b.arity() : 1;
    d.operands(i, sources + 1);
    d.emit(d.form(f, d.target(i.operands().getFirst(), to), sources(d, i, 1, sources, from, source)), OpClass.CONVERT);
  }

  private static void pack(Decoder d, Ast.Instruction i) {
    List<String> o = i.opcode();
    boolean third = o.size() == 6;
    if (o.size() < 5 || !o.get(2).equals("sat")) {
      throw d.unknown();
    }
    d.operands(i, third ? 4 : 3);
    Form f = ConvertOps.pack(Type.of(o.get(3)), Type.of(o.get(4)), third);
    d.emit(d.form(f, d.target(i.operands().getFirst(), 4), sources(d, i, 1, third ? 3 : 2, 4, Type.S32)), OpClass.CONVERT);
  }

  /** Generic addresses of global and constant memory are the addresses themselves; the other spaces have a window each. */
  private static void convertAddress(Decoder d, Ast.Instruction i) {
    d.operands(i, 2);
    boolean toSpace = i.has("to");
    Space space = i.opcode().stream().map(Space::of).filter(java.util.Objects::nonNull).findFirst().orElse(null);
    if (space == null || !i.opcode().getLast().equals("u64")) {
      throw d.unknown();
    }
    Ast.Operand from = i.operands().get(1);
    int a = d.source(from, 8, Type.U64);
    boolean already = from instanceof Ast.Name n && d.scope.find(n.name()) instanceof Scope.Placed p && p.functionParameter();
    long window = already ? 0 : switch (space) {
      case SHARED -> DeviceMemory.SHARED_WINDOW;
      case LOCAL -> DeviceMemory.LOCAL_WINDOW;
      case PARAM -> DeviceMemory.PARAM_WINDOW;
      case GLOBAL, CONST, GENERIC -> 0;
    };
    int to = d.target(i.operands().getFirst(), 8);
    if (window == 0) {
      d.emit(d.form(COPY64, to, new int[] {a}), OpClass.MOVE);
    } else {
      Form f = Operations.find(toSpace ? "sub.s64" : "add.s64");
      d.emit(d.form(f, to, new int[] {a, d.registers.constant(window, 8)}), OpClass.MOVE);
    }
  }

  /** Additions and the like that take part in a carry chain; false for the plain ones. */
  private static boolean carry(Decoder d, Ast.Instruction i) {
    boolean writes = i.has("cc");
    boolean reads = i.base().endsWith("c");
    if (!writes && !reads) {
      return false;
    }
    Type type = Type.of(i.opcode().getLast());
    if (type == null || type.bytes() < 4 || type.kind() == Type.Kind.FLOAT) {
      return false;
    }
    boolean mad = i.base().startsWith("mad");
    CarryOp.Kind kind = mad ? i.has("hi") ? CarryOp.Kind.MAD_HI : CarryOp.Kind.MAD_LO
        : i.base().startsWith("add") ? CarryOp.Kind.ADD : CarryOp.Kind.SUB;
    int n = mad ? 3 : 2;
    d.operands(i, n + 1);
    int width = Registers.width(type);
    d.emit(new CarryOp(kind, type.kind() == Type.Kind.SIGNED, type.wide(), reads, writes, d.target(i.operands().getFirst(),
        width),
        sources(d, i, 1, n, width, type)), OpClass.INTEGER);
    return true;
  }

  private static int[] sources(Decoder d, Ast.Instruction i, int first, int n, int width, Type type) {
    int[] r = new int[n];
    for (int k = 0; k < n; k++) {
      r[k] = d.source(i.operands().get(first + k), width, type);
    }
    return r;
  }
}
