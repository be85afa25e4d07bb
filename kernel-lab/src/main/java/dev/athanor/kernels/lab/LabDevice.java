package dev.athanor.kernels.lab;

import dev.athanor.kernels.Kernel;
import java.lang.foreign.MemorySegment;

/** What the laboratory runs kernels on: the simulator or a GPU. Not thread-safe. */
public interface LabDevice extends AutoCloseable {

  /** One line for people. */
  String description();

  /**
   * Device memory, aligned to at least 256 bytes, whose contents nobody has written.
   *
   * @param bytes how much; 0 gives an address that must not be read
   */
  long allocate(long bytes);

  /** Gives back everything allocated. */
  void releaseAll();

  /** Copies host bytes to the device. */
  void write(long address, MemorySegment host);

  /** Copies device bytes to the host. */
  void read(long address, MemorySegment host);

  /**
   * Runs a kernel and waits for it.
   *
   * @param kernel which
   * @param ptx its PTX, which may differ from the committed one (a planted bug)
   * @param grid blocks
   * @param block threads per block
   * @param parameters the finished parameter block
   * @return what was counted or measured
   * @throws RuntimeException if the device found a fault
   */
  Measurement launch(Kernel kernel, String ptx, int grid, int block, MemorySegment parameters);

  /**
   * The best time of one of several more launches with the same parameters, in seconds; 0 where time says nothing (the
   * simulator).
   */
  double time(Kernel kernel, int grid, int block, MemorySegment parameters);

  /** Bytes per second of a large device-to-device copy, reads and writes counted; 0 where that says nothing. */
  double copyBandwidth();

  @Override
  void close();
}
