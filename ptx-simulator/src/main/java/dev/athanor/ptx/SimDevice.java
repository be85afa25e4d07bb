package dev.athanor.ptx;

import dev.athanor.ptx.exec.Launcher;
import dev.athanor.ptx.machine.Allocation;
import dev.athanor.ptx.machine.Counters;
import dev.athanor.ptx.machine.DeviceMemory;
import dev.athanor.ptx.machine.LaunchState;
import dev.athanor.ptx.machine.Region;
import dev.athanor.ptx.parse.Ast;
import dev.athanor.ptx.parse.Space;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A simulated device: memory, and the machine that runs kernels on it.
 *
 * <pre>{@code
 * try (SimDevice device = SimDevice.create()) {
 *   PtxKernel scale = PtxModule.parse(text).kernel("scale");
 *   long x = device.allocate(4 * n);
 *   device.write(x, MemorySegment.ofArray(values));
 *   LaunchReport report = device.launch(scale, Dim3.of((n + 255) / 256), Dim3.of(256), 0, parameters);
 *   device.read(x, MemorySegment.ofArray(values));
 * }
 * }</pre>
 *
 * <p>Launches are synchronous and may not overlap; memory operations may come from any thread between launches.
 */
public final class SimDevice implements AutoCloseable {
  /** Most threads a block may have. */
  public static final int MAX_BLOCK_THREADS = 1024;
  private static final long MAX_TICKET = Integer.MAX_VALUE;

  private final Set<Check> checks;
  private final long instructionLimit;
  private final DeviceMemory memory;
  private final Launcher launcher;
  private final Map<PtxModule, Map<String, Allocation>> variables = new IdentityHashMap<>();
  private long nextTicket = 1;

  /** How a device is made. */
  public static final class Builder {
    private int threads = Runtime.getRuntime().availableProcessors();
    private final EnumSet<Check> checks = EnumSet.allOf(Check.class);
    private long instructionLimit = Long.MAX_VALUE;

    private Builder() {}

    /** Threads that run blocks; by default one per processor. */
    public Builder threads(int n) {
      if (n < 1) {
        throw new IllegalArgumentException(n + " threads: at least one is needed");
      }
      threads = n;
      return this;
    }

    /** Switches a check on or off; all are on by default. */
    public Builder check(Check check, boolean on) {
      if (on) {
        checks.add(check);
      } else {
        checks.remove(check);
      }
      return this;
    }

    /** Leaves on only the given checks. */
    public Builder checks(Set<Check> only) {
      checks.clear();
      checks.addAll(only);
      return this;
    }

    /**
     * Instructions a warp may execute before {@link FaultKind#INSTRUCTION_LIMIT} is reported; no limit by default.
     */
    public Builder instructionLimit(long n) {
      instructionLimit = n;
      return this;
    }

    /** Makes the device. */
    public SimDevice build() {
      return new SimDevice(this);
    }
  }

  private SimDevice(Builder b) {
    launcher = new Launcher(b.threads);
    checks = b.checks.clone();
    instructionLimit = b.instructionLimit;
    memory = new DeviceMemory(checks.contains(Check.UNWRITTEN) || checks.contains(Check.HOST_READS));
  }

  /** A builder with all checks on. */
  public static Builder builder() {
    return new Builder();
  }

  /** A device with all checks on and a thread per processor. */
  public static SimDevice create() {
    return builder().build();
  }

  /**
   * Allocates memory. It holds nothing yet: reading it before it is written is an error. The address is a multiple of 256, and
   * the next allocation is far away, so that a stray index hits nothing.
   */
  public long allocate(long bytes) {
    return memory.allocate(bytes, null, false).base;
  }

  /**
   * Frees an allocation.
   *
   * @throws IllegalArgumentException if the address is not that of a live allocation
   */
  public void free(long address) {
    memory.free(address);
  }

  /** Copies a segment to device memory; it must lie in one allocation. */
  public void write(long destination, MemorySegment source) {
    memory.write(destination, source);
  }

  /**
   * Copies device memory to a segment; it must come from one allocation.
   *
   * @throws SimulationFault if {@link Check#HOST_READS} is on and nobody has written some of the bytes
   */
  public void read(long source, MemorySegment destination) {
    long unwritten = memory.read(source, destination);
    if (unwritten >= 0 && checks.contains(Check.HOST_READS)) {
      throw new SimulationFault(FaultKind.UNWRITTEN, "a read by the host", new int[0], new int[0], "", 0,
          "byte " + unwritten + " of the " + destination.byteSize() + " read from 0x" + Long.toHexString(source)
              + " was never written; it lies in " + memory.near(source));
    }
  }

  /** Sets bytes of device memory; they must lie in one allocation. */
  public void fill(long destination, long bytes, byte value) {
    memory.fill(destination, bytes, value);
  }

  /** Copies between places of device memory, each in one allocation. */
  public void copy(long destination, long source, long bytes) {
    if (bytes > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException("copy of " + bytes + " bytes: copy in pieces below 2 GiB");
    }
    MemorySegment through = MemorySegment.ofArray(new byte[(int) bytes]);
    read(source, through);
    write(destination, through);
  }

  /** Total size of the live allocations in bytes. */
  public long allocatedBytes() {
    return memory.liveBytes();
  }

  /**
   * Address of a {@code .global} or {@code .const} variable of a module, which is loaded to this device if it was not yet.
   *
   * @throws IllegalArgumentException if the module has no such variable or no kernel of it uses the variable
   */
  public long variable(PtxModule module, String name) {
    Allocation a = load(module).get(name);
    if (a == null) {
      throw new IllegalArgumentException("no variable '" + name + "' in the module");
    }
    return a.base;
  }

  private synchronized Map<String, Allocation> load(PtxModule module) {
    return variables.computeIfAbsent(module, m -> {
      Map<String, Allocation> loaded = new HashMap<>();
      for (Ast.Variable v : m.variables().values()) {
        if (v.space() != Space.SHARED) {
          Allocation a = memory.allocate(v.bytes(), "variable " + v.name(), v.space() == Space.CONST);
          memory.fill(a.base, v.bytes(), (byte) 0);
          if (v.initial() != null) {
            memory.write(a.base, MemorySegment.ofArray(v.initial()));
          }
          loaded.put(v.name(), a);
        }
      }
      return loaded;
    });
  }

  /**
   * Runs a kernel to its end.
   *
   * @param kernel             the kernel
   * @param grid               blocks
   * @param block              threads of a block, at most {@value #MAX_BLOCK_THREADS}
   * @param dynamicSharedBytes shared memory beyond what the kernel declares
   * @param parameters         the parameter block, laid out as {@link PtxKernel#parameters()} says; it may be longer
   * @return what the launch did
   * @throws SimulationFault          on the first error of the kernel
   * @throws IllegalArgumentException if the launch itself is wrong
   */
  public synchronized LaunchReport launch(PtxKernel kernel, Dim3 grid, Dim3 block, int dynamicSharedBytes,
      MemorySegment parameters) {
    if (block.count() > MAX_BLOCK_THREADS || block.z() > 64 || grid.y() > 65535 || grid.z() > 65535) {
      throw new IllegalArgumentException(kernel.name() + ": grid " + grid + " of blocks " + block
          + " is too large: a block has at most "
          + MAX_BLOCK_THREADS + " threads, 64 in z; a grid at most 65535 blocks in y and z");
    }
    if (parameters.byteSize() < kernel.parameterBytes()) {
      throw new IllegalArgumentException(kernel.name() + ": " + parameters.byteSize() + " bytes of parameters, it takes "
          + kernel.parameterBytes() + ": " + kernel.parameters());
    }
    if (dynamicSharedBytes < 0) {
      throw new IllegalArgumentException(kernel.name() + ": " + dynamicSharedBytes + " bytes of dynamic shared memory");
    }
    Region given = new Region(kernel.parameterBytes(), false);
    MemorySegment.copy(parameters, ValueLayout.JAVA_BYTE, 0, given.data, 0, given.data.length);
    long ticket = nextTicket;
    nextTicket += grid.count();
    if (nextTicket > MAX_TICKET) {
      throw new IllegalStateException("this device has run " + MAX_TICKET + " blocks: make a new one");
    }
    Map<Integer, Long> addresses = new HashMap<>();
    if (!kernel.code().symbols().isEmpty()) {
      Map<String, Allocation> loaded = load(kernel.module());
      kernel.code().symbols().forEach((r, v) -> addresses.put(r, loaded.get(v.name()).base));
    }
    int shared = dynamicSharedBytes > 0 ? kernel.code().dynamicShared() + dynamicSharedBytes : kernel.sharedBytes();
    LaunchState state = new LaunchState(memory, given, ticket, checks);
    long begin = System.nanoTime();
    Counters c = launcher.run(new Launcher.Setup(kernel.name(), kernel.code(), addresses, block, shared, instructionLimit), state,
        grid);
    return report(kernel, grid, block, c, System.nanoTime() - begin);
  }

  private static LaunchReport report(PtxKernel kernel, Dim3 grid, Dim3 block, Counters c, long nanos) {
    Map<OpClass, Long> byClass = new EnumMap<>(OpClass.class);
    long sum = 0;
    for (OpClass k : OpClass.values()) {
      if (c.byClass[k.ordinal()] > 0) {
        byClass.put(k, c.byClass[k.ordinal()]);
        sum += c.byClass[k.ordinal()];
      }
    }
    return new LaunchReport(kernel.name(), grid.count(), grid.count() * block.count(), sum, Collections.unmodifiableMap(byClass),
        c.warpInstructions, c.loadRequests, c.loadSectors, c.loadIdeal, c.storeRequests, c.storeSectors, c.storeIdeal, c.atomics,
        c.sharedRequests, c.bankConflicts, c.barriers, c.branches, c.divergentBranches, nanos);
  }

  /** Stops the device's threads. Its memory is left to the garbage collector. */
  @Override
  public synchronized void close() {
    launcher.close();
  }
}
