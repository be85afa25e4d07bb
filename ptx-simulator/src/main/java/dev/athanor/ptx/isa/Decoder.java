package dev.athanor.ptx.isa;

import dev.athanor.ptx.OpClass;
import dev.athanor.ptx.PtxException;
import dev.athanor.ptx.parse.Ast;
import dev.athanor.ptx.parse.Space;
import dev.athanor.ptx.parse.Type;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns the syntax tree of a kernel into {@link Code}: scopes are flattened, calls inlined, names resolved. What an instruction
 * computes is looked up in {@link Operations}; families with operands of their own kind have a decoder of their own.
 */
public final class Decoder {
  private static final int MAX_DEPTH = 32;

  final Ast.Module module;
  final Registers registers = new Registers();
  private final List<Instruction> code = new ArrayList<>();
  private final Map<String, Integer> sharedOffsets = new HashMap<>();
  private List<Runnable> fixups = new ArrayList<>();
  private final List<String> callStack = new ArrayList<>();
  private int sharedBytes;
  private int dynamicAlignment = 16;
  private int localBytes;
  private List<Control.Branch> returns;
  Scope scope;
  private Ast.Instruction current;

  private Decoder(Ast.Module module) {
    this.module = module;
  }

  /**
   * Decodes a kernel.
   *
   * @param offsets offsets of its parameters in the parameter block, in order
   * @throws PtxException on an unknown instruction or an unsupported feature, with its line
   */
  public static Code decode(Ast.Module module, Ast.Function kernel, int[] offsets) {
    Decoder d = new Decoder(module);
    Scope parameters = new Scope(d.globals());
    for (int i = 0; i < offsets.length; i++) {
      Ast.Variable v = kernel.parameters().get(i).variable();
      parameters.declare(v.name(), new Scope.Placed(Space.PARAM, offsets[i], v));
    }
    d.body(kernel, parameters);
    int dynamic = (d.sharedBytes + d.dynamicAlignment - 1) / d.dynamicAlignment * d.dynamicAlignment;
    d.registers.placeDynamic(dynamic);
    return new Code(d.code.toArray(Instruction[]::new), d.registers.widths(), d.registers.constants, d.registers.specials,
        d.registers.symbols, d.sharedBytes, dynamic, (d.localBytes + 7) & ~7);
  }

  private Scope globals() {
    Scope s = new Scope(null);
    for (Ast.Variable v : module.variables().values()) {
      s.declare(v.name(), v.space() == Space.SHARED ? new Scope.Placed(Space.SHARED, shared(v), v) : new Scope.Module(v));
    }
    return s;
  }

  /** Shared variables lie one after the other; dynamic ones all begin where the static ones end, which is known last. */
  private long shared(Ast.Variable v) {
    if (v.bytes() == 0) {
      dynamicAlignment = Math.max(dynamicAlignment, v.alignment());
      return 0;  // names of dynamic shared memory get their place from Registers.dynamicShared
    }
    sharedBytes = (sharedBytes + v.alignment() - 1) / v.alignment() * v.alignment();
    int at = sharedBytes;
    sharedBytes += (int) v.bytes();
    return at;
  }

  private int local(long bytes, int alignment) {
    int align = Math.max(alignment, 8);
    localBytes = (localBytes + align - 1) / align * align;
    int at = localBytes;
    localBytes += (int) bytes;
    return at;
  }

  /** Decodes a function's statements; {@code parameters} binds its parameters. */
  private void body(Ast.Function f, Scope parameters) {
    if (callStack.contains(f.name()) || callStack.size() == MAX_DEPTH) {
      throw new PtxException(f.line(), "recursive calls are not supported: " + callStack + " -> " + f.name());
    }
    callStack.add(f.name());
    List<Runnable> outerFixups = fixups;
    List<Control.Branch> outerReturns = returns;
    Scope outerScope = scope;
    fixups = new ArrayList<>();
    returns = callStack.size() == 1 ? null : new ArrayList<>();
    scope = new Scope(parameters);
    for (Ast.Statement s : f.body()) {
      statement(s);
    }
    if (returns == null) {
      emit(new Control.Exit(), OpClass.CONTROL, f.line(), "end of " + f.name());
    } else {
      returns.forEach(b -> b.target = code.size());
    }
    fixups.forEach(Runnable::run);
    scope = outerScope;
    fixups = outerFixups;
    returns = outerReturns;
    callStack.removeLast();
  }

  private void statement(Ast.Statement s) {
    switch (s) {
      case Ast.ScopeBegin _ -> scope = new Scope(scope);
      case Ast.ScopeEnd _ -> scope = scope.outer();
      case Ast.Label l -> scope.label(l.name(), code.size());
      case Ast.Targets t -> scope.declare(t.name(), new Scope.Table(t.labels()));
      case Ast.Registers r -> declare(r);
      case Ast.Local l -> declare(l.variable());
      case Ast.Instruction i -> {
        current = i;
        instruction(i);
      }
    }
  }

  private void declare(Ast.Registers r) {
    int width = Registers.width(r.type());
    if (r.count() < 0) {
      scope.declare(r.name(), new Scope.Reg(registers.add(width), r.type()));
      return;
    }
    int first = -1;
    for (int i = 0; i < r.count(); i++) {
      int n = registers.add(width);
      first = i == 0 ? n : first;
    }
    scope.declareRange(r.name(), r.type(), first, r.count());
  }

  private void declare(Ast.Variable v) {
    scope.declare(v.name(), switch (v.space()) {
      case LOCAL, PARAM -> new Scope.Placed(Space.LOCAL, local(v.bytes(), v.alignment()), v);
      case SHARED -> new Scope.Placed(Space.SHARED, sharedOffsets.computeIfAbsent(callStack.getLast() + "/" + v.name(),
          _ -> (int) shared(v)), v);
      case GLOBAL, CONST, GENERIC -> new Scope.Module(v);
    });
  }

  private void instruction(Ast.Instruction i) {
    switch (i.base()) {
      case "bra" -> branch(i);
      case "brx" -> indexedBranch(i);
      case "call" -> call(i);
      case "ret", "exit" -> leave(i);
      case "trap", "brkpt" -> emit(new Control.Stop(), OpClass.CONTROL);
      default -> {
        if (!MemoryDecoder.decode(this, i) && !WarpDecoder.decode(this, i) && !CompareDecoder.decode(this, i)
            && !MoveDecoder.decode(this, i) && !MatrixOps.decode(this, i) && !AsyncCopy.decode(this, i)) {
          arithmetic(i);
        }
      }
    }
  }

  private void arithmetic(Ast.Instruction i) {
    Form f = Operations.find(String.join(".", i.opcode()));
    if (f == null) {
      throw unknown();
    }
    int[] w = switch (f) {
      case Form.All32 a -> IntegerOps.widths(4, a.arity());
      case Form.All64 a -> IntegerOps.widths(8, a.arity());
      case Form.Widen a -> a.arity() == 1 ? new int[] {8, 4} : a.arity() == 2 ? new int[] {8, 4, 4} : new int[] {8, 4, 4, 8};
      case Form.Narrow _ -> new int[] {4, 8};
      case Form.Shift _ -> new int[] {8, 8, 4};
      case Form.Divide32 _ -> new int[] {4, 4, 4};
      case Form.Divide64 _ -> new int[] {8, 8, 8};
      case Form.ByLane a -> a.widths();
    };
    operands(i, w.length);
    Type type = Type.of(i.opcode().getLast());
    int d = target(i.operands().getFirst(), w[0]);
    int[] r = new int[w.length - 1];
    for (int k = 0; k < r.length; k++) {
      r[k] = source(i.operands().get(k + 1), w[k + 1], type);
    }
    emit(form(f, d, r), f.counted());
  }

  /** The instruction that applies a form to registers. */
  Instruction form(Form f, int d, int[] r) {
    return switch (f) {
      case Form.All32 a -> new Alu.I32(d, r, a.loop());
      case Form.All64 a -> new Alu.I64(d, r, a.loop());
      case Form.Widen a -> new Alu.Widening(d, r.length == 3 ? r : new int[] {r[0], r[r.length - 1], registers.constant(0, 8)},
          a.loop());
      case Form.Narrow a -> new Alu.Narrowing(d, r, a.loop());
      case Form.Shift a -> new Alu.Shifting(d, r, a.loop());
      case Form.Divide32 a -> new Alu.Division32(d, r, a.mask(), a.loop());
      case Form.Divide64 a -> new Alu.Division64(d, r, a.loop());
      case Form.ByLane a -> new Alu.ByLane(d, r, a.lane());
    };
  }

  private void branch(Ast.Instruction i) {
    operands(i, 1);
    String label = ((Ast.Name) i.operands().getFirst()).name();
    Control.Branch b = new Control.Branch();
    emit(b, OpClass.CONTROL);
    Scope from = scope;
    fixups.add(() -> b.target = target(from, label, i.line()));
  }

  private static int target(Scope from, String label, int line) {
    int t = from.target(label);
    if (t < 0) {
      throw new PtxException(line, "there is no label '" + label + "'");
    }
    return t;
  }

  private void indexedBranch(Ast.Instruction i) {
    operands(i, 2);
    if (!(scope.find(((Ast.Name) i.operands().get(1)).name()) instanceof Scope.Table t)) {
      throw new PtxException(i.line(), "brx.idx needs a .branchtargets list declared before it");
    }
    var b = new Control.IndexedBranch(source(i.operands().getFirst(), 4, Type.U32), t.labels().size());
    emit(b, OpClass.CONTROL);
    Scope from = scope;
    fixups.add(() -> {
      for (int k = 0; k < b.targets.length; k++) {
        b.targets[k] = target(from, t.labels().get(k), i.line());
      }
    });
  }

  /** A {@code ret} of an inlined function goes to its end. */
  private void leave(Ast.Instruction i) {
    if (returns == null || i.base().equals("exit")) {
      emit(new Control.Exit(), OpClass.CONTROL);
    } else {
      Control.Branch b = new Control.Branch();
      returns.add(b);
      emit(b, OpClass.CONTROL);
    }
  }

  /** Inlines the callee; its parameters are names for the caller's {@code .param} variables, so nothing is copied. */
  private void call(Ast.Instruction i) {
    List<Ast.Operand> o = i.operands();
    int at = o.getFirst() instanceof Ast.Group ? 1 : 0;
    List<Ast.Operand> results = at == 1 ? ((Ast.Group) o.getFirst()).elements() : List.of();
    String name = ((Ast.Name) o.get(at)).name();
    List<Ast.Operand> arguments = o.size() > at + 1 && o.get(at + 1) instanceof Ast.Group g ? g.elements() : List.of();
    Ast.Function f = module.functions().get(name);
    if (name.equals("__assertfail")) {
      emit(new Control.Stop(), OpClass.CONTROL);
      return;
    }
    if (f == null) {
      throw new PtxException(i.line(), "call of '" + name + "', which has no body in this module");
    }
    if (f.results().size() != results.size() || f.parameters().size() != arguments.size()) {
      throw new PtxException(i.line(), "call of '" + name + "' with " + arguments.size() + " arguments and " + results.size()
          + " results; it has " + f.parameters().size() + " and " + f.results().size());
    }
    Control.Branch skip = null;
    if (i.guard() != null) {
      skip = new Control.Branch();
      emit(skip, OpClass.CONTROL);
      skip.guardFlip = ~skip.guardFlip;
    }
    Scope formals = new Scope(root());
    for (int k = 0; k < f.parameters().size(); k++) {
      bind(formals, f.parameters().get(k), arguments.get(k), true);
    }
    for (int k = 0; k < f.results().size(); k++) {
      bind(formals, f.results().get(k), results.get(k), false);
    }
    body(f, formals);
    current = i;
    for (int k = 0; k < f.results().size(); k++) {
      if (f.results().get(k).register()) {
        copy(registers.target(scope, results.get(k), Registers.width(f.results().get(k).variable().type()), i.line()),
            registers.register(formals, f.results().get(k).variable().name(), i.line()).number());
      }
    }
    if (skip != null) {
      skip.target = code.size();
    }
  }

  private Scope root() {
    Scope s = scope;
    while (s.outer() != null) {
      s = s.outer();
    }
    return s;
  }

  private void bind(Scope formals, Ast.Formal formal, Ast.Operand actual, boolean in) {
    Ast.Variable v = formal.variable();
    if (!formal.register()) {
      if (actual instanceof Ast.Name n && scope.find(n.name()) instanceof Scope.Placed p) {
        formals.declare(v.name(), p);
        return;
      }
      throw new PtxException(current.line(), "argument " + actual + " for " + v.name() + " is not a .param variable");
    }
    int width = Registers.width(v.type());
    int r = registers.add(width);
    formals.declare(v.name(), new Scope.Reg(r, v.type()));
    if (in) {
      copy(r, registers.source(scope, actual, width, v.type(), current.line()));
    }
  }

  private void copy(int d, int a) {
    Instruction move = switch (registers.width(d)) {
      case 0 -> new Compare.Logic(Compare.Combine.NONE, d, a, 0, a, 0);
      case 4 -> form(MoveDecoder.COPY32, d, new int[] {a});
      default -> form(MoveDecoder.COPY64, d, new int[] {a});
    };
    emit(move, OpClass.MOVE, current.line(), current.text());
  }

  // What the decoders of families use.

  /** Appends an instruction for the statement being decoded, with its guard. */
  void emit(Instruction in, OpClass counted) {
    if (current.guard() != null) {
      in.guard = predicate(new Ast.Name(current.guard()));
      in.guardFlip = current.negated() ? -1 : 0;
    }
    emit(in, counted, current.line(), current.text());
  }

  private void emit(Instruction in, OpClass counted, int line, String text) {
    in.describe(line, text, counted);
    code.add(in);
  }

  int source(Ast.Operand o, int width, Type type) {
    return registers.source(scope, o, width, type, current.line());
  }

  int target(Ast.Operand o, int width) {
    return registers.target(scope, o, width, current.line());
  }

  /** A predicate operand: its register. */
  int predicate(Ast.Operand o) {
    return switch (o) {
      case Ast.Not n -> registers.register(scope, n.name(), current.line()).number();
      case Ast.Int v -> registers.predicate(v.value() != 0);
      default -> source(o, 0, Type.PRED);
    };
  }

  /** All ones if a predicate operand is negated. */
  static int flip(Ast.Operand o) {
    return o instanceof Ast.Not ? -1 : 0;
  }

  /** Checks the number of operands. */
  void operands(Ast.Instruction i, int n) {
    if (i.operands().size() != n) {
      throw new PtxException(i.line(), i.text() + " has " + i.operands().size() + " operands, " + n + " were expected");
    }
  }

  PtxException unknown() {
    return new PtxException(current.line(), "unknown instruction " + String.join(".", current.opcode()) + ": " + current.text());
  }
}
