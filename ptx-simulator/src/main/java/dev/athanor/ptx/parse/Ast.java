package dev.athanor.ptx.parse;

import java.util.List;
import java.util.Map;

/** The syntax tree of a PTX module: what the text says, nothing resolved yet. */
public final class Ast {
  private Ast() {}

  /**
   * A module.
   *
   * @param version   the {@code .version}
   * @param target    the {@code .target}
   * @param variables module variables by name
   * @param functions kernels and device functions with a body, by name
   */
  public record Module(String version, String target, Map<String, Variable> variables, Map<String, Function> functions) {}

  /**
   * A variable in memory.
   *
   * @param space     its state space
   * @param type      its type, of an element for an array
   * @param alignment alignment in bytes
   * @param name      its name
   * @param bytes     its size in bytes; 0 for an array without a length ({@code .extern .shared})
   * @param initial   initial bytes, shorter than {@code bytes} where the rest is zero; null for none
   * @param line      line of the text
   */
  public record Variable(Space space, Type type, int alignment, String name, long bytes, byte[] initial, int line) {}

  /**
   * A kernel or a device function.
   *
   * @param entry      whether it is a kernel
   * @param name       its name
   * @param results    results of a device function, in {@code .param} space or registers
   * @param parameters its parameters
   * @param body       statements in order
   * @param line       line of the text
   */
  public record Function(boolean entry, String name, List<Formal> results, List<Formal> parameters, List<Statement> body,
      int line) {}

  /**
   * A formal parameter.
   *
   * @param register  true if it is a {@code .reg}, false if it lies in {@code .param} space
   * @param variable  its type, size and name
   */
  public record Formal(boolean register, Variable variable) {}

  /** A statement of a function body. */
  public sealed interface Statement {
    /** Line of the text. */
    int line();
  }

  /** A label. */
  public record Label(String name, int line) implements Statement {}

  /** The begin of a scope: names declared until its end are seen only there. */
  public record ScopeBegin(int line) implements Statement {}

  /** The end of a scope. */
  public record ScopeEnd(int line) implements Statement {}

  /**
   * Registers of one type.
   *
   * @param type  their type
   * @param name  name, or prefix of the names if {@code count >= 0}
   * @param count registers {@code name0 ... name(count-1)}, or -1 for the single register {@code name}
   */
  public record Registers(Type type, String name, int count, int line) implements Statement {}

  /** A variable declared inside a function: local, shared or parameter space. */
  public record Local(Variable variable, int line) implements Statement {}

  /** A list of labels for {@code brx.idx}. */
  public record Targets(String name, List<String> labels, int line) implements Statement {}

  /**
   * An instruction.
   *
   * @param guard    name of the guard predicate, or null
   * @param negated  whether the guard is negated
   * @param opcode   the opcode and its modifiers, as split at the dots
   * @param operands operands in order
   * @param line     line of the text
   * @param text     the instruction as written, with white space collapsed
   */
  public record Instruction(String guard, boolean negated, List<String> opcode, List<Operand> operands, int line, String text)
      implements Statement {
    /** The opcode without modifiers. */
    public String base() {
      return opcode.getFirst();
    }

    /** Whether a modifier is present. */
    public boolean has(String modifier) {
      return opcode.indexOf(modifier) > 0;
    }
  }

  /** An operand. */
  public sealed interface Operand {}

  /** A register, special register, variable, label or function by name. */
  public record Name(String name) implements Operand {}

  /** A negated predicate operand. */
  public record Not(String name) implements Operand {}

  /** An integer literal. */
  public record Int(long value) implements Operand {}

  /** A floating-point literal; {@code single} if written as {@code 0f...}. */
  public record Float(double value, boolean single, long bits) implements Operand {}

  /** An address {@code [base+offset]}; base is null for an absolute address. */
  public record Address(String base, long offset) implements Operand {}

  /** A list in braces (vector elements). */
  public record Vector(List<Operand> elements) implements Operand {}

  /** A list in parentheses (arguments of a call). */
  public record Group(List<Operand> elements) implements Operand {}

  /** Two destinations {@code p|q}; either may be {@code _}. */
  public record Pair(String first, String second) implements Operand {}
}
