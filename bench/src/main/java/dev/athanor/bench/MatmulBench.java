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

/** Float32 matrix products {@code [M, K]·[K, N]}: 2·M·N·K floating-point operations each. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class MatmulBench {
  /** M, N and K. */
  @Param({"512x512x512", "128x512x784", "32x512x784"})
  public String size;

  private Device device;
  private Tensor a;
  private Tensor b;
  private Tensor c;

  /** Operands. */
  @Setup
  public void open() {
    long[] mnk = sizes(size);
    device = Device.open("cpu");
    var g = device.generator(1);
    a = g.normal(DType.FLOAT32, Shape.of(mnk[0], mnk[2]));
    b = g.normal(DType.FLOAT32, Shape.of(mnk[2], mnk[1]));
    c = device.zeros(mnk[0], mnk[1]);
  }

  static long[] sizes(String text) {
    return java.util.Arrays.stream(text.split("x")).mapToLong(Long::parseLong).toArray();
  }

  /** One product into memory that is there already. */
  @Benchmark
  public void gemm() {
    device.backend().gemm(1, a.view(), b.view(), 0, c.view());
  }

  /** Ends the device. */
  @TearDown
  public void close() {
    device.close();
  }
}
