package dev.athanor.ptx;

import java.util.Locale;
import java.util.Map;

/**
 * What a launch did.
 *
 * @param kernel              name of the kernel
 * @param blocks              blocks run
 * @param threads             threads run
 * @param instructions        instructions executed, counted once per thread
 * @param byClass             the same by class of instruction
 * @param warpInstructions    instructions issued, counted once per warp; {@code instructions / warpInstructions} is the mean
 *                            number of active threads
 * @param globalLoads         warp requests that read global memory
 * @param globalLoadSectors   32-byte sectors those requests touched
 * @param globalLoadIdeal     sectors they would have touched had the bytes been packed
 * @param globalStores        warp requests that wrote global memory
 * @param globalStoreSectors  32-byte sectors those requests touched
 * @param globalStoreIdeal    sectors they would have touched had the bytes been packed
 * @param globalAtomics       atomic operations on global memory, by thread
 * @param sharedRequests      warp requests to shared memory
 * @param bankConflicts       extra passes over shared memory that bank conflicts cost
 * @param barriers            barriers, counted once per warp
 * @param branches            conditional branches, counted once per warp
 * @param divergentBranches   those at which threads of a warp parted
 * @param nanos               wall time of the simulation
 */
public record LaunchReport(String kernel, long blocks, long threads, long instructions, Map<OpClass, Long> byClass,
    long warpInstructions, long globalLoads, long globalLoadSectors, long globalLoadIdeal, long globalStores,
    long globalStoreSectors,
    long globalStoreIdeal, long globalAtomics, long sharedRequests, long bankConflicts, long barriers, long branches,
    long divergentBranches, long nanos) {

  /** Ideal over actual sectors of global loads: 1 is perfectly coalesced. 1 if there were none. */
  public double loadEfficiency() {
    return globalLoadSectors == 0 ? 1 : (double) globalLoadIdeal / globalLoadSectors;
  }

  /** Ideal over actual sectors of global stores: 1 is perfectly coalesced. 1 if there were none. */
  public double storeEfficiency() {
    return globalStoreSectors == 0 ? 1 : (double) globalStoreIdeal / globalStoreSectors;
  }

  /** Thread-instructions simulated per second of wall time. */
  public double instructionsPerSecond() {
    return instructions * 1e9 / Math.max(nanos, 1);
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, """
        %s: %d blocks, %d threads, %d instructions (%d issued, %.1f threads active) in %.3f ms, %.1f M/s
          global loads  %d requests, %d sectors, ideal %d (%.0f %%)
          global stores %d requests, %d sectors, ideal %d (%.0f %%), atomics %d
          shared        %d requests, %d conflicts; barriers %d; branches %d, divergent %d
          by class      %s""", kernel, blocks, threads, instructions, warpInstructions,
        (double) instructions / Math.max(warpInstructions, 1), nanos / 1e6, instructionsPerSecond() / 1e6, globalLoads,
        globalLoadSectors, globalLoadIdeal, 100 * loadEfficiency(), globalStores, globalStoreSectors, globalStoreIdeal,
        100 * storeEfficiency(), globalAtomics, sharedRequests, bankConflicts, barriers, branches, divergentBranches, byClass);
  }
}
