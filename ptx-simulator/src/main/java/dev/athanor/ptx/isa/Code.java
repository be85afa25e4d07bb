package dev.athanor.ptx.isa;

import dev.athanor.ptx.parse.Ast;
import java.util.List;
import java.util.Map;

/**
 * A kernel ready to run.
 *
 * @param instructions   the instructions, device functions inlined
 * @param widths         size of each register: 4 or 8 bytes, 0 for a predicate
 * @param constants      registers that hold a constant in all lanes
 * @param specials       registers that hold a special register
 * @param symbols        registers that hold the address of a module variable
 * @param sharedBytes    static shared memory
 * @param dynamicShared  where dynamic shared memory begins
 * @param localBytes     local memory of a thread
 */
public record Code(Instruction[] instructions, byte[] widths, Map<Integer, Long> constants, Map<Special, Integer> specials,
    Map<Integer, Ast.Variable> symbols, int sharedBytes, int dynamicShared, int localBytes) {
  /** The module variables the kernel uses. */
  public List<Ast.Variable> variables() {
    return List.copyOf(symbols.values());
  }
}
