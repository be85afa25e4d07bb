package dev.athanor.ptx.parse;

import dev.athanor.ptx.PtxException;
import dev.athanor.ptx.parse.Ast.Operand;
import dev.athanor.ptx.parse.Lexer.Kind;
import dev.athanor.ptx.parse.Lexer.Token;

/** The values of number tokens. {@code 0f} and {@code 0d} are followed by the bits of a float or a double. */
final class Literals {
  private Literals() {}

  /** An integer or a floating-point number. */
  static Operand number(Token t) {
    String s = t.text();
    if (t.kind() != Kind.NUMBER) {
      throw new PtxException(t.line(), "'" + s + "' where a number was expected");
    }
    try {
      if (s.startsWith("0f") || s.startsWith("0F")) {
        int bits = Integer.parseUnsignedInt(s.substring(2), 16);
        return new Ast.Float(java.lang.Float.intBitsToFloat(bits), true, bits);
      }
      if (s.startsWith("0d") || s.startsWith("0D")) {
        long bits = Long.parseUnsignedLong(s.substring(2), 16);
        return new Ast.Float(Double.longBitsToDouble(bits), false, bits);
      }
      boolean hex = s.startsWith("0x") || s.startsWith("0X");
      if (!hex && (s.indexOf('.') >= 0 || s.indexOf('e') >= 0 || s.indexOf('E') >= 0)) {
        double v = Double.parseDouble(s);
        return new Ast.Float(v, false, Double.doubleToRawLongBits(v));
      }
      return new Ast.Int(integer(t));
    } catch (NumberFormatException e) {
      throw new PtxException(t.line(), "'" + s + "' is not a number");
    }
  }

  /** An integer: decimal, octal, binary or hexadecimal, with an optional U. */
  static long integer(Token t) {
    String s = t.text();
    String digits = s.endsWith("U") ? s.substring(0, s.length() - 1) : s;
    try {
      if (digits.startsWith("0x") || digits.startsWith("0X")) {
        return Long.parseUnsignedLong(digits.substring(2), 16);
      }
      if (digits.startsWith("0b") || digits.startsWith("0B")) {
        return Long.parseUnsignedLong(digits.substring(2), 2);
      }
      return Long.parseUnsignedLong(digits, digits.length() > 1 && digits.startsWith("0") ? 8 : 10);
    } catch (NumberFormatException e) {
      throw new PtxException(t.line(), "'" + s + "' where an integer was expected");
    }
  }
}
