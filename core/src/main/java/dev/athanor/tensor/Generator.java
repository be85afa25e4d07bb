package dev.athanor.tensor;

import dev.athanor.backend.BinaryOp;
import dev.athanor.backend.Philox;
import dev.athanor.backend.RandomKind;
import dev.athanor.ops.Elementwise;
import java.lang.foreign.MemorySegment;

/**
 * A counter-based generator of random tensors, Philox 4x32-10: the same seed and stream give the same bits on every backend. Its
 * state is three numbers, which can be read and restored exactly.
 */
public final class Generator implements AutoCloseable {
  private final Device device;
  private final Tensor state;
  private long seed;
  private long stream;
  private long base;
  private long consumed;
  /** Whether the offset on the device is {@link #base}. */
  private boolean current;

  Generator(Device device, long seed, long stream) {
    this.device = device;
    this.state = device.zeros(DType.INT64, Shape.of(3)).persist();
    try {
      restore(new State(seed, stream, 0));
    } catch (RuntimeException e) {
      state.close();
      throw e;
    }
  }

  /**
   * A generator's position.
   *
   * @param seed the key
   * @param stream which of 2⁶⁴ independent sequences of that seed
   * @param offset blocks of four 32-bit words used up
   */
  public record State(long seed, long stream, long offset) {}

  /** The device it draws on. */
  public Device device() {
    return device;
  }

  /** The position now. */
  public State state() {
    return new State(seed, stream, base + consumed);
  }

  /** Moves to a position. */
  public void restore(State position) {
    upload(position.seed(), position.stream(), position.offset());
    seed = position.seed();
    stream = position.stream();
    base = position.offset();
    consumed = 0;
  }

  private void upload(long... numbers) {
    device.backend().upload(MemorySegment.ofArray(numbers), state.view().buffer(), 0);
    state.changed("restore");
    current = true;
  }

  /** Makes the numbers used up part of the offset on the device. */
  private void rebase() {
    if (consumed != 0 || !current) {
      base += consumed;
      consumed = 0;
      upload(seed, stream, base);
    }
  }

  /**
   * This generator in a recorded function: deltas count from the offset on the device, which the recording moves on by what one run
   * uses up.
   */
  private final class Drawing implements Stepped {
    private long blocks;

    private Drawing() {
      current &= consumed == 0;
      base += consumed;
      consumed = 0;
    }

    @Override
    public void seal(Recording recording) {
      blocks = consumed;
      consumed = 0;
      if (blocks > 0) {
        View offset = state.view().select(0, 2);
        recording.recorder().binary(BinaryOp.ADD, offset, recording.constant(DType.INT64, blocks), offset);
      }
    }

    @Override
    public void undo() {
      consumed = 0;
    }

    @Override
    public void prepare() {
      rebase();
    }

    @Override
    public void advanced() {
      base += blocks;
      state.changed("a replayed plan");
    }

    @Override
    public void failed() {
      current = false;
    }
  }

  /**
   * Another generator with the same seed and a stream of its own, whose number is drawn from this one: the next call gives
   * another.
   */
  public Generator split() {
    int[] words = new int[4];
    Philox.block(seed, stream, base + consumed, words);
    consumed++;
    return new Generator(device, seed, (long) words[0] << 32 | words[1] & 0xFFFFFFFFL);
  }

  /** Gives the state's memory back; without it, the garbage collector does. Drawing again is an error. */
  @Override
  public void close() {
    state.close();
  }

  /** Uniform in [0, 1). */
  public Tensor uniform(DType dtype, Shape shape) {
    return draw("uniform", RandomKind.UNIFORM, dtype, shape);
  }

  /** Uniform in [low, high), low &lt; high. */
  public Tensor uniform(DType dtype, Shape shape, double low, double high) {
    Checks.require(low < high, "uniform", () -> "the lower bound " + low + " must be below the upper bound " + high);
    try (Scope temporaries = device.scope()) {
      // Rounding can reach the upper bound: the number below it is the largest given.
      double top = dtype == DType.FLOAT64 ? Math.nextDown(high) : Math.nextDown((float) high);
      return temporaries.keep(uniform(dtype, shape).mul(high - low).add(low).clamp(Math.min(low, top), top));
    }
  }

  /** Normal with mean 0 and standard deviation 1. */
  public Tensor normal(DType dtype, Shape shape) {
    return draw("normal", RandomKind.NORMAL, dtype, shape);
  }

  /** Normal with the given mean and standard deviation. */
  public Tensor normal(DType dtype, Shape shape, double mean, double std) {
    try (Scope temporaries = device.scope()) {
      return temporaries.keep(normal(dtype, shape).mul(std).add(mean));
    }
  }

  /** True with probability {@code p}, as bool. */
  public Tensor bernoulli(Shape shape, double p) {
    Checks.require(p >= 0 && p <= 1, "bernoulli", () -> "the probability must be in [0, 1], not " + p);
    try (Scope temporaries = device.scope()) {
      return temporaries.keep(Elementwise.binary(BinaryOp.LT, uniform(DType.FLOAT32, shape), p));
    }
  }

  /** The numbers 0…n−1 in random order, int64. */
  public Tensor permutation(long n) {
    Checks.require(n >= 0, "permutation", () -> "the count must not be negative: " + n);
    try (Scope temporaries = device.scope()) {
      // Sorting 53-bit keys: equal keys are so rare that the bias is far below what any sample could show.
      return temporaries.keep(uniform(DType.FLOAT64, Shape.of(n)).sort(0, false).indices());
    }
  }

  private Tensor draw(String op, RandomKind kind, DType dtype, Shape shape) {
    Checks.require(dtype.isFloat(), op, () -> "draws float32 or float64, not " + dtype);
    Tensor out = device.result(op, dtype, shape);
    long delta = take(RandomKind.blocks(shape.size(), dtype.bytes()));
    device.backend().random(kind, state.view(), delta, out.view());
    return out;
  }

  /** The state on the device, for operations that draw themselves: int64[3], seed, stream and offset. Not to be changed. */
  public Tensor stateTensor() {
    return state;
  }

  /**
   * Takes {@code blocks} blocks for a fused operation and returns the delta at which they start, see {@link
   * dev.athanor.backend.Backend#random}.
   */
  public long take(long blocks) {
    Recording recording = device.recording();
    if (recording != null) {
      recording.join(this, Drawing::new);
    } else if (!current) {
      rebase();
    }
    long start = consumed;
    consumed += blocks;
    return start;
  }
}
