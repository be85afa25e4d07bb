package dev.athanor.ptx.parse;

import dev.athanor.ptx.PtxException;
import dev.athanor.ptx.parse.Ast.Formal;
import dev.athanor.ptx.parse.Ast.Function;
import dev.athanor.ptx.parse.Ast.Operand;
import dev.athanor.ptx.parse.Ast.Statement;
import dev.athanor.ptx.parse.Ast.Variable;
import dev.athanor.ptx.parse.Lexer.Kind;
import dev.athanor.ptx.parse.Lexer.Token;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads PTX text into an {@link Ast.Module}: a recursive descent over the tokens. */
public final class Parser {
  private static final Set<String> LINKAGE = Set.of(".visible", ".extern", ".weak", ".common");

  private final String text;
  private final List<Token> tokens;
  private int at;
  private String version = "";
  private String target = "";
  private final Map<String, Variable> variables = new LinkedHashMap<>();
  private final Map<String, Function> functions = new LinkedHashMap<>();

  private Parser(String text) {
    this.text = text;
    this.tokens = Lexer.tokens(text);
  }

  /**
   * Parses a module.
   *
   * @throws PtxException on a syntax error, with its line
   */
  public static Ast.Module parse(String text) {
    Parser p = new Parser(text);
    p.module();
    return new Ast.Module(p.version, p.target, p.variables, p.functions);
  }

  private void module() {
    while (peek().kind() != Kind.END) {
      Token t = peek();
      while (LINKAGE.contains(peek().text())) {
        at++;
      }
      switch (peek().text()) {
        case ".version" -> {
          at++;
          version = take().text();
        }
        case ".target" -> {
          at++;
          target = take().text();
          while (accept(",")) {
            at++;
          }
        }
        case ".address_size" -> {
          at++;
          if (!take().is("64")) {
            throw new PtxException(t.line(), "only .address_size 64 is supported");
          }
        }
        case ".entry", ".func" -> function();
        case ".global", ".const", ".shared" -> {
          Variable v = variable();
          variables.put(v.name(), v);
        }
        case ".file", ".loc", ".section", ".pragma" -> skipDirective();
        default -> throw new PtxException(t.line(), "'" + peek().text() + "' where a module-level directive was expected");
      }
    }
  }

  /** Debug directives end with their line or, for a section, with its closing brace. */
  private void skipDirective() {
    Token first = take();
    if (first.is(".section")) {
      while (!take().is("}")) {
        needMore();
      }
      return;
    }
    while (peek().line() == first.line() && peek().kind() != Kind.END) {
      at++;
    }
  }

  private void function() {
    Token first = take();
    boolean entry = first.is(".entry");
    List<Formal> results = !entry && peek().is("(") ? formals() : List.of();
    String name = word();
    List<Formal> parameters = peek().is("(") ? formals() : List.of();
    while (!peek().is("{") && !peek().is(";")) {
      needMore();  // .maxntid, .minnctapersm, .noreturn, .pragma and the like change nothing in a simulation
      at++;
    }
    if (accept(";")) {
      return;  // a declaration; its body follows later or is missed at the call
    }
    expect("{");
    List<Statement> body = new ArrayList<>();
    int depth = 1;
    while (depth > 0) {
      Token t = peek();
      if (accept("{")) {
        depth++;
        body.add(new Ast.ScopeBegin(t.line()));
      } else if (accept("}")) {
        if (--depth > 0) {
          body.add(new Ast.ScopeEnd(t.line()));
        }
      } else {
        needMore();
        statement(body);
      }
    }
    functions.put(name, new Function(entry, name, results, parameters, List.copyOf(body), first.line()));
  }

  private List<Formal> formals() {
    expect("(");
    List<Formal> list = new ArrayList<>();
    while (!accept(")")) {
      Token t = peek();
      if (t.is(".reg")) {
        at++;
        Type type = type(take());
        list.add(new Formal(true, new Variable(Space.PARAM, type, type.bytes(), word(), type.bytes(), null, t.line())));
      } else {
        list.add(new Formal(false, declarator(Space.PARAM)));
      }
      accept(",");
      needMore();
    }
    return List.copyOf(list);
  }

  private void statement(List<Statement> body) {
    Token t = peek();
    if (t.kind() == Kind.WORD && t.text().charAt(0) != '.' && tokens.get(at + 1).is(":")) {
      at += 2;
      if (peek().text().equals(".branchtargets")) {
        at++;
        List<String> labels = new ArrayList<>();
        do {
          labels.add(word());
        } while (accept(","));
        expect(";");
        body.add(new Ast.Targets(t.text(), List.copyOf(labels), t.line()));
      } else if (peek().text().equals(".callprototype")) {
        throw new PtxException(t.line(), "indirect calls are not supported");
      } else {
        body.add(new Ast.Label(t.text(), t.line()));
      }
      return;
    }
    switch (t.text()) {
      case ".reg" -> {
        at++;
        Type type = type(take());
        do {
          String name = word();
          int count = -1;
          if (accept("<")) {
            count = (int) Literals.integer(take());
            expect(">");
          }
          body.add(new Ast.Registers(type, name, count, t.line()));
        } while (accept(","));
        expect(";");
      }
      case ".local", ".shared", ".param", ".const", ".global" -> body.add(new Ast.Local(variable(), t.line()));
      case ".pragma" -> {
        while (!accept(";")) {
          needMore();
          at++;
        }
      }
      case ".loc", ".file" -> skipDirective();
      default -> body.add(instruction());
    }
  }

  private Variable variable() {
    Space space = Space.of(peek().text().substring(1));
    if (space == null) {
      throw new PtxException(peek().line(), "'" + peek().text() + "' where a state space was expected");
    }
    Variable v = declarator(space);
    expect(";");
    return v;
  }

  /** Space, attributes, type, name, dimensions and initial values, without the closing semicolon. */
  private Variable declarator(Space space) {
    Token first = take();
    int alignment = 0;
    int vector = 1;
    Type type = null;
    while (peek().text().startsWith(".")) {
      String word = take().text();
      switch (word) {
        case ".align" -> alignment = (int) Literals.integer(take());
        case ".v2" -> vector = 2;
        case ".v4" -> vector = 4;
        case ".ptr", ".global", ".const", ".shared", ".local" -> { }  // attributes of a pointer parameter
        case ".attribute" -> {
          while (!accept(")")) {
            needMore();
            at++;
          }
        }
        default -> {
          type = Type.of(word.substring(1));
          if (type == null) {
            throw new PtxException(first.line(), "'" + word + "' where a type was expected");
          }
        }
      }
    }
    if (type == null) {
      throw new PtxException(first.line(), "a declaration without a type");
    }
    String name = word();
    long elements = vector;
    while (accept("[")) {
      if (accept("]")) {
        elements = 0;
      } else {
        elements *= Literals.integer(take());
        expect("]");
      }
    }
    byte[] initial = accept("=") ? initial(type) : null;
    if (initial != null && elements * type.bytes() < initial.length) {
      elements = initial.length / type.bytes();
    }
    int align = Math.max(alignment, type.bytes() * (alignment == 0 ? vector : 1));
    return new Variable(space, type, align, name, elements * type.bytes(), initial, first.line());
  }

  private byte[] initial(Type type) {
    ByteBuffer bytes = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    int depth = 0;
    do {
      if (accept("{")) {
        depth++;
      } else if (accept("}")) {
        depth--;
      } else if (!accept(",")) {
        if (bytes.remaining() < 8) {
          bytes = ByteBuffer.allocate(bytes.capacity() * 2).order(ByteOrder.LITTLE_ENDIAN).put(bytes.flip());
        }
        element(bytes, type);
      }
    } while (depth > 0);
    return Arrays.copyOf(bytes.array(), bytes.position());
  }

  private void element(ByteBuffer bytes, Type type) {
    int line = peek().line();
    long bits = switch (operand()) {
      case Ast.Int i -> type == Type.F32 ? java.lang.Float.floatToRawIntBits(i.value())
          : type == Type.F64 ? Double.doubleToRawLongBits(i.value()) : i.value();
      case Ast.Float f -> type == Type.F32 ? java.lang.Float.floatToRawIntBits((float) f.value())
          : Double.doubleToRawLongBits(f.value());
      default -> throw new PtxException(line, "initial values must be numbers");
    };
    switch (type.bytes()) {
      case 1 -> bytes.put((byte) bits);
      case 2 -> bytes.putShort((short) bits);
      case 4 -> bytes.putInt((int) bits);
      default -> bytes.putLong(bits);
    }
  }

  private Ast.Instruction instruction() {
    Token first = peek();
    String guard = null;
    boolean negated = false;
    if (accept("@")) {
      negated = accept("!");
      guard = word();
    }
    Token opcode = take();
    if (opcode.kind() != Kind.WORD || opcode.text().startsWith(".")) {
      throw new PtxException(opcode.line(), "'" + opcode.text() + "' where an instruction was expected");
    }
    List<Operand> operands = new ArrayList<>();
    while (!accept(";")) {
      needMore();
      operands.add(operand());
      accept(",");
    }
    String written = text.substring(first.begin(), tokens.get(at - 1).end()).replaceAll("\\s+", " ");
    return new Ast.Instruction(guard, negated, List.of(opcode.text().split("\\.")), List.copyOf(operands), first.line(), written);
  }

  private Operand operand() {
    Token t = take();
    switch (t.text()) {
      case "{":
        return new Ast.Vector(list("}"));
      case "(":
        return new Ast.Group(list(")"));
      case "[":
        return address();
      case "!":
        return new Ast.Not(word());
      case "-": {
        Operand o = Literals.number(take());
        return o instanceof Ast.Float f ? new Ast.Float(-f.value(), false, Double.doubleToRawLongBits(-f.value()))
            : new Ast.Int(-((Ast.Int) o).value());
      }
      default:
    }
    if (t.kind() == Kind.NUMBER) {
      return Literals.number(t);
    }
    if (t.kind() != Kind.WORD) {
      throw new PtxException(t.line(), "'" + t.text() + "' where an operand was expected");
    }
    if (accept("|")) {
      return new Ast.Pair(t.text(), word());
    }
    return new Ast.Name(t.text());
  }

  private List<Operand> list(String end) {
    List<Operand> list = new ArrayList<>();
    while (!accept(end)) {
      needMore();
      list.add(operand());
      accept(",");
    }
    return List.copyOf(list);
  }

  private Operand address() {
    Token t = take();
    String base = t.kind() == Kind.WORD ? t.text() : null;
    long offset = base == null ? Literals.integer(t) : 0;
    while (!accept("]")) {
      boolean minus = accept("-");
      if (!minus) {
        expect("+");
        minus = accept("-");
      }
      long n = Literals.integer(take());
      offset += minus ? -n : n;
    }
    return new Ast.Address(base, offset);
  }

  private static Type type(Token t) {
    Type type = t.text().startsWith(".") ? Type.of(t.text().substring(1)) : null;
    if (type == null) {
      throw new PtxException(t.line(), "'" + t.text() + "' where a type was expected");
    }
    return type;
  }

  private Token peek() {
    return tokens.get(at);
  }

  private Token take() {
    return tokens.get(at++);
  }

  private boolean accept(String s) {
    if (peek().is(s)) {
      at++;
      return true;
    }
    return false;
  }

  private void expect(String s) {
    Token t = take();
    if (!t.is(s)) {
      throw new PtxException(t.line(), "'" + t.text() + "' where '" + s + "' was expected");
    }
  }

  private String word() {
    Token t = take();
    if (t.kind() != Kind.WORD) {
      throw new PtxException(t.line(), "'" + t.text() + "' where a name was expected");
    }
    return t.text();
  }

  private void needMore() {
    if (peek().kind() == Kind.END) {
      throw new PtxException(peek().line(), "the text ends inside a function or a list");
    }
  }
}
