package dev.athanor.kernels.lab;

import dev.athanor.kernels.Grid;
import dev.athanor.kernels.Kernel;
import dev.athanor.kernels.Kernels;
import dev.athanor.kernels.Layout;
import dev.athanor.kernels.ParameterBlock;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import java.util.function.UnaryOperator;

/**
 * Where an {@link Experiment} is carried out: memory on a device, launches, comparison with what was expected, and a tally of
 * cost. One bench serves one run of an experiment.
 */
public final class Bench implements AutoCloseable {
  /** A tensor on the device. */
  public record Array(Cell cell, int length, long address) {}

  private final LabDevice device;
  private final Arena arena = Arena.ofConfined();
  private final ParameterBlock parameters = new ParameterBlock(arena.allocate(ParameterBlock.MAX_BYTES, 16));
  private final SplittableRandom random;
  private int threads;
  private int shift;
  private UnaryOperator<String> mutation = UnaryOperator.identity();
  private Kernel underTest;
  private long bytesMoved;
  private Measurement measured = Measurement.NONE;
  private double seconds;
  private double maxError;
  private double worst;
  private String mismatch;
  private boolean timing;
  private boolean wide;
  private int cells = 1;
  private int checks;

  /** A bench on this device, which stays the caller's. */
  public Bench(LabDevice device, long seed) {
    this.device = device;
    random = new SplittableRandom(seed);
  }

  /** Launches with this many threads per block where the kernel allows a choice; 0 for its default. */
  public Bench threads(int threads) {
    this.threads = threads;
    return this;
  }

  /** Puts every tensor this many elements behind an aligned address. */
  public Bench shift(int elements) {
    shift = elements;
    return this;
  }

  /** Makes kernels take the path for indices beyond 2^31, whatever the size. */
  public Bench wide(boolean wide) {
    this.wide = wide;
    return this;
  }

  /** Changes the PTX of the kernel under test before it runs: a planted bug. */
  public Bench mutation(UnaryOperator<String> mutation) {
    this.mutation = mutation;
    return this;
  }

  /** Repeats the launches of the kernel under test for their best time. */
  public Bench timing(boolean timing) {
    this.timing = timing;
    return this;
  }

  /** Runs one experiment. */
  public Bench run(Experiment experiment, int size) {
    underTest = experiment.kernel();
    experiment.body().run(this, size);
    if (checks == 0) {
      throw new IllegalStateException(experiment + " compared nothing");
    }
    return this;
  }

  // ---- for experiments

  /** The experiment's source of random inputs, the same in every run. */
  public SplittableRandom random() {
    return random;
  }

  /** Random floats from a to b. */
  public double[] uniform(int n, double a, double b) {
    double[] x = new double[n];
    for (int i = 0; i < n; i++) {
      x[i] = a + (b - a) * random.nextDouble();
    }
    return x;
  }

  /** Random integers from 0 to bound - 1. */
  public long[] integers(int n, long bound) {
    long[] x = new long[n];
    for (int i = 0; i < n; i++) {
      x[i] = random.nextLong(bound);
    }
    return x;
  }

  /** Says that an element is so many cells (16 bytes are two int64), so that shifts keep elements aligned. */
  public void cellsPerElement(int cells) {
    this.cells = cells;
  }

  /** A tensor of floats that the kernel reads; {@code x} is rounded in place to what the cell holds. */
  public Array in(Cell cell, double[] x) {
    bytesMoved += (long) x.length * cell.bytes();
    return upload(cell, x);
  }

  /** A tensor of integers that the kernel reads. */
  public Array in(Cell cell, long[] x) {
    bytesMoved += (long) x.length * cell.bytes();
    return upload(cell, x);
  }

  /** A tensor of floats that the kernel reads and writes. */
  public Array inOut(Cell cell, double[] x) {
    bytesMoved += 2L * x.length * cell.bytes();
    return upload(cell, x);
  }

  /** A tensor of integers that the kernel reads and writes. */
  public Array inOut(Cell cell, long[] x) {
    bytesMoved += 2L * x.length * cell.bytes();
    return upload(cell, x);
  }

  /** A tensor that the kernel writes and nobody has written before. */
  public Array out(Cell cell, int n) {
    bytesMoved += (long) n * cell.bytes();
    return allocate(cell, n);
  }

  /** Replaces the contents of a tensor of floats. */
  public void rewrite(Array array, double[] x) {
    write(array, x);
  }

  /** Bytes of the kernel's traffic that no tensor stands for (or, if negative, that are not moved after all). */
  public void alsoMoves(long bytes) {
    bytesMoved += bytes;
  }

  /** Memory for what one kernel hands to another: aligned whatever the shift, and not counted as the kernel's traffic. */
  public long workspace(long bytes) {
    return device.allocate(bytes);
  }

  /** Replaces the tally of bytes, for a kernel that is launched among others. */
  public void moves(long bytes) {
    bytesMoved = bytes;
  }

  /** Starts the parameters of a kernel. */
  public ParameterBlock parameters(Kernel kernel) {
    return parameters.begin(kernel);
  }

  /** Launches a kernel with the parameters last written, over so much work. */
  public void launch(Kernel kernel, long work) {
    int block = kernel.launch().anyBlockSize() && threads > 0 ? threads : kernel.launch().threads();
    launch(kernel, kernel.launch().grid().blocks(work, block), block);
  }

  /** Launches with a grid smaller than the work asks for, so that threads must loop. */
  public void launchNarrow(Kernel kernel, long work) {
    int block = kernel.launch().anyBlockSize() && threads > 0 ? threads : kernel.launch().threads();
    int grid = kernel.launch().grid().blocks(work, block);
    launch(kernel, kernel.launch().grid() instanceof Grid.Single ? 1 : Math.max(1, grid / 2), block);
  }

  private void launch(Kernel kernel, int grid, int block) {
    boolean mine = kernel.equals(underTest);
    String ptx = Kernels.slice(kernel);
    MemorySegment segment = parameters.segment();
    if (wide) {
      Widening.apply(kernel, segment);
    }
    Measurement m = device.launch(kernel, mine ? mutation.apply(ptx) : ptx, grid, block, segment);
    if (mine) {
      measured = measured.plus(m);
      if (timing) {
        seconds += device.time(kernel, grid, block, segment);
      }
    }
  }

  /** Expects exactly these integers. */
  public void expect(Array array, long[] expected) {
    checks++;
    MemorySegment got = download(array);
    for (int i = 0; i < array.length(); i++) {
      long value = array.cell().loadLong(got, i);
      if (value != expected[i] && mismatch == null) {
        mismatch = "element " + i + " of " + array.length() + " is " + value + ", expected " + expected[i];
        worst = Double.POSITIVE_INFINITY;
      }
    }
  }

  /** Expects exactly these floats, bit for bit. */
  public void expectBits(Array array, double[] expected) {
    expect(array, expected, i -> 0);
    MemorySegment got = download(array);
    for (int i = 0; i < array.length(); i++) {
      double value = array.cell().loadDouble(got, i);
      if (Double.doubleToRawLongBits(value) != Double.doubleToRawLongBits(expected[i]) && mismatch == null
          && !Double.isNaN(value)) {
        mismatch = "element " + i + " of " + array.length() + " is " + value + ", expected the bits of " + expected[i];
        worst = Double.POSITIVE_INFINITY;
      }
    }
  }

  /** Expects floats within a bound; NaN and infinities must be met exactly. A bound of infinity excuses an element. */
  public void expect(Array array, double[] expected, IntToDoubleFunction bound) {
    checks++;
    MemorySegment got = download(array);
    for (int i = 0; i < array.length(); i++) {
      double value = array.cell().loadDouble(got, i);
      double allowed = bound.applyAsDouble(i);
      if (allowed == Double.POSITIVE_INFINITY) {
        continue;
      }
      double target = array.cell().round(expected[i]);
      if (Double.compare(value, target) == 0 || value == target) {
        continue;
      }
      double error = Math.abs(value - expected[i]);
      double ratio = error <= allowed ? error / allowed : Double.POSITIVE_INFINITY; // NaN: infinity
      maxError = Double.isNaN(error) ? Double.POSITIVE_INFINITY : Math.max(maxError, error);
      worst = Math.max(worst, ratio);
      if (ratio > 1 && mismatch == null) {
        mismatch = "element " + i + " of " + array.length() + " is " + value + ", expected " + expected[i] + " within " + allowed;
      }
    }
  }

  /** Expects floats within so many units in the last place of each expected value. */
  public void expectUlps(Array array, double[] expected, double ulps) {
    double unit = 2 * array.cell().unit();
    double tiny = array.cell() == Cell.F32 ? Float.MIN_VALUE : Double.MIN_VALUE;
    expect(array, expected, i -> ulps * Math.max(tiny, unit * Math.abs(expected[i])));
  }

  /** A contiguous layout of so many operands over n elements. */
  public static Layout contiguous(int operands, long n) {
    Layout layout = new Layout(operands).begin();
    for (int k = 0; k < operands; k++) {
      layout.stride(k, 1);
    }
    return layout.dimension(n).end();
  }

  // ---- the outcome

  /** Null if everything was as expected, else what was not. */
  public String mismatch() {
    return mismatch;
  }

  /** The largest absolute error of a float. */
  public double maxError() {
    return maxError;
  }

  /** The largest error relative to its bound; above 1 is a mismatch. */
  public double worstRatio() {
    return worst;
  }

  /** What the kernel under test cost. */
  public Measurement measured() {
    return measured;
  }

  /** The best time of the kernel under test in seconds, where timing was asked for and the device has a clock. */
  public double seconds() {
    return seconds;
  }

  /** The bytes that a perfect kernel would move. */
  public long bytesMoved() {
    return bytesMoved;
  }

  /** Releases the device memory. */
  @Override
  public void close() {
    device.releaseAll();
    arena.close();
  }

  private Array upload(Cell cell, double[] x) {
    Array array = allocate(cell, x.length);
    write(array, x);
    return array;
  }

  private void write(Array array, double[] x) {
    if (x.length > 0) {
      try (Arena temporary = Arena.ofConfined()) {
        MemorySegment host = temporary.allocate((long) x.length * array.cell().bytes(), 8);
        for (int i = 0; i < x.length; i++) {
          x[i] = array.cell().round(x[i]);
          array.cell().store(host, i, x[i]);
        }
        device.write(array.address(), host);
      }
    }
  }

  private Array upload(Cell cell, long[] x) {
    Array array = allocate(cell, x.length);
    if (x.length > 0) {
      try (Arena temporary = Arena.ofConfined()) {
        MemorySegment host = temporary.allocate((long) x.length * cell.bytes(), 8);
        for (int i = 0; i < x.length; i++) {
          cell.store(host, i, x[i]);
        }
        device.write(array.address(), host);
      }
    }
    return array;
  }

  private Array allocate(Cell cell, int n) {
    long skip = (long) shift * cell.bytes() * cells;
    return new Array(cell, n, device.allocate((long) n * cell.bytes() + skip) + skip);
  }

  private MemorySegment download(Array array) {
    MemorySegment host = arena.allocate(Math.max(8, (long) array.length() * array.cell().bytes()), 8);
    if (array.length() > 0) {
      device.read(array.address(), host.asSlice(0, (long) array.length() * array.cell().bytes()));
    }
    return host;
  }
}
