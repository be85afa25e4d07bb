package dev.athanor.io;

import dev.athanor.AthanorException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * A safetensors file open for reading. Opening reads the header alone and checks it against the file's length before anything
 * is allocated for it; tensors are read when asked for. Not safe for use by several threads.
 *
 * <p>Refused, each with a {@link FormatException} that names the file, the tensor, what was expected and what was found: a file
 * that is cut off or longer than its header says, invalid JSON, a name twice, an unknown type, a negative or impossible shape,
 * offsets that contradict shape and type, overlap, or leave a gap.
 */
public final class SafeTensorsFile implements AutoCloseable {
  private static final int STAGING = 1 << 20;

  private final Path path;
  private final FileChannel channel;
  private final Map<String, String> metadata;
  private final Map<String, StoredTensor> tensors;

  private SafeTensorsFile(Path path, FileChannel channel, Map<String, String> metadata, Map<String, StoredTensor> tensors) {
    this.path = path;
    this.channel = channel;
    this.metadata = Collections.unmodifiableMap(metadata);
    this.tensors = Collections.unmodifiableMap(tensors);
  }

  static SafeTensorsFile open(Path path) {
    FileChannel channel = null;
    SafeTensorsFile file = null;
    try {
      channel = FileChannel.open(path, StandardOpenOption.READ);
      file = new HeaderReader(path, channel).read();
      return file;
    } catch (IOException e) {
      throw InputFile.error(path, e);
    } finally {
      if (file == null && channel != null) {
        try {
          channel.close();
        } catch (IOException _) {
          // The error on its way says more.
        }
      }
    }
  }

  /** The file's path, as given. */
  public Path path() {
    return path;
  }

  /** The metadata by name; empty if the file has none. */
  public Map<String, String> metadata() {
    return metadata;
  }

  /** All tensors, in the order in which they lie in the file. */
  public Collection<StoredTensor> tensors() {
    return tensors.values();
  }

  /** The tensor of that name, if there is one. */
  public Optional<StoredTensor> find(String name) {
    return Optional.ofNullable(tensors.get(name));
  }

  /**
   * The tensor of that name.
   *
   * @throws FormatException if there is none; the message lists those there
   */
  public StoredTensor get(String name) {
    StoredTensor tensor = tensors.get(name);
    if (tensor == null) {
      String there = tensors.size() > 20 ? tensors.size() + " others" : new TreeSet<>(tensors.keySet()).toString();
      throw new FormatException(path, "expected a tensor '" + name + "', found " + there);
    }
    return tensor;
  }

  /**
   * Reads a tensor's bytes.
   *
   * @param name the tensor's name
   * @param target receives the bytes, little-endian and row-major; must have exactly the tensor's size
   * @throws FormatException if there is no such tensor, or the file has been cut off since it was opened
   * @throws IllegalArgumentException if the target's size differs
   * @throws AthanorException if reading fails
   */
  public void read(String name, MemorySegment target) {
    StoredTensor tensor = get(name);
    if (target.byteSize() != tensor.bytes()) {
      throw new IllegalArgumentException(
          path + ": " + tensor + " has " + tensor.bytes() + " bytes, the target " + target.byteSize());
    }
    ByteBuffer staging = ByteBuffer.allocateDirect((int) Math.min(STAGING, Math.max(1, tensor.bytes())));
    MemorySegment view = MemorySegment.ofBuffer(staging);
    try {
      long at = 0;
      while (at < tensor.bytes()) {
        int n = (int) Math.min(staging.capacity(), tensor.bytes() - at);
        if (!readFully(channel, staging.clear().limit(n), tensor.offset() + at)) {
          throw new FormatException(path, "tensor '" + name + "': the file was cut off while it was open");
        }
        MemorySegment.copy(view, 0, target, at, n);
        at += n;
      }
    } catch (IOException e) {
      throw InputFile.error(path, e);
    }
  }

  /**
   * Maps a tensor's bytes into memory, without reading them yet.
   *
   * @param name the tensor's name
   * @param arena owns the mapping, which may outlive this object
   * @return the bytes, read-only, little-endian and row-major; they start at a multiple of the element size if the writer laid
   *     them out so. If another process cuts the file off while it is mapped, access throws an {@link InternalError}: use
   *     {@link #read} for files that may change.
   * @throws FormatException if there is no such tensor
   * @throws AthanorException if mapping fails
   */
  public MemorySegment map(String name, Arena arena) {
    StoredTensor tensor = get(name);
    try {
      return channel.map(FileChannel.MapMode.READ_ONLY, tensor.offset(), tensor.bytes(), arena);
    } catch (IOException e) {
      throw InputFile.error(path, e);
    }
  }

  /** Closes the file. Mapped tensors stay valid as long as their arena. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw InputFile.error(path, e);
    }
  }

  /** Fills the buffer from a position; false if the file ends before. */
  private static boolean readFully(FileChannel channel, ByteBuffer target, long position) throws IOException {
    long at = position;
    while (target.hasRemaining()) {
      int n = channel.read(target, at);
      if (n < 0) {
        return false;
      }
      at += n;
    }
    return true;
  }

  /** Reads and checks the header of one file. */
  private record HeaderReader(Path path, FileChannel channel) {
    SafeTensorsFile read() throws IOException {
      long size = channel.size();
      ByteBuffer prefix = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      if (size < 8 || !readFully(channel, prefix, 0)) {
        String found = size == 0 ? "an empty file" : size + " bytes, fewer than the 8 it begins with";
        throw error("expected a safetensors file, found " + found);
      }
      long length = prefix.getLong(0);
      if (length < 2 || length > SafeTensors.MAX_HEADER) {
        throw error("expected a safetensors header of 2 to " + SafeTensors.MAX_HEADER + " bytes, found the length "
            + Long.toUnsignedString(length) + ": not a safetensors file, or damaged");
      }
      if (length > size - 8) {
        throw error("expected a header of " + length + " bytes, found " + (size - 8) + ": the file is cut off");
      }
      ByteBuffer bytes = ByteBuffer.allocate((int) length);
      if (!readFully(channel, bytes, 8)) {
        throw error("the file was cut off while its header was read");
      }
      if (!(Json.parse(path, decode(bytes.flip())) instanceof Map<?, ?> header)) {
        throw error("expected a JSON object as header, found another JSON value");
      }
      Map<String, String> metadata = new LinkedHashMap<>();
      List<StoredTensor> tensors = new ArrayList<>();
      long dataStart = 8 + length;
      for (Map.Entry<?, ?> e : header.entrySet()) {
        String name = (String) e.getKey();
        if (name.equals(SafeTensors.METADATA)) {
          metadata = metadata(e.getValue());
        } else {
          tensors.add(tensor(name, e.getValue(), dataStart, size));
        }
      }
      return new SafeTensorsFile(path, channel, metadata, inOrder(tensors, dataStart, size));
    }

    private String decode(ByteBuffer bytes) {
      try {
        return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
      } catch (CharacterCodingException e) {
        throw new FormatException(path, "invalid JSON: the header is not UTF-8 text", e);
      }
    }

    private Map<String, String> metadata(Object value) {
      if (!(value instanceof Map<?, ?> map)) {
        throw error("expected an object as " + SafeTensors.METADATA + ", found " + value);
      }
      Map<String, String> metadata = new LinkedHashMap<>();
      map.forEach((k, v) -> {
        if (!(v instanceof String text)) {
          throw error(SafeTensors.METADATA + ": expected a string as '" + k + "', found " + v);
        }
        metadata.put((String) k, text);
      });
      return metadata;
    }

    private StoredTensor tensor(String name, Object value, long dataStart, long size) {
      if (!(value instanceof Map<?, ?> entry)) {
        throw error(name, "an object with dtype, shape and data_offsets", value);
      }
      for (Object key : entry.keySet()) {
        if (!key.equals("dtype") && !key.equals("shape") && !key.equals("data_offsets")) {
          throw error(name, "dtype, shape and data_offsets only", "'" + key + "'");
        }
      }
      StoredType type = null;
      for (StoredType t : StoredType.values()) {
        if (t.name().equals(entry.get("dtype"))) {
          type = t;
        }
      }
      if (type == null) {
        throw error(name, "a dtype of " + Arrays.toString(StoredType.values()), entry.get("dtype"));
      }
      long[] shape = sizes(name, "shape", entry.get("shape"));
      long[] offsets = sizes(name, "data_offsets", entry.get("data_offsets"));
      if (offsets.length != 2 || offsets[0] > offsets[1]) {
        throw error(name, "data_offsets [begin, end] with begin ≤ end", Arrays.toString(offsets));
      }
      long bytes = SafeTensors.bytes(type, shape);
      if (bytes < 0) {
        throw error(name, "a shape of less than 2⁶³ bytes", type + Arrays.toString(shape));
      }
      if (offsets[1] - offsets[0] != bytes) {
        throw error(name, bytes + " bytes for " + type + Arrays.toString(shape),
            "data_offsets " + Arrays.toString(offsets) + ", " + (offsets[1] - offsets[0]) + " bytes");
      }
      if (offsets[1] > size - dataStart) {
        throw error(name, "data up to byte " + offsets[1] + " after the header",
            (size - dataStart) + " bytes there: the file is cut off");
      }
      return new StoredTensor(name, type, shape, dataStart + offsets[0], bytes);
    }

    private long[] sizes(String name, String key, Object value) {
      if (!(value instanceof List<?> list)) {
        throw error(name, "a list of whole numbers as " + key, value);
      }
      long[] sizes = new long[list.size()];
      for (int i = 0; i < sizes.length; i++) {
        if (!(list.get(i) instanceof Long n) || n < 0) {
          throw error(name, "whole numbers from 0 to 2⁶³ - 1 as " + key, list);
        }
        sizes[i] = n;
      }
      return sizes;
    }

    /** The tensors must fill the data without overlap or gap, as the reference implementation demands. */
    private Map<String, StoredTensor> inOrder(List<StoredTensor> tensors, long dataStart, long size) {
      tensors.sort(Comparator.comparingLong(StoredTensor::offset).thenComparingLong(StoredTensor::bytes));
      Map<String, StoredTensor> map = new LinkedHashMap<>();
      long expected = dataStart;
      String before = "the header";
      for (StoredTensor t : tensors) {
        if (t.offset() != expected) {
          throw error(t.name(), "its data at offset " + (expected - dataStart) + ", where " + before + " ends",
              "offset " + (t.offset() - dataStart) + ": " + (t.offset() < expected ? "they overlap" : "there is a gap"));
        }
        expected = t.offset() + t.bytes();
        before = "'" + t.name() + "'";
        map.put(t.name(), t);
      }
      if (expected != size) {
        throw error("expected the file to end at byte " + expected + ", after " + before + ", found " + (size - expected)
            + " more bytes");
      }
      return map;
    }

    private FormatException error(String problem) {
      return new FormatException(path, problem);
    }

    private FormatException error(String tensor, String expected, Object found) {
      return error("tensor '" + tensor + "': expected " + expected + ", found " + found);
    }
  }
}
