package dev.athanor.kernels.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.kernels.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Bugs planted in the PTX, one at a time, are caught by some experiment of the kernel: by the simulator's checks or by the
 * comparison. A bug that survives means that an experiment, or a check, is missing.
 */
class PlantedBugTest {
  private static final LabDevice DEVICE = SimulatedDevice.open();
  private static final int[] SIZES = {1, 31, 33, 1023, 1800, 2100, 3100};

  @AfterAll
  static void close() {
    DEVICE.close();
  }

  /** Every barrier matters. */
  @ParameterizedTest
  @ValueSource(strings = {"copy_transpose_b8", "copy_transpose_b32", "scan_rows_f32", "scan_rows_i64", "sort_tile_f32",
      "sort_tile_f64", "gradients_squares_f32", "gradients_norm", "convolution_depthwise_weight_f32", "optimizer_adam_f32",
      "optimizer_sgd_f64", "reduce_variance_f32_row", "reduce_sum_f64_column", "bias_grad_tanh_f32", "softmax_f32_block",
      "softmax_f32_column", "cross_entropy_i64_f32_block", "layer_norm_f32_block", "group_norm_grad_f32_block",
      "norm_sums_f32_column"})
  void aMissingBarrier(String entry) {
    everyOneIsCaught(entry, "bar\\.sync \t0;", m -> "", 1);
  }

  /** Every store matters. */
  @ParameterizedTest
  @ValueSource(strings = {"copy_transpose_b32", "copy_b32", "scan_rows_f32", "sort_tile_i32", "sort_merge_f32",
      "pooling_max_f32", "convolution_im2col_b32", "random_normal_f64", "gradients_norm",
      "resampling_bilinear_f32", "select_f32_strided", "cast_f64_f16", "bias_gelu_f32", "reduce_sum_f32_final",
      "log_softmax_grad_f32_warp", "layer_norm_grad_f32_block"})
  void aMissingStore(String entry) {
    everyOneIsCaught(entry, "st\\.global\\.\\S+ +\t[^;]+;", m -> "", 1);
  }

  /** The guard at the head of an elementwise kernel lets one thread too many in. */
  @ParameterizedTest
  @ValueSource(strings = {"copy_fill_b32", "copy_pad_b64", "copy_triangle_b32", "copy_triangle_mask", "indexing_gather_b32_i64",
      "indexing_scatter_f32_i32", "indexing_scatter_sorted_f64", "indexing_one_hot_f32_i64", "scan_add_f32", "scan_columns_f64",
      "sort_merge_i64", "convolution_im2col_b16", "convolution_col2im_f32", "convolution_depthwise_f32",
      "convolution_depthwise_input_f64", "pooling_max_f32", "pooling_max_grad_f32", "pooling_avg_f64", "pooling_avg_grad_f32",
      "pooling_adaptive_avg_f32", "pooling_adaptive_avg_grad_f32", "resampling_nearest_f32", "resampling_bilinear_grad_f32",
      "resampling_affine_f32"})
  void anOffByOneGuard(String entry) {
    String ptx = Kernels.slice(Kernels.get(entry));
    String mutant = ptx.replaceFirst("setp\\.ge\\.s64", "setp.gt.s64");
    assertTrue(!mutant.equals(ptx) && caught(entry, mutant) != null, entry + " with an off-by-one guard passes");
  }

  /** A check of rows, columns or lengths is missing. */
  @ParameterizedTest
  @ValueSource(strings = {"convolution_im2col_b32", "copy_transpose_b32", "convolution_depthwise_f32"})
  void aMissingBoundsCheck(String entry) {
    everyOneIsCaught(entry, "setp\\.ge\\.s32 \t(%p\\d+), (%r\\d+), (%r\\d+);", m -> "setp.ne.s32 \t" + m.group(1) + ", "
        + m.group(2)
        + ", " + m.group(2) + ";", 2);
  }

  /** A tile whose rows are written at one pitch and read at another. */
  @Test
  void aWrongStride() {
    String ptx = Kernels.slice(Kernels.get("copy_transpose_b32"));
    String mutant = ptx.replaceFirst(", 132, ", ", 136, ");
    assertTrue(!mutant.equals(ptx) && caught("copy_transpose_b32", mutant) != null);
  }

  /** No bug, but a cost that the counters must show: without the 33rd column every column of the tile lies in one bank. */
  @Test
  void bankConflictsWithoutPadding() {
    String ptx = Kernels.slice(Kernels.get("copy_transpose_b32"));
    Experiment square = Experiments.matching("copy_transpose_b32[square]").getFirst();
    try (Bench padded = new Bench(DEVICE, 1); Bench plain = new Bench(DEVICE, 1).mutation(t -> t.replace(", 132, ", ", 128, ")
        .replace("+1056]", "+1024]").replace("+2112]", "+2048]").replace("+3168]", "+3072]"))) {
      padded.run(square, 128 * 128);
      plain.run(square, 128 * 128);
      assertTrue(ptx.contains(", 132, "));
      assertEquals(null, plain.mismatch());
      assertEquals(0, padded.measured().bankConflicts());
      // 16 tiles, each read by 32 warps' requests of 32 lanes in one bank.
      assertEquals(16 * 32 * 31, plain.measured().bankConflicts());
    }
  }

  private static void everyOneIsCaught(String entry, String regex, java.util.function.Function<Matcher, String> replacement,
      int atLeast) {
    String ptx = Kernels.slice(Kernels.get(entry));
    Matcher m = Pattern.compile(regex).matcher(ptx);
    int planted = 0;
    List<String> survivors = new ArrayList<>();
    while (m.find()) {
      planted++;
      String mutant = ptx.substring(0, m.start()) + replacement.apply(m) + ptx.substring(m.end());
      if (caught(entry, mutant) == null) {
        survivors.add(planted + ": " + m.group());
      }
    }
    assertTrue(planted >= atLeast, entry + " has only " + planted + " places for this bug");
    assertTrue(survivors.isEmpty(), () -> entry + " passes without " + survivors);
  }

  /** How a mutant is caught, or null if it passes everything. */
  private static String caught(String entry, String mutant) {
    UnaryOperator<String> mutation = t -> mutant;
    for (int size : SIZES) {
      for (Experiment experiment : Experiments.matching(entry)) {
        for (int mode = 0; mode < 3; mode++) {
          try (Bench bench = new Bench(DEVICE, 1).shift(mode == 1 ? 1 : 0).wide(mode == 2).mutation(mutation)) {
            bench.run(experiment, size);
            if (bench.mismatch() != null) {
              return bench.mismatch();
            }
          } catch (RuntimeException e) {
            return e.getMessage();
          }
        }
      }
    }
    return null;
  }
}
