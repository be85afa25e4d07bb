package dev.athanor.kernels.lab;

import dev.athanor.kernels.Kernel;
import dev.athanor.ptx.Dim3;
import dev.athanor.ptx.LaunchReport;
import dev.athanor.ptx.PtxKernel;
import dev.athanor.ptx.PtxModule;
import dev.athanor.ptx.SimDevice;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The PTX simulator with every check on. */
final class SimulatedDevice implements LabDevice {
  /** More than any honest warp of an experiment executes. */
  private static final long INSTRUCTION_LIMIT = 200_000_000L;

  private final SimDevice device;
  private final Map<String, PtxKernel> kernels = new HashMap<>();
  private final List<Long> allocated = new ArrayList<>();

  private SimulatedDevice(SimDevice device) {
    this.device = device;
  }

  static SimulatedDevice open() {
    return new SimulatedDevice(SimDevice.builder().instructionLimit(INSTRUCTION_LIMIT).build());
  }

  @Override
  public String description() {
    return "the PTX simulator";
  }

  @Override
  public long allocate(long bytes) {
    long address = device.allocate(bytes);
    allocated.add(address);
    return address;
  }

  @Override
  public void releaseAll() {
    allocated.forEach(device::free);
    allocated.clear();
  }

  @Override
  public void write(long address, MemorySegment host) {
    device.write(address, host);
  }

  @Override
  public void read(long address, MemorySegment host) {
    device.read(address, host);
  }

  @Override
  public Measurement launch(Kernel kernel, String ptx, int grid, int block, MemorySegment parameters) {
    PtxKernel code = kernels.computeIfAbsent(ptx, text -> PtxModule.parse(text).kernel(kernel.entry()));
    LaunchReport r = device.launch(code, Dim3.of(grid), Dim3.of(block), kernel.launch().sharedBytes(), parameters);
    return new Measurement(r.instructions(), r.globalLoadSectors() + r.globalStoreSectors(), r.globalLoadIdeal()
        + r.globalStoreIdeal(),
        r.globalLoads() + r.globalStores(), r.bankConflicts(), 0);
  }

  @Override
  public double time(Kernel kernel, int grid, int block, MemorySegment parameters) {
    return 0;
  }

  @Override
  public double copyBandwidth() {
    return 0;
  }

  @Override
  public void close() {
    releaseAll();
    device.close();
  }
}
