package dev.athanor.kernels.lab;

/**
 * What launches cost. On a GPU only {@code seconds} is known, on the simulator everything else.
 *
 * @param instructions executed, per thread
 * @param sectors 32-byte pieces of device memory that warps asked for
 * @param idealSectors the pieces the same bytes would take if they lay side by side
 * @param requests requests of warps to device memory
 * @param bankConflicts additional passes through shared memory
 * @param seconds the time of the kernel
 */
public record Measurement(long instructions, long sectors, long idealSectors, long requests, long bankConflicts, double seconds) {
  /** Nothing measured. */
  public static final Measurement NONE = new Measurement(0, 0, 0, 0, 0, 0);

  /** The sum of both. */
  public Measurement plus(Measurement o) {
    return new Measurement(instructions + o.instructions, sectors + o.sectors, idealSectors + o.idealSectors,
        requests + o.requests, bankConflicts + o.bankConflicts, seconds + o.seconds);
  }
}
