package dev.athanor.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import dev.athanor.io.FormatException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxFileTest {
  /** UBYTE[2, 3], by hand. */
  private static final byte[] SMALL = hex("00000802 00000002 00000003 010203 04fffe");

  @TempDir Path folder;

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replace(" ", ""));
  }

  static byte[] gzip(byte[] bytes) {
    var out = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return out.toByteArray();
  }

  private Path write(byte[] bytes) {
    try {
      return Files.write(folder.resolve("f"), bytes);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void unsignedBytesPlainAndGzip() {
    for (byte[] bytes : new byte[][] {SMALL, gzip(SMALL)}) {
      IdxFile f = IdxFile.read(write(bytes));
      assertEquals(IdxFile.Type.UBYTE, f.type());
      assertArrayEquals(new int[] {2, 3}, f.dims());
      assertArrayEquals(new int[] {1, 2, 3, 4, 255, 254}, f.toInts());
      assertArrayEquals(new float[] {1, 2, 3, 4, 255, 254}, f.toFloats());
      assertArrayEquals(hex("01020304fffe"), f.bytes());
    }
  }

  /** Big-endian values of every type, by hand. */
  @Test
  void everyType() {
    ints("00000901 00000002 7fff", 127, -1);
    ints("00000b01 00000002 0102 fffe", 258, -2);
    ints("00000c01 00000002 00010000 ffffffff", 65536, -1);
    IdxFile f = IdxFile.read(write(hex("00000d01 00000002 3fc00000 c0000000")));
    assertArrayEquals(new float[] {1.5f, -2f}, f.toFloats());
    assertArrayEquals(new int[] {1, -2}, f.toInts());
    IdxFile d = IdxFile.read(write(hex("00000e01 00000001 3fb999999999999a")));
    assertArrayEquals(new float[] {0.1f}, d.toFloats());
    assertArrayEquals(new int[] {0}, d.toInts());
    assertEquals(0, IdxFile.read(write(hex("00000802 00000000 00000005"))).bytes().length);
  }

  private void ints(String text, int... expected) {
    IdxFile f = IdxFile.read(write(hex(text)));
    assertArrayEquals(expected, f.toInts());
    float[] floats = f.toFloats();
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], floats[i]);
    }
  }

  @Test
  void everyCutIsFound() {
    for (int n = 0; n < SMALL.length; n++) {
      byte[] cut = Arrays.copyOf(SMALL, n);
      for (byte[] bytes : new byte[][] {cut, gzip(cut)}) {
        Path file = write(bytes);
        var error = assertThrows(FormatException.class, () -> IdxFile.read(file));
        assertTrue(error.getMessage().startsWith(file + ": "), error.getMessage());
        assertTrue(n < 4 || error.getMessage().endsWith("cut off; get it again"), error.getMessage());
      }
    }
    message("expected an IDX file, found an empty one", new byte[0]);
    message("expected an IDX file, found an empty one", gzip(new byte[0]));
    message("expected 2 dimensions, found the file's end after 1: it is cut off; get it again", Arrays.copyOf(SMALL, 10));
    message("its header promises UBYTE[2, 3]: expected 18 bytes, found 17: the file is cut off; get it again",
        Arrays.copyOf(SMALL, 17));
    message("its header promises UBYTE[2, 3]: expected 18 bytes, found 17: the file is cut off; get it again",
        gzip(Arrays.copyOf(SMALL, 17)));
  }

  @Test
  void somethingAfterTheData() {
    message("its header promises UBYTE[2, 3]: expected 18 bytes, found 20: something follows the data: damaged, or another "
        + "format",
        Arrays.copyOf(SMALL, 20));
    message("its header promises UBYTE[2, 3]: expected 18 bytes, found more: something follows the data: damaged, or another "
        + "format",
        gzip(Arrays.copyOf(SMALL, 20)));
  }

  @Test
  void otherFormats() {
    String expected = "expected an IDX file, which begins 00 00, a type (08, 09, 0b, 0c, 0d or 0e) and the number of "
        + "dimensions; found ";
    message(expected + "89 50 4e 47", hex("89504e47 0d0a1a0a"));
    message(expected + "00 00 0a 01", hex("00000a01 00000001 00"));
    message(expected + "00 00 08 00", hex("00000800"));
    message(expected + "00 00 08 ff", hex("000008ff"));
    message(expected + "00 00", hex("0000"));
  }

  /** None of these may allocate what the header promises. */
  @Test
  void lyingHeaders() {
    message("its header promises UBYTE[2147483647, 2147483647], more than 2 GiB: damaged, or too large",
        hex("00000802 7fffffff 7fffffff 00"));
    message("its header promises DOUBLE[2147483647, 2, 2], more than 2 GiB: damaged, or too large",
        hex("00000e03 7fffffff 00000002 00000002 00"));
    message("expected dimensions from 0 to 2³¹ - 1, found 4294967295", hex("00000801 ffffffff 00"));
    message("its header promises UBYTE[2000000000]: expected 2000000008 bytes, found 9: the file is cut off; get it again",
        hex("00000801 77359400 00"));
    byte[] zip = gzip(hex("00000801 77359400 00"));
    message("its header promises UBYTE[2000000000]: expected 2000000008 bytes, found at most " + zip.length * 1032L
        + ": the file is cut off; get it again", zip);
  }

  @Test
  void damagedGzip() {
    byte[] whole = gzip(SMALL);
    message("the gzip data ends too early: the file is cut off; get it again", Arrays.copyOf(whole, whole.length - 9));
    message("the gzip data ends too early: the file is cut off; get it again", Arrays.copyOf(whole, 5));
    byte[] sum = whole.clone();
    sum[whole.length - 7] ^= 1;
    message("damaged gzip data (Corrupt GZIP trailer); get the file again", sum);
    byte[] method = whole.clone();
    method[2] = 1;
    message("damaged gzip data (Unsupported compression method); get the file again", method);
  }

  @Test
  void largeGzipGrows() {
    byte[] large = new byte[8 + 5_000_000];
    System.arraycopy(hex("00000801"), 0, large, 0, 4);
    System.arraycopy(hex("004c4b40"), 0, large, 4, 4); // 5,000,000
    for (int i = 8; i < large.length; i++) {
      large[i] = (byte) (i * 31 + (i >> 8));
    }
    assertArrayEquals(Arrays.copyOfRange(large, 8, large.length), IdxFile.read(write(gzip(large))).bytes());
  }

  @Test
  void missingFile() {
    Path file = folder.resolve("none");
    assertEquals(file + ": no such file; check the path",
        assertThrows(AthanorException.class, () -> IdxFile.read(file)).getMessage());
  }

  private void message(String message, byte[] bytes) {
    Path file = write(bytes);
    assertEquals(file + ": " + message, assertThrows(FormatException.class, () -> IdxFile.read(file)).getMessage());
  }
}
