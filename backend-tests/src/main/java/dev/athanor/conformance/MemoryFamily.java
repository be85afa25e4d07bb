package dev.athanor.conformance;

import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/** allocate, upload, download, fill and copy. */
final class MemoryFamily extends Family {
  MemoryFamily(TestDevice device) {
    super(device, "memory");
  }

  @Override
  void define() {
    for (int bytes : new int[] {0, 1, 31, 33, 1023, 100_003}) {
      test("round trip of " + bytes + " bytes", t -> roundTrip(bytes));
    }
    test("parts of a buffer", t -> parts());
    for (DType dtype : DType.values()) {
      for (Placement placement : Placement.OUTPUTS) {
        testShapes("fill " + dtype + " " + placement, SHAPES, (t, shape) -> {
          View out = t.out(dtype, shape, placement);
          long bits = dtype.bits(dtype == DType.BOOL ? 1 : 2.71828);
          t.run(() -> device.backend().fill(out, bits)).expectBits(out, HostArray.ofBits(dtype, shape, i -> bits));
        });
      }
      for (Placement from : Placement.INPUTS) {
        for (Placement to : Placement.OUTPUTS) {
          testShapes("copy " + dtype + " " + from + " to " + to, SHAPES, (t, shape) -> copy(t, dtype, shape, from, to));
        }
      }
    }
    for (Placement from : Placement.INPUTS) {
      for (Placement to : List.of(Placement.CONTIGUOUS, Placement.PERMUTED, Placement.GAPS)) {
        testShapes("copy float32 large " + from + " to " + to, LARGE, (t, shape) -> copy(t, DType.FLOAT32, shape, from, to));
      }
    }
    test("copy keeps every bit of NaN and -0", t -> {
      long[] bits = {0x7FC00001L, 0xFFC12345L, 0x80000000L, 1, 0x7F800000L};
      HostArray values = new HostArray(DType.FLOAT32, Shape.of(bits.length), bits);
      View x = t.in(values, Placement.STEPPED);
      View out = t.out(DType.FLOAT32, values.shape(), Placement.OFFSET);
      t.run(() -> device.backend().copy(x, out)).expectBits(out, values);
    });
  }

  private void copy(Trial t, DType dtype, Shape shape, Placement from, Placement to) {
    HostArray values = from.adapt(HostArray.random(dtype, shape, 7, -100, 100));
    View x = t.in(values, from);
    View out = t.out(dtype, shape, to);
    t.run(() -> device.backend().copy(x, out)).expectBits(out, values);
  }

  private void roundTrip(int bytes) {
    byte[] data = pattern(bytes);
    byte[] back = new byte[bytes];
    var buffer = device.backend().allocate(bytes);
    try {
      if (buffer.bytes() < bytes) {
        throw new AssertionError("memory: asked for " + bytes + " bytes, got " + buffer.bytes());
      }
      device.backend().upload(MemorySegment.ofArray(data), buffer, 0);
      byte[] kept = data.clone();
      Arrays.fill(data, (byte) 0); // the source may be reused as soon as upload returns
      device.backend().download(buffer, 0, MemorySegment.ofArray(back));
      if (!Arrays.equals(kept, back)) {
        throw new AssertionError("memory: " + bytes + " bytes came back changed");
      }
    } finally {
      device.backend().release(buffer);
    }
  }

  private void parts() {
    byte[] data = pattern(100);
    var buffer = device.backend().allocate(100);
    try {
      device.backend().upload(MemorySegment.ofArray(data), buffer, 0);
      device.backend().upload(MemorySegment.ofArray(new byte[] {-1, -2, -3}), buffer, 41);
      byte[] back = new byte[5];
      device.backend().download(buffer, 40, MemorySegment.ofArray(back));
      if (!Arrays.equals(back, new byte[] {data[40], -1, -2, -3, data[44]})) {
        throw new AssertionError("memory: a part of a buffer came back as " + Arrays.toString(back));
      }
    } finally {
      device.backend().release(buffer);
    }
  }

  private static byte[] pattern(int n) {
    byte[] data = new byte[n];
    for (int i = 0; i < n; i++) {
      data[i] = (byte) (i * 31 + 7);
    }
    return data;
  }
}
