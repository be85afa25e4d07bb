package dev.athanor.data;

import dev.athanor.io.FormatException;
import dev.athanor.io.InputFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;

/**
 * A file in the IDX format, as the MNIST family uses it: two zero bytes, the element type, the number of dimensions, each
 * dimension as a big-endian 32-bit integer, and the elements, big-endian and row-major. Read whole, plain or gzip.
 *
 * <p>What the header says is checked against the file's length before memory is allocated for it; of a gzip file, whose plain
 * length nobody knows, memory is allocated as its content arrives. Source of the format: Y. LeCun, C. Cortes, C. Burges, "The
 * MNIST database of handwritten digits".
 */
public final class IdxFile {
  private static final int CHUNK = 1 << 20;
  /** Deflate cannot compress further than this; a header that promises more than that lies. */
  private static final long MAX_DEFLATE_RATIO = 1032;

  private final Path path;
  private final Type type;
  private final int[] dims;
  private final byte[] bytes;

  private IdxFile(Path path, Type type, int[] dims, byte[] bytes) {
    this.path = path;
    this.type = type;
    this.dims = dims;
    this.bytes = bytes;
  }

  /** An element type. */
  public enum Type {
    /** Unsigned byte. */
    UBYTE(0x08, 1),
    /** Signed byte. */
    BYTE(0x09, 1),
    /** 16-bit signed integer. */
    SHORT(0x0B, 2),
    /** 32-bit signed integer. */
    INT(0x0C, 4),
    /** IEEE 754 binary32. */
    FLOAT(0x0D, 4),
    /** IEEE 754 binary64. */
    DOUBLE(0x0E, 8);

    private final int code;
    private final int size;

    Type(int code, int size) {
      this.code = code;
      this.size = size;
    }

    /** Bytes of one element. */
    public int size() {
      return size;
    }
  }

  /**
   * Reads a file.
   *
   * @param path the file, plain or gzip
   * @throws dev.athanor.AthanorException if there is no such file or it cannot be read
   * @throws FormatException if it is empty, not IDX, shorter or longer than its header says, larger than 2 GiB, or damaged gzip
   */
  public static IdxFile read(Path path) {
    try (InputStream in = InputFile.open(path)) {
      long stored = Files.size(path);
      boolean gzip = in instanceof GZIPInputStream;
      byte[] magic = in.readNBytes(4);
      if (magic.length == 0) {
        throw new FormatException(path, "expected an IDX file, found an empty one");
      }
      Type type = magic.length == 4 && magic[0] == 0 && magic[1] == 0 ? type(magic[2]) : null;
      if (type == null || magic[3] < 1) {
        throw new FormatException(path, "expected an IDX file, which begins 00 00, a type (08, 09, 0b, 0c, 0d or 0e) and the "
            + "number of dimensions; found " + hex(magic));
      }
      byte[] sizes = in.readNBytes(4 * magic[3]);
      if (sizes.length < 4 * magic[3]) {
        throw new FormatException(path, "expected " + magic[3] + " dimensions, found the file's end after " + sizes.length / 4
            + ": it is cut off; get it again");
      }
      int[] dims = new int[magic[3]];
      ByteBuffer.wrap(sizes).asIntBuffer().get(dims);
      long length = length(path, type, dims);
      long header = 4L + sizes.length;
      long most = gzip ? stored * MAX_DEFLATE_RATIO : stored;
      if (header + length > most || !gzip && header + length < stored) {
        throw wrongLength(path, type, dims, header + length, gzip ? "at most " + most : "" + stored, header + length > most);
      }
      byte[] bytes = gzip ? readGrowing(in, (int) length) : in.readNBytes((int) length);
      boolean more = bytes.length == length && in.read() >= 0;
      if (bytes.length < length || more) {
        throw wrongLength(path, type, dims, header + length, more ? "more" : "" + (header + bytes.length), !more);
      }
      return new IdxFile(path, type, dims, bytes);
    } catch (IOException e) {
      throw InputFile.error(path, e);
    }
  }

  /** The file. */
  public Path path() {
    return path;
  }

  /** The element type. */
  public Type type() {
    return type;
  }

  /** The dimensions, outermost first, as a new array. */
  public int[] dims() {
    return dims.clone();
  }

  /** The elements' bytes, big-endian, row-major; not a copy: treat as read-only. */
  public byte[] bytes() {
    return bytes;
  }

  /** The elements as integers, as a new array; floating-point ones are truncated. */
  public int[] toInts() {
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.BIG_ENDIAN);
    int[] out = new int[bytes.length / type.size];
    for (int i = 0; i < out.length; i++) {
      out[i] = switch (type) {
        case UBYTE -> in.get() & 0xFF;
        case BYTE -> in.get();
        case SHORT -> in.getShort();
        case INT -> in.getInt();
        case FLOAT -> (int) in.getFloat();
        case DOUBLE -> (int) in.getDouble();
      };
    }
    return out;
  }

  /** The elements as float32, as a new array; 32-bit integers and doubles are rounded. */
  public float[] toFloats() {
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.BIG_ENDIAN);
    float[] out = new float[bytes.length / type.size];
    for (int i = 0; i < out.length; i++) {
      out[i] = switch (type) {
        case UBYTE -> in.get() & 0xFF;
        case BYTE -> in.get();
        case SHORT -> in.getShort();
        case INT -> in.getInt();
        case FLOAT -> in.getFloat();
        case DOUBLE -> (float) in.getDouble();
      };
    }
    return out;
  }

  private static Type type(byte code) {
    for (Type t : Type.values()) {
      if (t.code == code) {
        return t;
      }
    }
    return null;
  }

  private static long length(Path path, Type type, int[] dims) {
    long n = type.size;
    for (int d : dims) {
      if (d < 0) {
        throw new FormatException(path, "expected dimensions from 0 to 2³¹ - 1, found " + Integer.toUnsignedString(d));
      }
      n *= d; // no overflow: n was below 2³¹ before
      if (n > Integer.MAX_VALUE - 8) {
        throw new FormatException(path, "its header promises " + type + Arrays.toString(dims)
            + ", more than 2 GiB: damaged, or too large");
      }
    }
    return n;
  }

  private static FormatException wrongLength(Path path, Type type, int[] dims, long expected, String found, boolean cut) {
    return new FormatException(path, "its header promises " + type + Arrays.toString(dims) + ": expected " + expected
        + " bytes, found "
        + found + ": " + (cut ? "the file is cut off; get it again" : "something follows the data: damaged, or another format"));
  }

  /** Reads up to {@code length} bytes into memory that grows with what arrives. */
  private static byte[] readGrowing(InputStream in, int length) throws IOException {
    byte[] bytes = new byte[Math.min(length, CHUNK)];
    int n = 0;
    while (true) {
      n += in.readNBytes(bytes, n, bytes.length - n);
      if (n < bytes.length || n == length) {
        return n == bytes.length ? bytes : Arrays.copyOf(bytes, n);
      }
      bytes = Arrays.copyOf(bytes, (int) Math.min(length, 2L * bytes.length));
    }
  }

  private static String hex(byte[] bytes) {
    var text = new StringBuilder();
    for (byte b : bytes) {
      text.append(String.format("%02x ", b));
    }
    return text.toString().strip();
  }
}
