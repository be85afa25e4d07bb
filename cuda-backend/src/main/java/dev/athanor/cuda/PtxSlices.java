package dev.athanor.cuda;

import dev.athanor.kernels.Kernel;
import dev.athanor.kernels.Kernels;
import java.util.HashMap;
import java.util.Map;

/**
 * The PTX of single kernels. A family's text is read once and cut into its entries; each kernel is then a small module of its
 * own, which a driver compiles when it is first used: a program that needs thirty kernels does not wait for the other thousand.
 */
final class PtxSlices {
  private static final String ENTRY = ".visible .entry ";
  private static final Map<String, PtxSlices> FAMILIES = new HashMap<>();

  private final String shared;
  private final Map<String, String> entries = new HashMap<>();

  private PtxSlices(String ptx) {
    StringBuilder rest = new StringBuilder();
    int at = 0;
    int start = ptx.indexOf(ENTRY);
    while (start >= 0) {
      rest.append(ptx, at, start);
      int end = ptx.indexOf("\n}", start) + 2;
      int name = start + ENTRY.length();
      entries.put(ptx.substring(name, ptx.indexOf('(', name)), ptx.substring(start, end));
      at = end;
      start = ptx.indexOf(ENTRY, end);
    }
    shared = rest.append(ptx, at, ptx.length()).append('\n').toString();
  }

  /** The text of a module with this kernel alone, and the functions and constants of its family. */
  static String of(Kernel kernel) {
    PtxSlices family;
    synchronized (FAMILIES) {
      family = FAMILIES.computeIfAbsent(kernel.family(), f -> new PtxSlices(Kernels.ptx(f)));
    }
    String entry = family.entries.get(kernel.entry());
    if (entry == null) {
      throw new IllegalStateException("the PTX of family " + kernel.family() + " has no entry " + kernel.entry());
    }
    return family.shared + entry + "\n";
  }
}
