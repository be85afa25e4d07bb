package dev.athanor.bench;

import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Elementwise operations through the tensor interface, each in a scope of its own: what one operation costs a user. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ElementwiseBench {
  /** The number of float32 elements. */
  @Param({"2", "1048576"})
  public long n;

  private Device device;
  private Tensor a;
  private Tensor b;

  /** Operands. */
  @Setup
  public void open() {
    device = Device.open("cpu");
    var g = device.generator(1);
    a = g.normal(DType.FLOAT32, Shape.of(n));
    b = g.normal(DType.FLOAT32, Shape.of(n));
  }

  /** a + b: 12 bytes moved per element. */
  @Benchmark
  public void add() {
    try (var _ = device.scope()) {
      a.add(b);
    }
  }

  /** eᵃ: 8 bytes moved per element. */
  @Benchmark
  public void exp() {
    try (var _ = device.scope()) {
      a.exp();
    }
  }

  /** tanh a: 8 bytes moved per element. */
  @Benchmark
  public void tanh() {
    try (var _ = device.scope()) {
      a.tanh();
    }
  }

  /** The sum of a: 4 bytes moved per element. */
  @Benchmark
  public void sum() {
    try (var _ = device.scope()) {
      a.sum();
    }
  }

  /** Ends the device. */
  @TearDown
  public void close() {
    device.close();
  }
}
