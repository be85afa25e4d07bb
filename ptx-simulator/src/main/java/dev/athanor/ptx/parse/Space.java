package dev.athanor.ptx.parse;

import java.util.Locale;

/** State spaces of PTX that hold addressable memory. */
public enum Space {
  GENERIC, GLOBAL, CONST, SHARED, LOCAL, PARAM;

  /** The space of that name without its dot ({@code "shared"}, also {@code "shared::cta"}), or null. */
  public static Space of(String name) {
    return switch (name) {
      case "global" -> GLOBAL;
      case "const" -> CONST;
      case "shared", "shared::cta" -> SHARED;
      case "local" -> LOCAL;
      case "param", "param::entry", "param::func" -> PARAM;
      default -> null;
    };
  }

  /** The name in PTX, without its dot. */
  public String ptx() {
    return name().toLowerCase(Locale.ROOT);
  }
}
