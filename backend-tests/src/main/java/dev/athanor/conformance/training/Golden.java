package dev.athanor.conformance.training;

import dev.athanor.io.SafeTensors;
import dev.athanor.io.SafeTensorsFile;
import dev.athanor.io.StoredTensor;
import dev.athanor.io.StoredType;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Numbers that the scripts in {@code backend-tests/golden} made with PyTorch 1.13, in float64. */
public final class Golden {
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  private record Entry(Shape shape, double[] floats, long[] longs) {}

  private Golden() {}

  /** Layers, optimizers and runs. */
  static Golden load() {
    return load("pytorch.safetensors", "layers.safetensors");
  }

  /** What scripts wrote. */
  public static Golden load(String... resources) {
    var golden = new Golden();
    for (String resource : resources) {
      golden.add(resource);
    }
    return golden;
  }

  private void add(String resource) {
    Path file = copy(resource);
    try (SafeTensorsFile stored = SafeTensors.open(file)) {
      for (StoredTensor t : stored.tensors()) {
        int n = Math.toIntExact(Shape.of(t.shape()).size());
        boolean whole = t.type() == StoredType.I64;
        double[] floats = whole ? null : new double[n];
        long[] longs = whole ? new long[n] : null;
        stored.read(t.name(), whole ? MemorySegment.ofArray(longs) : MemorySegment.ofArray(floats));
        entries.put(t.name(), new Entry(Shape.of(t.shape()), floats, longs));
      }
    } finally {
      delete(file);
    }
  }

  /** A resource as a temporary file. */
  static Path copy(String resource) {
    try (InputStream in = Golden.class.getResourceAsStream(resource)) {
      Path file = Files.createTempFile("athanor-golden", ".safetensors");
      Files.write(file, in.readAllBytes());
      return file;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** A temporary file to write to. */
  static Path empty() {
    try {
      return Files.createTempFile("athanor-golden", ".safetensors");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  static void delete(Path file) {
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** A tensor; floats take the given type. */
  public Tensor get(Device device, DType dtype, String name) {
    Entry e = entry(name);
    Tensor t = e.longs != null ? device.tensor(e.longs).reshape(e.shape) : device.tensor(e.floats).cast(dtype).reshape(e.shape);
    return t.detach();
  }

  /** The elements. */
  public double[] numbers(String name) {
    Entry e = entry(name);
    return e.floats != null ? e.floats : java.util.Arrays.stream(e.longs).asDoubleStream().toArray();
  }

  /** The shape. */
  public Shape shape(String name) {
    return entry(name).shape;
  }

  private Entry entry(String name) {
    return Optional.ofNullable(entries.get(name)).orElseThrow(() -> new AssertionError("no golden numbers " + name));
  }

  /** Whether there is a tensor of that name. */
  public boolean has(String name) {
    return entries.containsKey(name);
  }

  /** The names that begin with a prefix, without it. */
  public java.util.List<String> names(String prefix) {
    return entries.keySet().stream().filter(n -> n.startsWith(prefix)).map(n -> n.substring(prefix.length())).toList();
  }
}
