package dev.athanor.ptx;

/** What a {@link SimulationFault} reports. */
public enum FaultKind {
  /** An access outside every allocation, beyond the end of one, or beyond shared, local or parameter memory. */
  OUT_OF_BOUNDS,
  /** An access whose address is not a multiple of its size. */
  MISALIGNED,
  /** A value that comes from memory nobody wrote decides a branch, an address, a comparison across lanes or global memory. */
  UNWRITTEN,
  /** Two threads touch the same byte, one of them writes, and nothing orders them. */
  RACE,
  /** A barrier that some threads of the block do not reach, or reach at another place. */
  DIVERGENT_BARRIER,
  /** A shuffle, vote, match or warp barrier that some threads named in its mask do not reach. */
  DIVERGENT_SHUFFLE,
  /** An integer division or remainder by zero. */
  DIVISION_BY_ZERO,
  /** A {@code trap} instruction, which is also how a failed assertion ends. */
  TRAP,
  /** A write to constant memory or to kernel parameters. */
  READ_ONLY,
  /** A use of the machine that its definition leaves open, such as an unknown state space or a wrong register range. */
  INVALID,
  /** More instructions than the device's limit allows: most likely an endless loop. */
  INSTRUCTION_LIMIT
}
