package dev.athanor.ptx.exec;

import dev.athanor.ptx.Dim3;
import dev.athanor.ptx.FaultKind;
import dev.athanor.ptx.SimulationFault;
import dev.athanor.ptx.isa.Code;
import dev.athanor.ptx.isa.Control;
import dev.athanor.ptx.isa.Instruction;
import dev.athanor.ptx.isa.Special;
import dev.athanor.ptx.machine.BlockOrder;
import dev.athanor.ptx.machine.Counters;
import dev.athanor.ptx.machine.LaunchState;
import dev.athanor.ptx.machine.SharedMemory;
import dev.athanor.ptx.machine.Trap;
import dev.athanor.ptx.machine.WarpState;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/** Runs blocks of a launch, one after the other, on one thread of the host. Registers and shared memory are used again. */
final class BlockRunner {
  /** Instructions a warp may execute before the next one gets a turn: enough for any stretch between barriers. */
  private static final long SLICE = 1_000_000;
  private static final int BARRIERS = 16;

  private final String kernel;
  private final Code code;
  private final Dim3 block;
  private final int sharedBytes;
  private final long instructionLimit;
  private final BlockOrder order = new BlockOrder();
  private final SharedMemory shared;
  private final WarpRunner[] warps;
  /** Warps that have arrived at each counted barrier without waiting. */
  private final int[] arrived = new int[BARRIERS];
  private LaunchState launch;
  private Dim3 grid;
  private int[] at = {0, 0, 0};

  /** The registers of all warps of a block and its shared memory; {@link #prepare} says for which launch. */
  BlockRunner(Launcher.Setup setup, LaunchState launch) {
    kernel = setup.kernel();
    code = setup.code();
    block = setup.block();
    sharedBytes = setup.sharedBytes();
    instructionLimit = setup.instructionLimit();
    shared = new SharedMemory(sharedBytes, launch.unwritten, launch.sharedRaces);
    int threads = (int) block.count();
    warps = new WarpRunner[(threads + 31) / 32];
    for (int i = 0; i < warps.length; i++) {
      WarpState w = new WarpState(code.widths(), i, order, shared, code.localBytes(), launch.unwritten);
      int n = Math.min(32, threads - i * 32);
      w.present = n == 32 ? -1 : (1 << n) - 1;
      code.constants().forEach((r, v) -> fill(w, r, v));
      setup.addresses().forEach((r, v) -> fill(w, r, v));
      warps[i] = new WarpRunner(w, code.instructions());
    }
  }

  /** Turns to a launch with the same kernel, block and shared memory as before. */
  void prepare(LaunchState forLaunch, Dim3 ofGrid, Counters counters) {
    boolean newGrid = !ofGrid.equals(grid);
    launch = forLaunch;
    grid = ofGrid;
    for (WarpRunner r : warps) {
      r.w.launch = launch;
      r.w.counters = counters;
      if (newGrid) {
        code.specials().forEach((s, register) -> {
          for (int lane = 0; lane < 32; lane++) {
            r.w.r32[register][lane] = special(s, r.w.index, lane);
          }
        });
      }
    }
  }

  private static void fill(WarpState w, int r, long v) {
    if (w.r32[r] != null) {
      Arrays.fill(w.r32[r], (int) v);
    } else if (w.r64[r] != null) {
      Arrays.fill(w.r64[r], v);
    } else {
      w.pred[r] = v != 0 ? -1 : 0;
    }
  }

  private int special(Special s, int warp, int lane) {
    int t = warp * 32 + lane;
    return switch (s) {
      case TID_X -> t % block.x();
      case TID_Y -> t / block.x() % block.y();
      case TID_Z -> t / block.x() / block.y();
      case NTID_X -> block.x();
      case NTID_Y -> block.y();
      case NTID_Z -> block.z();
      case CTAID_X, CTAID_Y, CTAID_Z -> 0;
      case NCTAID_X -> grid.x();
      case NCTAID_Y -> grid.y();
      case NCTAID_Z -> grid.z();
      case LANEID -> lane;
      case WARPID -> warp;
      case NWARPID -> (int) ((block.count() + 31) / 32);
      case LANEMASK_EQ -> 1 << lane;
      case LANEMASK_LT -> (1 << lane) - 1;
      case LANEMASK_LE -> (2 << lane) - 1;
      case LANEMASK_GT -> -2 << lane;
      case LANEMASK_GE -> -1 << lane;
      case WARP_SZ -> 32;
      case SMID, GRIDID -> 0;
      case NSMID -> 1;
      case DYNAMIC_SMEM_SIZE -> sharedBytes - code.dynamicShared();
      case TOTAL_SMEM_SIZE -> sharedBytes;
    };
  }

  /**
   * Runs a block.
   *
   * @param number its number in the grid, x fastest
   * @throws SimulationFault on the first error
   */
  void run(long number) {
    at = new int[] {(int) (number % grid.x()), (int) (number / grid.x() % grid.y()), (int) (number / grid.x() / grid.y())};
    order.begin(launch.ticketBase, launch.ticketBase + number);
    shared.forget();
    Arrays.fill(arrived, 0);
    Integer[] registers = {code.specials().get(Special.CTAID_X), code.specials().get(Special.CTAID_Y),
        code.specials().get(Special.CTAID_Z)};
    for (WarpRunner r : warps) {
      for (int k = 0; k < 3; k++) {
        if (registers[k] != null) {
          Arrays.fill(r.w.r32[registers[k]], at[k]);
        }
      }
      r.w.clock = 0;
      r.begin();
    }
    while (true) {
      boolean alive = false;
      boolean ran = false;
      for (WarpRunner r : warps) {
        ran |= run(r);
        alive |= !r.finished();
      }
      if (!alive) {
        return;
      }
      if (!release() && !ran) {
        deadlock();
      }
    }
  }

  private boolean run(WarpRunner r) {
    try {
      boolean ran = r.run(SLICE);
      if (r.w.clock > instructionLimit) {
        throw new Trap(FaultKind.INSTRUCTION_LIMIT, Integer.numberOfTrailingZeros(r.w.live), "the warp has executed " + r.w.clock
            + " instructions, more than the limit of the device: an endless loop?");
      }
      return ran;
    } catch (Trap t) {
      throw fault(t.kind(), t.lane() < 0 ? -1 : r.w.thread(t.lane()), r.current(), t.getMessage());
    }
  }

  private SimulationFault fault(FaultKind kind, int thread, Instruction in, String message) {
    int[] index = thread < 0 ? new int[0]
        : new int[] {thread % block.x(), thread / block.x() % block.y(), thread / block.x() / block.y()};
    return new SimulationFault(kind, kernel, at, index, in.text(), in.line(), message);
  }

  /** A barrier somebody waits at. */
  private static final class Waiting {
    int warps;
    int lanes;
    int threads = -1;
    final TreeMap<Integer, Integer> places = new TreeMap<>();
  }

  /** Releases every barrier that is complete; false if there is none. */
  private boolean release() {
    TreeMap<Integer, Waiting> barriers = new TreeMap<>();
    int[] quorum = {0};
    for (WarpRunner r : warps) {
      quorum[0] += Integer.bitCount(r.w.live);
      r.eachBlockWait((warp, pc, mask) -> note(barriers, warp, pc, mask));
    }
    boolean any = false;
    for (Map.Entry<Integer, Waiting> e : barriers.entrySet()) {
      Waiting b = e.getValue();
      if (b.threads < 0) {
        if (b.lanes == quorum[0]) {
          checkFull(b);
          order.blockBarrier();
          finish(b);
          any = true;
        }
      } else {
        any |= counted(e.getKey(), b);
      }
    }
    return any;
  }

  private void note(TreeMap<Integer, Waiting> barriers, WarpRunner r, int pc, int mask) {
    Control.Barrier c = (Control.Barrier) code.instructions()[pc];
    int lane = Integer.numberOfTrailingZeros(mask);
    int id = r.w.r32[c.id()][lane];
    int thread = r.w.thread(lane);
    if (id < 0 || id >= BARRIERS) {
      throw fault(FaultKind.INVALID, thread, c, "barrier " + id + ": a block has " + BARRIERS);
    }
    int threads = c.threads() < 0 ? -1 : r.w.r32[c.threads()][lane];
    if (threads >= 0 && (threads == 0 || threads % 32 != 0)) {
      throw fault(FaultKind.INVALID, thread, c, "a barrier for " + threads + " threads: it must be a multiple of 32");
    }
    if (c.kind() == Control.Barrier.Kind.ARRIVE) {
      arrived[id] |= 1 << r.w.index;
      r.release(pc);
      return;
    }
    Waiting b = barriers.computeIfAbsent(id, _ -> new Waiting());
    b.places.putIfAbsent(pc, thread);
    b.lanes += Integer.bitCount(mask);
    b.threads = threads;
    if (r.waitingAtBlock() == r.w.live) {
      b.warps |= 1 << r.w.index;
    }
  }

  /** All live threads wait at a barrier for all: have some left, or do they stand at different instructions? */
  private void checkFull(Waiting b) {
    if (!launch.barriers) {
      return;
    }
    Instruction first = code.instructions()[b.places.firstKey()];
    for (WarpRunner r : warps) {
      int gone = r.w.present & ~r.w.live;
      if (gone != 0) {
        int thread = r.w.thread(Integer.numberOfTrailingZeros(gone));
        throw fault(FaultKind.DIVERGENT_BARRIER, thread, first,
            "thread " + thread + " left the kernel while " + b.lanes + " threads of its block wait at the barrier");
      }
    }
    if (b.places.size() > 1 && ((Control.Barrier) first).aligned()) {
      Instruction other = code.instructions()[b.places.lastKey()];
      throw fault(FaultKind.DIVERGENT_BARRIER, b.places.lastEntry().getValue(), other, "the thread waits at the barrier in line "
          + other.line() + ", thread " + b.places.firstEntry().getValue() + " at the one in line " + first.line());
    }
  }

  /** A barrier for a number of threads: warps that arrived and warps that wait count alike. */
  private boolean counted(int id, Waiting b) {
    int present = arrived[id] | b.warps;
    int threads = 32 * Integer.bitCount(present);
    if (b.warps == 0 || threads < b.threads) {
      return false;
    }
    if (threads > b.threads) {
      throw fault(FaultKind.DIVERGENT_BARRIER, b.places.firstEntry().getValue(), code.instructions()[b.places.firstKey()],
          threads + " threads came to barrier " + id + ", which is for " + b.threads);
    }
    if (Integer.bitCount(b.warps) == warps.length) {
      order.blockBarrier();
    } else {
      order.partialBarrier(present, b.warps);
    }
    arrived[id] = 0;
    finish(b);
    return true;
  }

  /** Delivers the result of a reduction and lets the threads go on. */
  private void finish(Waiting b) {
    for (int pc : b.places.keySet()) {
      Control.Barrier c = (Control.Barrier) code.instructions()[pc];
      if (c.predicate() >= 0) {
        reduce(pc, c);
      }
      for (WarpRunner r : warps) {
        r.release(pc);
      }
    }
  }

  private void reduce(int pc, Control.Barrier c) {
    int[] sum = {0, 0};
    for (WarpRunner r : warps) {
      r.eachBlockWait((warp, where, mask) -> {
        if (where == pc) {
          sum[0] += Integer.bitCount((warp.w.pred[c.predicate()] ^ c.flip()) & mask);
          sum[1] += Integer.bitCount(mask);
        }
      });
    }
    for (WarpRunner r : warps) {
      r.eachBlockWait((warp, where, mask) -> {
        if (where == pc) {
          if (c.kind() == Control.Barrier.Kind.RED_POPC) {
            for (int m = mask; m != 0; m &= m - 1) {
              warp.w.r32[c.destination()][Integer.numberOfTrailingZeros(m)] = sum[0];
            }
          } else {
            boolean yes = c.kind() == Control.Barrier.Kind.RED_AND ? sum[0] == sum[1] : sum[0] > 0;
            warp.w.setPredicate(c.destination(), mask, yes ? -1 : 0);
          }
        }
      });
    }
  }

  /** Nobody can run: says who waits where, and for whom. */
  private void deadlock() {
    StringBuilder s = new StringBuilder();
    for (WarpRunner r : warps) {
      int gone = r.w.present & ~r.w.live;
      if (gone != 0) {
        s.append("; ").append(Integer.bitCount(gone)).append(" threads of warp ").append(r.w.index)
            .append(" have left the kernel");
      }
      r.eachBlockWait((warp, pc, mask) -> s.append("; ").append(Integer.bitCount(mask)).append(" threads of warp ")
          .append(warp.w.index).append(" wait at the barrier in line ").append(code.instructions()[pc].line()));
    }
    for (WarpRunner r : warps) {
      int pc = r.warpWait();
      if (pc >= 0) {
        int lanes = r.lanesAt(pc);
        int missing = ((Control.Together) code.instructions()[pc]).missing(r.w, lanes);
        throw fault(FaultKind.DIVERGENT_SHUFFLE, r.w.thread(Integer.numberOfTrailingZeros(lanes)), code.instructions()[pc],
            "lanes 0x" + Integer.toHexString(lanes) + " of warp " + r.w.index + " wait here for lanes 0x"
            + Integer.toHexString(missing)
                + ", which are elsewhere" + s);
      }
    }
    for (WarpRunner r : warps) {
      r.eachBlockWait((warp, pc, mask) -> {
        throw fault(FaultKind.DIVERGENT_BARRIER, warp.w.thread(Integer.numberOfTrailingZeros(mask)), code.instructions()[pc],
            "not all threads of the block come to this barrier" + s);
      });
    }
    throw new IllegalStateException("kernel " + kernel + ": no thread can run and none waits");
  }
}
