package dev.athanor.ptx.parse;

import dev.athanor.ptx.PtxException;
import java.util.ArrayList;
import java.util.List;

/** Splits PTX text into tokens. Comments and white space are dropped; each token knows its place in the text. */
final class Lexer {
  /** Kinds of token. A word is an identifier, an opcode with its modifiers, or a directive (which begins with a dot). */
  enum Kind { WORD, NUMBER, STRING, PUNCTUATION, END }

  /**
   * A token.
   *
   * @param kind  its kind
   * @param text  its text
   * @param line  its line, from 1
   * @param begin index of its first character
   * @param end   index after its last character
   */
  record Token(Kind kind, String text, int line, int begin, int end) {
    boolean is(String s) {
      return kind != Kind.STRING && text.equals(s);
    }
  }

  private final String s;
  private int at;
  private int line = 1;

  private Lexer(String s) {
    this.s = s;
  }

  static List<Token> tokens(String text) {
    Lexer lexer = new Lexer(text);
    List<Token> list = new ArrayList<>();
    Token t;
    do {
      t = lexer.next();
      list.add(t);
    } while (t.kind != Kind.END);
    return list;
  }

  private Token next() {
    skip();
    int begin = at;
    if (at >= s.length()) {
      return new Token(Kind.END, "end of text", line, at, at);
    }
    char c = s.charAt(at);
    if (wordStart(c) || c == '.' && at + 1 < s.length() && wordStart(s.charAt(at + 1))) {
      at++;
      while (at < s.length() && wordPart()) {
        at++;
      }
      return token(Kind.WORD, begin);
    }
    if (Character.isDigit(c)) {
      number();
      return token(Kind.NUMBER, begin);
    }
    if (c == '"') {
      int end = s.indexOf('"', at + 1);
      if (end < 0) {
        throw new PtxException(line, "a string without its closing quote");
      }
      at = end + 1;
      return token(Kind.STRING, begin);
    }
    at++;
    return token(Kind.PUNCTUATION, begin);
  }

  private Token token(Kind kind, int begin) {
    return new Token(kind, s.substring(begin, at), line, begin, at);
  }

  private void skip() {
    while (at < s.length()) {
      char c = s.charAt(at);
      if (c == '\n') {
        line++;
        at++;
      } else if (Character.isWhitespace(c)) {
        at++;
      } else if (s.startsWith("//", at)) {
        int end = s.indexOf('\n', at);
        at = end < 0 ? s.length() : end;
      } else if (s.startsWith("/*", at)) {
        int end = s.indexOf("*/", at + 2);
        if (end < 0) {
          throw new PtxException(line, "a comment without its end");
        }
        line += (int) s.substring(at, end).chars().filter(x -> x == '\n').count();
        at = end + 2;
      } else {
        return;
      }
    }
  }

  private static boolean wordStart(char c) {
    return Character.isLetter(c) || c == '_' || c == '$' || c == '%';
  }

  /** Dots join modifiers to their opcode; "::" joins the parts of one modifier, a single ':' ends a label. */
  private boolean wordPart() {
    char c = s.charAt(at);
    if (Character.isLetterOrDigit(c) || c == '_' || c == '$' || c == '.') {
      return true;
    }
    if (c == ':' && s.startsWith("::", at) && at + 2 < s.length() && Character.isLetterOrDigit(s.charAt(at + 2))) {
      at++;
      return true;
    }
    return false;
  }

  /** Hexadecimal, octal, binary, exact floats (0f, 0d), decimal integers and floats with an optional exponent. */
  private void number() {
    boolean prefixed = s.charAt(at) == '0' && at + 1 < s.length() && Character.isLetter(s.charAt(at + 1));
    int begin = at;
    while (at < s.length()) {
      char c = s.charAt(at);
      boolean sign = !prefixed && at > begin && (c == '+' || c == '-') && "eE".indexOf(s.charAt(at - 1)) >= 0;
      if (!Character.isLetterOrDigit(c) && c != '.' && !sign) {
        return;
      }
      at++;
    }
  }
}
