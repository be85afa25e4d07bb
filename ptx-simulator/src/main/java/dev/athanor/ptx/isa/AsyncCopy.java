package dev.athanor.ptx.isa;

import dev.athanor.ptx.OpClass;
import dev.athanor.ptx.machine.Region;
import dev.athanor.ptx.machine.WarpState;
import dev.athanor.ptx.parse.Ast;
import dev.athanor.ptx.parse.Space;
import dev.athanor.ptx.parse.Type;
import java.util.List;

/** {@code cp.async}: copies from global to shared memory that complete when their group is waited for. */
final class AsyncCopy extends Instruction {
  private final Side to;
  private final Side from;
  private final int sourceBytes;

  /** One end of a copy. */
  private static final class Side extends Memory {
    Side(MemoryDecoder.Address a, int size) {
      super(a.space(), a.base(), a.offset(), size, 1, false);
    }

    @Override
    public void execute(WarpState w, int mask) {
      throw new IllegalStateException("an end of a copy is no instruction");
    }

    /** Finds and checks the bytes at an address. */
    Region check(WarpState w, int lane, long address, boolean write) {
      Region r = region(w, lane, space, address);
      int at = place(w, lane, space, r, address);
      if (races(w, space)) {
        race(w, lane, space, r, at, size, write, address);
      }
      return r;
    }
  }

  /** sourceBytes is the register of the bytes to read, the rest being zero, or -1 for all. */
  private AsyncCopy(Side to, Side from, int sourceBytes) {
    this.to = to;
    this.from = from;
    this.sourceBytes = sourceBytes;
  }

  @Override
  public void execute(WarpState w, int mask) {
    if (w.anyUndefined) {
      w.requireDefined(to.base, mask, "the address");
      w.requireDefined(from.base, mask, "the address");
    }
    if (w.launch.counters) {
      from.count(w, mask, false);
    }
    for (int m = mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      long target = to.address(w, lane);
      long source = from.address(w, lane);
      int bytes = sourceBytes < 0 ? to.size : Math.clamp((int) w.get(sourceBytes, lane), 0, to.size);
      w.async().add(lane, (warp, l) -> copy(warp, l, target, source, bytes));
    }
  }

  private void copy(WarpState w, int lane, long target, long source, int bytes) {
    Region t = to.check(w, lane, target, true);
    int at = (int) target;
    for (int i = bytes; i < to.size; i++) {
      t.store(at + i, 1, 0);
    }
    if (bytes == 0) {
      return;  // an address that is not read may point anywhere
    }
    Region s = from.check(w, lane, source, false);
    int begin = from.place(w, lane, Space.GLOBAL, s, source);
    for (int i = 0; i < bytes; i++) {
      t.store(at + i, 1, s.load(begin + i, 1));
      if (!s.isWritten(begin + i, 1)) {
        t.unwrite(at + i, 1);
      }
    }
  }

  /** {@code cp.async.commit_group} and the waits. */
  private static final class Group extends Instruction {
    private final boolean commit;
    private final boolean await;
    private final int latest;

    Group(boolean commit, boolean await, int latest) {
      this.commit = commit;
      this.await = await;
      this.latest = latest;
    }

    @Override
    public void execute(WarpState w, int mask) {
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        if (commit) {
          w.async().commit(lane);
        }
        if (await) {
          w.async().await(w, lane, latest);
        }
      }
    }
  }

  static boolean decode(Decoder d, Ast.Instruction i) {
    List<String> o = i.opcode();
    if (!i.base().equals("cp") || o.size() < 3 || !o.get(1).equals("async")) {
      return false;
    }
    switch (o.get(2)) {
      case "commit_group" -> d.emit(new Group(true, false, 0), OpClass.SYNCHRONIZATION);
      case "wait_all" -> d.emit(new Group(true, true, 0), OpClass.SYNCHRONIZATION);
      case "wait_group" -> {
        d.operands(i, 1);
        if (!(i.operands().getFirst() instanceof Ast.Int n)) {
          throw d.unknown();
        }
        d.emit(new Group(false, true, (int) n.value()), OpClass.SYNCHRONIZATION);
      }
      case "ca", "cg" -> copy(d, i);
      default -> {
        return false;
      }
    }
    return true;
  }

  private static void copy(Decoder d, Ast.Instruction i) {
    int n = i.operands().size();
    if (n != 3 && n != 4 || !(i.operands().get(2) instanceof Ast.Int size)
        || size.value() != 4 && size.value() != 8 && size.value() != 16) {
      throw d.unknown();
    }
    Side to = new Side(MemoryDecoder.address(d, i, i.operands().getFirst(), Space.SHARED), (int) size.value());
    Side from = new Side(MemoryDecoder.address(d, i, i.operands().get(1), Space.GLOBAL), (int) size.value());
    d.emit(new AsyncCopy(to, from, n == 4 ? d.source(i.operands().get(3), 4, Type.U32) : -1), OpClass.GLOBAL_MEMORY);
  }
}
