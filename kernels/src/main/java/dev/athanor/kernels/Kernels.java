package dev.athanor.kernels;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;

/**
 * The catalogue: every kernel by name or by family, and the PTX text it is loaded from.
 *
 * <p>Names are made of the family, the operation, the element type and the path: {@code unary_relu_f32},
 * {@code unary_grad_relu_f32_strided}, {@code reduce_sum_f64_row}. {@code docs/kernels.md} lists the families.
 */
public final class Kernels {
  /** One line per family, so that adding one touches one line. */
  private static final List<KernelFamily> FAMILIES = List.of(
      new RandomFamily(),
      new OptimizerFamily(),
      new GradientsFamily(),
      new CopyFamily(),
      new IndexingFamily(),
      new ScanFamily(),
      new SortFamily(),
      new ConvolutionFamily(),
      new PoolingFamily(),
      new ResamplingFamily(),
      new UnaryFamily(),
      new UnaryGradFamily(),
      new BinaryFamily(false),
      new BinaryFamily(true),
      new SelectFamily(),
      new CastFamily(),
      new ReduceFamily(),
      new SoftmaxFamily(),
      new CrossEntropyFamily(),
      new BiasFamily(),
      new BatchNormFamily(),
      new NormFamily());

  private static final Map<String, List<Kernel>> BY_FAMILY = new LinkedHashMap<>();
  private static final Map<String, Kernel> BY_ENTRY = new LinkedHashMap<>();

  static {
    for (KernelFamily family : FAMILIES) {
      List<Kernel> kernels = List.copyOf(family.kernels());
      BY_FAMILY.put(family.name(), kernels);
      for (Kernel kernel : kernels) {
        if (BY_ENTRY.put(kernel.entry(), kernel) != null) {
          throw new IllegalStateException("two kernels are named " + kernel.entry());
        }
      }
    }
  }

  private Kernels() {}

  /** The names of all families. */
  public static Collection<String> families() {
    return Collections.unmodifiableSet(BY_FAMILY.keySet());
  }

  /** All kernels, family by family. */
  public static Collection<Kernel> all() {
    return Collections.unmodifiableCollection(BY_ENTRY.values());
  }

  /**
   * The kernels of one family.
   *
   * @throws NoSuchElementException if there is no such family
   */
  public static List<Kernel> family(String name) {
    List<Kernel> kernels = BY_FAMILY.get(name);
    if (kernels == null) {
      throw new NoSuchElementException("no kernel family named " + name + "; there are " + BY_FAMILY.keySet());
    }
    return kernels;
  }

  /**
   * The kernel with this entry name. Callers on a hot path keep the result.
   *
   * @throws NoSuchElementException if there is no such kernel
   */
  public static Kernel get(String entry) {
    Kernel kernel = BY_ENTRY.get(entry);
    if (kernel == null) {
      throw new NoSuchElementException("no kernel named " + entry + " in the families " + BY_FAMILY.keySet());
    }
    return kernel;
  }

  /**
   * Bytes of the state that a reduction writes for one chunk, see {@link ReducePlan#partials()}.
   *
   * @param op the operation as in the kernels' names, {@code sum}
   */
  public static int reduceStateBytes(String op, ElementType type) {
    return ReduceFamily.stateBytes(op, type);
  }

  /** Whether there is a kernel with this entry name. */
  public static boolean has(String entry) {
    return BY_ENTRY.containsKey(entry);
  }

  /**
   * The PTX text of a whole family.
   *
   * @throws NoSuchElementException if there is no such family
   */
  public static String ptx(String family) {
    family(family);
    try (InputStream in = Kernels.class.getResourceAsStream(family + ".ptx")) {
      if (in == null) {
        throw new IllegalStateException("the resource " + family + ".ptx is missing from this build: run kernels/build-ptx.sh");
      }
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the PTX of family " + family, e);
    }
  }

  /**
   * The PTX of one kernel alone: its family's text without the other entries. A driver compiles a module as a whole, so a
   * program that needs a few kernels of a large family starts sooner with their slices.
   */
  public static String slice(Kernel kernel) {
    return PtxText.slice(ptx(kernel.family()), kernel.entry());
  }
}
