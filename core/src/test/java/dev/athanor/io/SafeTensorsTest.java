package dev.athanor.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafeTensorsTest {
  /**
   * Bytes from the reference implementation (Python package safetensors 0.8.0, NumPy 2.4.6):
   * {@code save({"w": np.array([[1.5, -2.0]], dtype=np.float32), "n": np.array(7, dtype=np.int64)}, metadata={"format": "pt"})}.
   */
  private static final byte[] GOLDEN = HexFormat.of().parseHex(
      "90000000000000007b225f5f6d657461646174615f5f223a7b22666f726d6174223a227074227d2c226e223a7b226474797065223a22493634222c22"
      + "7368617065223a5b5d2c22646174615f6f666673657473223a5b302c385d7d2c2277223a7b226474797065223a22463332222c227368617065223a5b"
      + "312c325d2c22646174615f6f666673657473223a5b382c31365d7d7d2020202007000000000000000000c03f000000c0");

  /** As above: every type, a scalar, and a tensor without elements. */
  private static final String GOLDEN_ORDER = """
      {"__metadata__":{"format":"pt"},\
      "n":{"dtype":"I64","shape":[],"data_offsets":[0,8]},\
      "d":{"dtype":"F64","shape":[1],"data_offsets":[8,16]},\
      "w":{"dtype":"F32","shape":[1,2],"data_offsets":[16,24]},\
      "z":{"dtype":"F32","shape":[0,3],"data_offsets":[24,24]},\
      "i":{"dtype":"I32","shape":[1],"data_offsets":[24,28]},\
      "h":{"dtype":"F16","shape":[3],"data_offsets":[28,34]},\
      "s":{"dtype":"I16","shape":[1],"data_offsets":[34,36]},\
      "c":{"dtype":"I8","shape":[1],"data_offsets":[36,37]},\
      "u":{"dtype":"U8","shape":[3],"data_offsets":[37,40]},\
      "b":{"dtype":"BOOL","shape":[2],"data_offsets":[40,42]}}\s\s\s""";

  @TempDir Path folder;

  @Test
  void writesTheBytesOfTheReference() throws IOException {
    Path file = folder.resolve("m.safetensors");
    SafeTensors.write(file, Map.of("format", "pt"), List.of(
        new SafeTensors.Item("w", StoredType.F32, new long[] {1, 2}, MemorySegment.ofArray(new float[] {1.5f, -2f})),
        new SafeTensors.Item("n", StoredType.I64, new long[0], MemorySegment.ofArray(new long[] {7}))));
    assertArrayEquals(GOLDEN, Files.readAllBytes(file));
  }

  @Test
  void laysOutEveryTypeLikeTheReference() throws IOException {
    Path file = folder.resolve("m.safetensors");
    SafeTensors.write(file, Map.of("format", "pt"), List.of(
        item("b", StoredType.BOOL, 2), item("w", StoredType.F32, 1, 2), item("n", StoredType.I64), item("h", StoredType.F16, 3),
        item("u", StoredType.U8, 3), item("d", StoredType.F64, 1), item("i", StoredType.I32, 1), item("s", StoredType.I16, 1),
        item("c", StoredType.I8, 1), item("z", StoredType.F32, 0, 3)));
    byte[] bytes = Files.readAllBytes(file);
    byte[] header = GOLDEN_ORDER.getBytes(StandardCharsets.UTF_8);
    assertEquals(header.length, ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong());
    assertEquals(GOLDEN_ORDER, new String(bytes, 8, header.length, StandardCharsets.UTF_8));
    assertEquals(8 + header.length + 42, bytes.length);
  }

  @Test
  void readsTheBytesOfTheReference() throws IOException {
    Path file = Files.write(folder.resolve("m.safetensors"), GOLDEN);
    float[] w = new float[2];
    try (var in = SafeTensors.open(file); var arena = Arena.ofConfined()) {
      assertEquals(Map.of("format", "pt"), in.metadata());
      assertEquals(List.of("n I64[]", "w F32[1, 2]"), in.tensors().stream().map(StoredTensor::toString).toList());
      assertEquals(new StoredTensor("w", StoredType.F32, new long[] {1, 2}, 160, 8), in.get("w"));
      in.read("w", MemorySegment.ofArray(w));
      assertEquals(7, in.map("n", arena).get(ValueLayout.JAVA_LONG_UNALIGNED, 0));
      assertTrue(in.map("w", arena).isReadOnly());
      assertFalse(in.find("v").isPresent());
      assertEquals(file + ": expected a tensor 'v', found [n, w]", assertThrows(FormatException.class, () ->
          in.get("v")).getMessage());
      assertThrows(IllegalArgumentException.class, () -> in.read("w", MemorySegment.ofArray(new float[3])));
    }
    assertArrayEquals(new float[] {1.5f, -2f}, w);
  }

  @Test
  void largeTensorsFromOneStagingBuffer() {
    Path file = folder.resolve("m.safetensors");
    int n = 700_001; // 2.8 MB: more than the writer's own buffer, and not a multiple of it
    float[] staging = new float[n];
    List<SafeTensors.Item> items = List.of(2f, 1f, 3f).stream().map(v -> new SafeTensors.Item("t" + v, StoredType.F32,
        new long[] {n}, () -> {
      for (int i = 0; i < n; i++) {
        staging[i] = v * i;
      }
      return MemorySegment.ofArray(staging);
    })).toList();
    SafeTensors.write(file, Map.of(), items);
    try (var in = SafeTensors.open(file)) {
      assertEquals(Map.of(), in.metadata());
      float[] read = new float[n];
      for (float v : new float[] {1, 2, 3}) {
        in.read("t" + v, MemorySegment.ofArray(read));
        for (int i = 0; i < n; i += 1009) {
          assertEquals(v * i, read[i]);
        }
        assertEquals(v * (n - 1), read[n - 1]);
      }
    }
  }

  @Test
  void noTensorsAtAll() {
    Path file = folder.resolve("m.safetensors");
    SafeTensors.write(file, Map.of(), List.of());
    try (var in = SafeTensors.open(file)) {
      assertTrue(in.tensors().isEmpty());
    }
  }

  @Test
  void refusesWrongItemsAndKeepsTheOldFile() throws IOException {
    Path file = Files.write(folder.resolve("m.safetensors"), GOLDEN);
    var wrong = new SafeTensors.Item("w", StoredType.F32, new long[] {3}, MemorySegment.ofArray(new float[2]));
    assertEquals("tensor w: F32[3] has 12 bytes, its data has 8",
        assertThrows(IllegalArgumentException.class, () -> SafeTensors.write(file, Map.of(), List.of(wrong))).getMessage());
    var a = item("a", StoredType.U8, 1);
    assertEquals("two tensors are named a",
        assertThrows(IllegalArgumentException.class, () -> SafeTensors.write(file, Map.of(), List.of(a, a))).getMessage());
    assertThrows(IllegalArgumentException.class, () -> item("__metadata__", StoredType.U8, 1));
    assertThrows(IllegalArgumentException.class,
        () -> new SafeTensors.Item("a", StoredType.F32, new long[] {Long.MAX_VALUE, 2}, MemorySegment.NULL));
    assertThrows(IllegalArgumentException.class, () -> new SafeTensors.Item("a", StoredType.F32, new long[] {-1},
        MemorySegment.NULL));
    assertArrayEquals(GOLDEN, Files.readAllBytes(file));
  }

  @Test
  void everyCutIsFound() throws IOException {
    Path file = folder.resolve("m.safetensors");
    for (int n = 0; n < GOLDEN.length; n++) {
      Files.write(file, Arrays.copyOf(GOLDEN, n));
      var error = assertThrows(FormatException.class, () -> SafeTensors.open(file));
      assertTrue(error.getMessage().startsWith(file + ": "), error.getMessage());
      if (n >= 8) {
        assertTrue(error.getMessage().endsWith("the file is cut off"), error.getMessage());
      }
    }
    Files.write(file, Arrays.copyOf(GOLDEN, GOLDEN.length + 3));
    assertEquals(file + ": expected the file to end at byte 168, after 'w', found 3 more bytes",
        assertThrows(FormatException.class, () -> SafeTensors.open(file)).getMessage());
  }

  @Test
  void cutOffWhileOpen() throws IOException {
    Path file = Files.write(folder.resolve("m.safetensors"), GOLDEN);
    try (var in = SafeTensors.open(file)) {
      Files.write(file, Arrays.copyOf(GOLDEN, 164));
      assertEquals(file + ": tensor 'w': the file was cut off while it was open",
          assertThrows(FormatException.class, () -> in.read("w", MemorySegment.ofArray(new float[2]))).getMessage());
    }
  }

  @Test
  void missingFile() {
    Path file = folder.resolve("none");
    assertEquals(file + ": no such file; check the path",
        assertThrows(AthanorException.class, () -> SafeTensors.open(file)).getMessage());
    assertThrows(AthanorException.class, () -> SafeTensors.open(folder));
  }

  @Test
  void lyingLengthAllocatesNothing() throws IOException {
    Path file = folder.resolve("m.safetensors");
    for (long n : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 40, 100_000_001, 0, 1}) {
      Files.write(file, ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN).putLong(n).array());
      assertEquals(file + ": expected a safetensors header of 2 to 100000000 bytes, found the length " + Long.toUnsignedString(n)
          + ": not a safetensors file, or damaged", assertThrows(FormatException.class, () ->
              SafeTensors.open(file)).getMessage());
    }
    Files.write(file, ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN).putLong(99_999_999).array());
    assertEquals(file + ": expected a header of 99999999 bytes, found 16: the file is cut off",
        assertThrows(FormatException.class, () -> SafeTensors.open(file)).getMessage());
  }

  /** Headers that lie about 8 bytes of data, and what is said about each. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      []                                                          | expected a JSON object as header, found another JSON value
      {"a":1} \
      | tensor 'a': expected an object with dtype, shape and data_offsets, found 1
      {"a":{"dtype":"F32","shape":[2]}} \
      | tensor 'a': expected a list of whole numbers as data_offsets, found null
      {"a":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}} \
      | tensor 'a': expected a dtype of [I64, F64, F32, I32, BF16, F16, I16, I8, U8, BOOL], found F31
      {"a":{"shape":[2],"data_offsets":[0,8]}} \
      | tensor 'a': expected a dtype of [I64, F64, F32, I32, BF16, F16, I16, I8, U8, BOOL], found null
      {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":0}} \
      | tensor 'a': expected dtype, shape and data_offsets only, found 'x'
      {"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}} \
      | tensor 'a': expected a list of whole numbers as shape, found 2
      {"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}} \
      | tensor 'a': expected whole numbers from 0 to 2⁶³ - 1 as shape, found [-2]
      {"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}} \
      | tensor 'a': expected whole numbers from 0 to 2⁶³ - 1 as shape, found [2.0]
      {"a":{"dtype":"F32","shape":[2],"data_offsets":[8]}} \
      | tensor 'a': expected data_offsets [begin, end] with begin ≤ end, found [8]
      {"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}} \
      | tensor 'a': expected data_offsets [begin, end] with begin ≤ end, found [8, 0]
      {"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}} \
      | tensor 'a': expected 12 bytes for F32[3], found data_offsets [0, 8], 8 bytes
      {"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}} \
      | tensor 'a': expected a shape of less than 2⁶³ bytes, found F32[4611686018427387904, 4]
      {"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}} \
      | tensor 'a': expected data up to byte 12 after the header, found 8 bytes there: the file is cut off
      {"a":{"dtype":"F32","shape":[2305843009213693951],"data_offsets":[0,9223372036854775804]}} \
      | tensor 'a': expected data up to byte 9223372036854775804 after the header, found 8 bytes there: the file is cut off
      {"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}} \
      | tensor 'a': expected its data at offset 0, where the header ends, found offset 4: there is a gap
      {"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[5],"data_offsets":[3,8]}} \
      | tensor 'b': expected its data at offset 2, where 'a' ends, found offset 3: there is a gap
      {"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[5],"data_offsets":[3,8]}} \
      | tensor 'b': expected its data at offset 4, where 'a' ends, found offset 3: they overlap
      {"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}} \
      | expected the file to end at byte %d, after 'a', found 4 more bytes
      {} \
      | expected the file to end at byte %d, after the header, found 8 more bytes
      {"__metadata__":{"k":1}}                                    | __metadata__: expected a string as 'k', found 1
      {"__metadata__":"x"}                                        | expected an object as __metadata__, found x
      """, quoteCharacter = '\u0001')
  void lyingHeader(String header, String message) throws IOException {
    Path file = write(header.getBytes(StandardCharsets.UTF_8));
    int end = 8 + header.length() + (message.contains("'a'") ? 4 : 0);
    assertEquals(file + ": " + message.replace("%d", "" + end),
        assertThrows(FormatException.class, () -> SafeTensors.open(file)).getMessage());
  }

  @Test
  void invalidJson() throws IOException {
    for (String header : new String[] {"{\"a\":", "{\"a\":1,\"a\":1}", "{} {}", "  "}) {
      Path file = write(header.getBytes(StandardCharsets.UTF_8));
      var error = assertThrows(FormatException.class, () -> SafeTensors.open(file));
      assertTrue(error.getMessage().startsWith(file + ": invalid JSON: "), error.getMessage());
    }
    Path file = write(new byte[] {'{', '"', (byte) 0xC3, '"', ':', '1', '}'});
    assertEquals(file + ": invalid JSON: the header is not UTF-8 text",
        assertThrows(FormatException.class, () -> SafeTensors.open(file)).getMessage());
  }

  private Path write(byte[] header) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(8 + header.length
        + 8).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).put(header);
    return Files.write(folder.resolve("m.safetensors"), bytes.array());
  }

  private static SafeTensors.Item item(String name, StoredType type, long... shape) {
    long n = type.bytes();
    for (long size : shape) {
      n *= size;
    }
    return new SafeTensors.Item(name, type, shape, MemorySegment.ofArray(new byte[(int) n]));
  }
}
