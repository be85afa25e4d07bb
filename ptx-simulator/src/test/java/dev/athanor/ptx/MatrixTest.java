package dev.athanor.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Matrix instructions: fragments are spread and gathered here by the formulas of the PTX manual, element by element. */
class MatrixTest {
  /** Place of element i of a lane's fragment of A, as row and column. */
  private static int[] placeA(String type, int k, int lane, int i) {
    int group = lane >> 2;
    int t = lane & 3;
    if (type.equals("tf32")) {
      return new int[] {i == 0 || i == 2 ? group : group + 8, i < 2 ? t : t + 4};
    }
    boolean upper = k == 8 ? i < 2 : i < 2 || i >= 4 && i < 6;
    return new int[] {upper ? group : group + 8, t * 2 + (i & 1) + (i >= 4 ? 8 : 0)};
  }

  private static int[] placeB(String type, int lane, int i) {
    int group = lane >> 2;
    int t = lane & 3;
    return type.equals("tf32") ? new int[] {i == 0 ? t : t + 4, group} : new int[] {t * 2 + (i & 1) + (i >= 2 ? 8 : 0), group};
  }

  private static int bits(String type, float v) {
    return switch (type) {
      case "tf32" -> Float.floatToRawIntBits(v);
      case "bf16" -> Float.floatToRawIntBits(v) >>> 16;
      default -> Float.floatToFloat16(v) & 0xFFFF;
    };
  }

  @ParameterizedTest
  @CsvSource({"tf32, 4", "tf32, 8", "bf16, 8", "bf16, 16", "f16, 8", "f16, 16"})
  void multiply(String type, int k) {
    Random random = new Random(k);
    float[][] a = new float[16][k];
    float[][] b = new float[k][8];
    float[][] c = new float[16][8];
    for (float[][] m : new float[][][] {a, b, c}) {
      for (float[] row : m) {
        for (int i = 0; i < row.length; i++) {
          row[i] = random.nextInt(17) - 8;  // small integers: exact in every type and order
        }
      }
    }
    int per = type.equals("tf32") ? 1 : 2;
    int na = 16 * k / 32 / per;
    int nb = 8 * k / 32 / per;
    int[] in = new int[32 * 16];
    for (int lane = 0; lane < 32; lane++) {
      for (int i = 0; i < na * per; i++) {
        int[] p = placeA(type, k, lane, i);
        in[lane * 16 + i / per] |= bits(type, a[p[0]][p[1]]) << 16 * (i % per);
      }
      for (int i = 0; i < nb * per; i++) {
        int[] p = placeB(type, lane, i);
        in[lane * 16 + 4 + i / per] |= bits(type, b[p[0]][p[1]]) << 16 * (i % per);
      }
      for (int i = 0; i < 4; i++) {
        in[lane * 16 + 8 + i] = Float.floatToRawIntBits(c[(lane >> 2) + (i < 2 ? 0 : 8)][(lane & 3) * 2 + (i & 1)]);
      }
    }
    String fa = na == 4 ? "{%r0, %r1, %r2, %r3}" : "{%r0, %r1}";
    String fb = nb == 2 ? "{%r4, %r5}" : "{%r4}";
    String ptx = Lab.header() + """
        .visible .entry k(.param .u64 p) { .reg .b32 %r<12>, %t; .reg .f32 %f<8>; .reg .b64 %d<3>;
          ld.param.u64 %d0, [p]; mov.u32 %t, %tid.x; mul.wide.u32 %d1, %t, 64; add.s64 %d0, %d0, %d1;
          ld.global.v4.u32 {%r0, %r1, %r2, %r3}, [%d0]; ld.global.v4.u32 {%r4, %r5, %r6, %r7}, [%d0+16];
          ld.global.v4.f32 {%f0, %f1, %f2, %f3}, [%d0+32];
          mma.sync.aligned.m16n8kK.row.col.f32.TYPE.TYPE.f32 {%f0, %f1, %f2, %f3}, A, B, {%f0, %f1, %f2, %f3};
          st.global.v4.f32 [%d0+48], {%f0, %f1, %f2, %f3}; ret; }""".replace("kK", "k" + k)
        .replace("TYPE", type).replace(" A,", " " + fa + ",")
        .replace(" B,", " " + fb + ",");
    try (SimDevice device = SimDevice.create()) {
      PtxKernel kernel = PtxModule.parse(ptx).kernel("k");
      long p = Lab.upload(device, in);
      LaunchReport r = device.launch(kernel, Dim3.of(1), Dim3.of(32), 0, Lab.parameters(kernel, p));
      assertEquals(32, r.byClass().get(OpClass.MATRIX));
      float[] got = Lab.floats(device, p, in.length);
      for (int lane = 0; lane < 32; lane++) {
        for (int i = 0; i < 4; i++) {
          int row = (lane >> 2) + (i < 2 ? 0 : 8);
          int column = (lane & 3) * 2 + (i & 1);
          float want = c[row][column];
          for (int x = 0; x < k; x++) {
            want += a[row][x] * b[x][column];
          }
          assertEquals(want, got[lane * 16 + 12 + i], "element " + row + ", " + column);
        }
      }
      SimulationFault f = assertThrows(SimulationFault.class,
          () -> device.launch(kernel, Dim3.of(1), Dim3.of(31), 0, Lab.parameters(kernel, p)));
      assertEquals(FaultKind.DIVERGENT_SHUFFLE, f.kind());
    }
  }

  @ParameterizedTest
  @CsvSource({"false", "true"})
  void loadMatrix(boolean transposed) {
    short[] in = new short[256];
    for (int i = 0; i < 256; i++) {
      in[i] = (short) (i * 3);
    }
    String ptx = Lab.header() + """
        .visible .entry k(.param .u64 p, .param .u64 q) { .reg .b32 %r<12>, %t; .reg .b64 %d<4>; .shared .align 16 .b8 s[512];
          ld.param.u64 %d0, [p]; ld.param.u64 %d1, [q]; mov.u32 %t, %tid.x; mul.wide.u32 %d2, %t, 16; add.s64 %d0, %d0, %d2;
          add.s64 %d1, %d1, %d2; ld.global.v4.u32 {%r0, %r1, %r2, %r3}, [%d0]; shl.b32 %r4, %t, 4; mov.u32 %r5, s;
          add.s32 %r5, %r5, %r4;
          st.shared.v4.u32 [%r5], {%r0, %r1, %r2, %r3}; bar.sync 0;
          ldmatrix.sync.aligned.m8n8.x4MODE.shared.b16 {%r0, %r1, %r2, %r3}, [%r5];
          st.global.v4.u32 [%d1], {%r0, %r1, %r2, %r3}; ret; }""".replace("MODE", transposed ? ".trans" : "");
    try (SimDevice device = SimDevice.create()) {
      PtxKernel kernel = PtxModule.parse(ptx).kernel("k");
      long p = device.allocate(512);
      device.write(p, MemorySegment.ofArray(in));
      long q = device.allocate(512);
      device.launch(kernel, Dim3.of(1), Dim3.of(32), 0, Lab.parameters(kernel, p, q));
      int[] got = Lab.ints(device, q, 128);
      for (int lane = 0; lane < 32; lane++) {
        for (int m = 0; m < 4; m++) {
          int row = lane / 4;
          int column = lane % 4 * 2;
          int low = transposed ? in[m * 64 + column * 8 + row] : in[m * 64 + row * 8 + column];
          int high = transposed ? in[m * 64 + (column + 1) * 8 + row] : in[m * 64 + row * 8 + column + 1];
          assertEquals(high << 16 | low, got[lane * 4 + m]);
        }
      }
    }
  }

  @Test
  void unknownShapesAreRefused() {
    assertThrows(PtxException.class,
        () -> Lab.run("mma.sync.aligned.m8n8k4.row.col.f32.f16.f16.f32 {%f0, %f1, %f2, %f3}, {%r1}, {%r2},"
        + " {%f0, %f1, %f2, %f3};", java.util.List.of(new long[] {0})));
  }
}
