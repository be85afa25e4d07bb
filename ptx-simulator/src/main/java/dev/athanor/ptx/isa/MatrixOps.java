package dev.athanor.ptx.isa;

import dev.athanor.ptx.FaultKind;
import dev.athanor.ptx.OpClass;
import dev.athanor.ptx.machine.Region;
import dev.athanor.ptx.machine.SharedMemory;
import dev.athanor.ptx.machine.Trap;
import dev.athanor.ptx.machine.WarpState;
import dev.athanor.ptx.parse.Ast;
import dev.athanor.ptx.parse.Space;
import dev.athanor.ptx.parse.Type;
import java.util.List;

/**
 * Matrix instructions of a warp: {@code mma.sync} of shapes m16n8k4, k8 and k16 on tf32, bf16 and f16 with single-precision sums,
 * and {@code ldmatrix}. The manual leaves order and rounding of the sums open; here products and sums are in double precision,
 * rounded once.
 */
final class MatrixOps {
  private MatrixOps() {}

  static boolean decode(Decoder d, Ast.Instruction i) {
    switch (i.base()) {
      case "mma" -> multiply(d, i);
      case "ldmatrix" -> load(d, i);
      default -> {
        return false;
      }
    }
    return true;
  }

  private static void multiply(Decoder d, Ast.Instruction i) {
    List<String> o = i.opcode();
    d.operands(i, 4);
    Type type = o.size() == 10 ? Type.of(o.get(7)) : null;
    boolean types = type != null && o.get(6).equals("f32") && o.get(8).equals(o.get(7)) && o.get(9).equals("f32");
    if (!types || !i.has("sync") || !o.get(3).startsWith("m16n8k") || !o.get(4).equals("row") || !o.get(5).equals("col")
        || type != Type.TF32 && type != Type.BF16 && type != Type.F16) {
      throw d.unknown();
    }
    int k = Integer.parseInt(o.get(3).substring(6));
    boolean known = type == Type.TF32 ? k == 4 || k == 8 : k == 8 || k == 16;
    if (!known) {
      throw d.unknown();
    }
    int perRegister = type == Type.TF32 ? 1 : 2;
    int[] a = registers(d, i, 1, 16 * k / 32 / perRegister, false);
    int[] b = registers(d, i, 2, 8 * k / 32 / perRegister, false);
    WarpDecoder.together(d, new Multiply(type, k, registers(d, i, 0, 4, true), a, b, registers(d, i, 3, 4, false),
        d.registers.constant(-1, 4)), OpClass.MATRIX);
  }

  private static int[] registers(Decoder d, Ast.Instruction i, int operand, int n, boolean target) {
    if (!(i.operands().get(operand) instanceof Ast.Vector v) || v.elements().size() != n) {
      throw d.unknown();
    }
    return v.elements().stream().mapToInt(e -> target ? d.target(e, 4) : d.source(e, 4, Type.F32)).toArray();
  }

  private static void load(Decoder d, Ast.Instruction i) {
    List<String> o = i.opcode();
    d.operands(i, 2);
    int n = i.has("x1") ? 1 : i.has("x2") ? 2 : i.has("x4") ? 4 : 0;
    boolean shared = o.stream().anyMatch(m -> Space.of(m) == Space.SHARED);
    if (n == 0 || !i.has("m8n8") || !o.getLast().equals("b16") || !(i.operands().get(1) instanceof Ast.Address a)) {
      throw d.unknown();
    }
    int base = d.registers.widthOf(d.scope, new Ast.Name(a.base()), 8) == 4 && shared ? d.source(new Ast.Name(a.base()), 4,
        Type.U32)
        : d.source(new Ast.Name(a.base()), 8, Type.U64);
    WarpDecoder.together(d, new LoadMatrix(registers(d, i, 0, n, true), new Rows(shared ? Space.SHARED : Space.GENERIC, base,
        a.offset()),
        i.has("trans"), d.registers.constant(-1, 4)), OpClass.SHARED_MEMORY);
  }

  private static void requireWarp(int lanes) {
    if (lanes != -1) {
      throw new Trap(FaultKind.DIVERGENT_SHUFFLE, Integer.numberOfTrailingZeros(lanes),
          "a matrix instruction needs all 32 lanes, here are 0x" + Integer.toHexString(lanes));
    }
  }

  /** {@code mma.sync}: d[16, 8] = a[16, k] b[k, 8] + c[16, 8], spread over the lanes as the manual draws it. */
  static final class Multiply extends WarpOps {
    private final Type type;
    private final int k;
    private final int[] d;
    private final int[] a;
    private final int[] b;
    private final int[] c;

    Multiply(Type type, int k, int[] d, int[] a, int[] b, int[] c, int members) {
      super(members);
      this.type = type;
      this.k = k;
      this.d = d;
      this.a = a;
      this.b = b;
      this.c = c;
    }

    @Override
    void together(WarpState w, int lanes) {
      requireWarp(lanes);
      if (w.anyUndefined) {
        for (int[] operand : new int[][] {a, b, c}) {
          for (int r : operand) {
            w.requireDefined(r, lanes, "an element of the matrix product");
          }
        }
        for (int r : d) {
          w.define(r, lanes, 0, null);
        }
      }
      double[] left = new double[16 * k];
      double[] right = new double[k * 8];
      int per = type == Type.TF32 ? 1 : 2;
      for (int lane = 0; lane < 32; lane++) {
        int group = lane >> 2;
        int within = lane & 3;
        for (int r = 0; r < a.length; r++) {
          for (int e = 0; e < per; e++) {
            int column = within * per + e + (r >> 1) * 4 * per;
            left[(group + (r & 1) * 8) * k + column] = element(w.r32[a[r]][lane], e);
          }
        }
        for (int r = 0; r < b.length; r++) {
          for (int e = 0; e < per; e++) {
            right[(within * per + e + r * 4 * per) * 8 + group] = element(w.r32[b[r]][lane], e);
          }
        }
      }
      int[][] sums = new int[4][32];
      for (int lane = 0; lane < 32; lane++) {
        for (int r = 0; r < 4; r++) {
          int row = (lane >> 2) + (r >> 1) * 8;
          int column = (lane & 3) * 2 + (r & 1);
          double sum = Float.intBitsToFloat(w.r32[c[r]][lane]);
          for (int x = 0; x < k; x++) {
            sum += left[row * k + x] * right[x * 8 + column];
          }
          sums[r][lane] = Float.floatToRawIntBits((float) sum);
        }
      }
      for (int r = 0; r < 4; r++) {
        System.arraycopy(sums[r], 0, w.r32[d[r]], 0, 32);
      }
    }

    /** tf32 is a float whose low 13 bits do not count. */
    private double element(int bits, int half) {
      return type == Type.TF32 ? Float.intBitsToFloat(bits & 0xFFFFE000) : HalfOps.toFloat(type == Type.BF16, bits >>> 16 * half);
    }
  }

  /** The rows of the matrices: 16 bytes at each lane's address. */
  private static final class Rows extends Memory {
    Rows(Space space, int base, long offset) {
      super(space, base, offset, 16, 1, false);
    }

    @Override
    public void execute(WarpState w, int mask) {
      throw new IllegalStateException("rows are read by ldmatrix");
    }

    /** Reads a lane's row; returns whether all of it was written. */
    boolean read(WarpState w, int lane, int[] row) {
      long address = address(w, lane);
      Space in = spaceOf(address);
      if (in != Space.SHARED) {
        throw new Trap(FaultKind.INVALID, lane, "ldmatrix of address 0x" + Long.toHexString(address)
            + ", which is not in shared memory");
      }
      Region r = region(w, lane, in, address);
      int at = place(w, lane, in, r, address);
      if (races(w, in)) {
        race(w, lane, in, r, at, 16, false, address);
      }
      for (int e = 0; e < 8; e++) {
        row[e] = (int) ((SharedMemory) r).load(at + 2 * e, 2);
      }
      return r.isWritten(at, 8) && r.isWritten(at + 8, 8);
    }
  }

  /** {@code ldmatrix}: lanes 8m to 8m+7 give the rows of matrix m; each lane gets two neighbours of a row of each matrix. */
  static final class LoadMatrix extends WarpOps {
    private final int[] d;
    private final Rows rows;
    private final boolean transposed;

    LoadMatrix(int[] d, Rows rows, boolean transposed, int members) {
      super(members);
      this.d = d;
      this.rows = rows;
      this.transposed = transposed;
    }

    @Override
    void together(WarpState w, int lanes) {
      requireWarp(lanes);
      if (w.anyUndefined) {
        w.requireDefined(rows.base, lanes, "the address");
      }
      int[][] elements = new int[8 * d.length][8];
      boolean[] complete = new boolean[8 * d.length];
      for (int lane = 0; lane < elements.length; lane++) {
        complete[lane] = rows.read(w, lane, elements[lane]);
      }
      for (int m = 0; m < d.length; m++) {
        int undefined = 0;
        for (int lane = 0; lane < 32; lane++) {
          int row = 8 * m + (lane >> 2);
          int column = (lane & 3) * 2;
          int low = transposed ? elements[8 * m + column][lane >> 2] : elements[row][column];
          int high = transposed ? elements[8 * m + column + 1][lane >> 2] : elements[row][column + 1];
          w.r32[d[m]][lane] = high << 16 | low;
          boolean defined = transposed ? complete[8 * m + column] && complete[8 * m + column + 1] : complete[row];
          undefined |= defined ? 0 : 1 << lane;
        }
        if (undefined != 0 || w.anyUndefined) {
          w.define(d[m], lanes, undefined, new WarpState.Origin("a row of shared memory (read in line " + line() + ": " + text()
              + ")"));
        }
      }
    }
  }
}
