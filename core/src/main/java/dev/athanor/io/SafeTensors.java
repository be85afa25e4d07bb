package dev.athanor.io;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * The safetensors format: named arrays in one file, read by PyTorch, JAX, NumPy and others. A file is an unsigned 64-bit
 * little-endian length, a JSON header of that length (padded with spaces to a multiple of 8), and the arrays' bytes,
 * little-endian, row-major, without gaps. The header maps each name to {@code dtype}, {@code shape} and {@code data_offsets}
 * (begin and end, from the header's end), and {@code __metadata__} to strings.
 *
 * <p>What is written is laid out as by the format's reference implementation, version 0.8: tensors by type (the order of {@link
 * StoredType}), then by name; metadata by name. The same tensors give the same bytes. Source: the format's description at
 * <a href="https://github.com/huggingface/safetensors">github.com/huggingface/safetensors</a>.
 */
public final class SafeTensors {
  /** The longest header allowed, as in the reference implementation: 100 MB. */
  static final long MAX_HEADER = 100_000_000;
  /** The header's member that holds the metadata. */
  static final String METADATA = "__metadata__";

  private static final int STAGING = 1 << 20;

  private SafeTensors() {}

  /**
   * One tensor to write.
   *
   * @param name its name; any text but {@code __metadata__}
   * @param type its element type
   * @param shape its sizes, outermost first; empty for a scalar
   * @param data gives its bytes: little-endian, row-major, exactly the product of shape and element size. Called once, when the
   *     tensor is written; the segment is not used after the next one is asked for, so one staging buffer can serve all tensors.
   */
  public record Item(String name, StoredType type, long[] shape, Supplier<MemorySegment> data) {
    /**
     * Copies the shape.
     *
     * @throws IllegalArgumentException if the name is reserved, or a size negative or too large
     */
    public Item {
      shape = shape.clone();
      if (name.equals(METADATA)) {
        throw new IllegalArgumentException("a tensor cannot be named " + METADATA);
      }
      if (SafeTensors.bytes(type, shape) < 0) {
        throw new IllegalArgumentException("tensor " + name + ": impossible shape " + Arrays.toString(shape));
      }
    }

    /** A tensor whose bytes are at hand. */
    public Item(String name, StoredType type, long[] shape, MemorySegment data) {
      this(name, type, shape, () -> data);
    }

    /** The sizes, outermost first, as a new array. */
    @Override
    public long[] shape() {
      return shape.clone();
    }

    long bytes() {
      return SafeTensors.bytes(type, shape);
    }
  }

  /**
   * Writes a file, whole or not at all (see {@link AtomicFile}).
   *
   * @param file the file to create or replace
   * @param metadata free text by name; may be empty
   * @param items the tensors, in any order
   * @throws IllegalArgumentException if two items have one name, or an item's data has the wrong length
   * @throws dev.athanor.AthanorException if writing fails; the old file is then untouched
   */
  public static void write(Path file, Map<String, String> metadata, List<Item> items) {
    List<Item> order = new ArrayList<>(items);
    order.sort(Comparator.comparing(Item::type).thenComparing(Item::name, SafeTensors::compareUtf8));
    byte[] header = header(metadata, order);
    AtomicFile.write(file, channel -> {
      AtomicFile.writeFully(channel, ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).flip());
      AtomicFile.writeFully(channel, ByteBuffer.wrap(header));
      ByteBuffer staging = ByteBuffer.allocateDirect(STAGING);
      for (Item item : order) {
        MemorySegment data = item.data().get();
        if (data.byteSize() != item.bytes()) {
          throw new IllegalArgumentException("tensor " + item.name() + ": " + item.type() + Arrays.toString(item.shape())
              + " has "
              + item.bytes() + " bytes, its data has " + data.byteSize());
        }
        writeFully(channel, data, staging);
      }
    });
  }

  /**
   * Opens a file and checks its header and length.
   *
   * @param file the file
   * @return the open file; the caller closes it
   * @throws dev.athanor.AthanorException if there is no such file or it cannot be read
   * @throws FormatException if anything in it contradicts the format; see {@link SafeTensorsFile}
   */
  public static SafeTensorsFile open(Path file) {
    return SafeTensorsFile.open(file);
  }

  /** The bytes of a tensor, or -1 if a size is negative or the product does not fit 63 bits. */
  static long bytes(StoredType type, long[] shape) {
    long n = type.bytes();
    boolean empty = false;
    for (long size : shape) {
      if (size < 0) {
        return -1;
      }
      if (size == 0) {
        empty = true; // the other sizes are still checked
      } else {
        if (Math.multiplyHigh(n, size) != 0 || n * size < 0) {
          return -1;
        }
        n *= size;
      }
    }
    return empty ? 0 : n;
  }

  private static byte[] header(Map<String, String> metadata, List<Item> order) {
    Map<String, Object> header = new LinkedHashMap<>();
    if (!metadata.isEmpty()) {
      header.put(METADATA, new TreeMap<>(metadata));
    }
    var names = new HashSet<String>();
    long offset = 0;
    for (Item item : order) {
      if (!names.add(item.name())) {
        throw new IllegalArgumentException("two tensors are named " + item.name());
      }
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("dtype", item.type().name());
      entry.put("shape", Arrays.stream(item.shape()).boxed().toList());
      long end = Math.addExact(offset, item.bytes());
      entry.put("data_offsets", List.of(offset, end));
      header.put(item.name(), entry);
      offset = end;
    }
    byte[] json = Json.write(header).getBytes(StandardCharsets.UTF_8);
    byte[] padded = Arrays.copyOf(json, (json.length + 7) / 8 * 8);
    Arrays.fill(padded, json.length, padded.length, (byte) ' ');
    return padded;
  }

  /** Orders names by code point, as their UTF-8 bytes do; {@link String#compareTo} differs above U+FFFF. */
  private static int compareUtf8(String a, String b) {
    return Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
  }

  /** Copies through one direct buffer: a channel takes neither float[] segments nor segments of 2 GiB and more. */
  private static void writeFully(FileChannel channel, MemorySegment data, ByteBuffer staging) throws IOException {
    MemorySegment view = MemorySegment.ofBuffer(staging.clear());
    for (long at = 0; at < data.byteSize(); at += STAGING) {
      int n = (int) Math.min(STAGING, data.byteSize() - at);
      MemorySegment.copy(data, at, view, 0, n);
      AtomicFile.writeFully(channel, staging.clear().limit(n));
    }
  }
}
