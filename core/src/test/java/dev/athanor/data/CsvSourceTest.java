package dev.athanor.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import dev.athanor.io.FormatException;
import dev.athanor.tensor.Shape;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CsvSourceTest {
  @TempDir Path folder;

  private CsvSource csv(String text) {
    try {
      return CsvSource.of(Files.writeString(folder.resolve("d.csv"), text));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static float[] targets(Dataset d) {
    int width = (int) d.target().shape().size();
    float[] values = new float[d.size() * width];
    for (int i = 0; i < d.size(); i++) {
      d.copyTarget(i, MemorySegment.ofArray(values), 4L * i * width);
    }
    return values;
  }

  @Test
  void classesByText() {
    float[][] whole = Make.rows(csv("a,k\n0,x\n0042,x\n9999999,x\n16777217,x\n-3,x\n").classes("k").load());
    assertArrayEquals(new float[][] {{0}, {42}, {9999999}, {16777216}, {-3}}, whole);
    ArrayDataset d = csv("a,b,kind\n1,2.5,oak\n-3e2,.5,ash\n+4,6.,oak\n").classes("kind").load();
    assertEquals("d.csv", d.name());
    assertEquals(Shape.of(2), d.featureShape());
    assertEquals(List.of("a", "b"), d.featureNames());
    assertArrayEquals(new float[][] {{1, 2.5f}, {-300, .5f}, {4, 6}}, Make.rows(d));
    assertEquals(new Target.Classes(List.of("ash", "oak")), d.target());
    assertArrayEquals(new int[] {1, 0, 1}, d.labels());
  }

  @Test
  void classesByNumberInNumericOrder() {
    ArrayDataset d = csv("a,k\n1,10\n2,9\n3,-1\n").classes("k").load();
    assertEquals(new Target.Classes(List.of("-1", "9", "10")), d.target());
    assertArrayEquals(new int[] {2, 1, 0}, d.labels());
  }

  @Test
  void classesInAGivenOrder() {
    ArrayDataset d = csv("a,k\n1,x\n2,z\n").classes("k", List.of("z", "y", "x")).load();
    assertArrayEquals(new int[] {2, 0}, d.labels());
    message("line 3, column 'k': expected a class of [z, y], found 'x'", csv("a,k\n1,z\n2,x\n").classes("k", List.of("z", "y")));
  }

  @Test
  void yesAndNo() {
    ArrayDataset d = csv("ill,a\nyes,1\nno,2\n").binary("ill", "no", "yes").load();
    assertEquals(new Target.Binary(List.of("no", "yes")), d.target());
    assertArrayEquals(new float[] {1, 0}, targets(d));
    assertArrayEquals(new int[] {1, 0}, d.labels());
  }

  @Test
  void numbersAsTargets() {
    ArrayDataset d = csv("x,y,z\n1,2,3\n4,5,6\n").values("z", "x").load();
    assertEquals(new Target.Values(Shape.of(2)), d.target());
    assertArrayEquals(new float[] {3, 1, 6, 4}, targets(d));
    assertEquals(List.of("y"), d.featureNames());
  }

  @Test
  void chosenColumns() {
    String text = "id,a,b,c,k\n7,1,2,3,x\n8,4,5,6,y\n";
    assertArrayEquals(new float[][] {{3, 1}, {6, 4}}, Make.rows(csv(text).features("c", "a").classes("k").load()));
    assertArrayEquals(new float[][] {{1, 2, 3}, {4, 5, 6}}, Make.rows(csv(text).without("id").classes("k").load()));
    assertEquals(List.of("a", "b", "c"), csv(text).without("id").classes("k").load().featureNames());
    ArrayDataset none = csv(text).features("a").noTarget().load();
    assertEquals(Shape.of(0), none.target().shape());
    assertArrayEquals(new float[][] {{1}, {4}}, Make.rows(none));
  }

  @Test
  void guessesTheTarget() {
    assertEquals(new Target.Classes(List.of("x", "y")), csv("a,k\n1,y\n2,x\n").load().target());
    assertEquals(new Target.Classes(List.of("3", "7")), csv("a,k\n1,7\n2,3\n").load().target());
    ArrayDataset d = csv("a,k\n1,7\n2,3.5\n3,7\n").load();
    assertEquals(new Target.Values(Shape.of(1)), d.target());
    assertArrayEquals(new float[] {7, 3.5f, 7}, targets(d));
    assertEquals(new Target.Classes(List.of("1", "2")), csv("a,k\n1,7\n2,3.5\n").guess("a").load().target());
    var many = new StringBuilder("a,k\n");
    for (int i = 0; i < 51; i++) {
      many.append("0,").append(i).append('\n');
    }
    assertEquals(new Target.Values(Shape.of(1)), csv(many.toString()).load().target());
    assertEquals(new Target.Classes(List.of("1", "2", "other")), csv("a,k\n1,2\n2,other\n3,1\n").load().target());
    message("line 3, column 'k': expected a finite number (float32), found 'nan'", csv("a,k\n1,0.5\n2,nan\n3,nan\n"));
    message("line 3, column 'k': expected a finite number (float32), found '1.5 EUR'", csv("a,k\n1,0.5\n2,1.5 EUR\n3,7\n"));
  }

  @Test
  void headerSeparatorQuotesBlankLinesAndByteOrderMark() {
    CsvSource bare = csv("1;x\r\n\r\n2;y\r\n").noHeader().separator(';').classes("1");
    assertArrayEquals(new float[][] {{1}, {2}}, Make.rows(bare.load()));
    ArrayDataset d = csv("\uFEFF\"a, b\", k\n\" 1 \",\"say \"\"x\"\"\"\n2, y \n").classes("k").load();
    assertEquals(List.of("a, b"), d.featureNames());
    assertEquals(new Target.Classes(List.of("say \"x\"", "y")), d.target());
  }

  @Test
  void gzipIsSeenFromItsContent() throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(bytes)) {
      out.write("a,k\n1,x\n".getBytes(StandardCharsets.UTF_8));
    }
    Path file = Files.write(folder.resolve("plain.csv"), bytes.toByteArray());
    assertEquals(1, CsvSource.of(file).load().size());
    assertEquals("res", CsvSource.of("res", () -> new ByteArrayInputStream(bytes.toByteArray())).load().name());
    Files.write(file, Arrays.copyOf(bytes.toByteArray(), bytes.size() - 10));
    assertEquals(file + ": the gzip data ends too early: the file is cut off; get it again",
        assertThrows(FormatException.class, () -> CsvSource.of(file).load()).getMessage());
    byte[] damaged = bytes.toByteArray();
    damaged[damaged.length - 6] ^= 1; // the checksum
    Files.write(file, damaged);
    assertEquals(file + ": damaged gzip data (Corrupt GZIP trailer); get the file again",
        assertThrows(FormatException.class, () -> CsvSource.of(file).load()).getMessage());
  }

  @Test
  void manyRows() {
    var text = new StringBuilder("a,b,c,k\n");
    for (int i = 0; i < 5000; i++) {
      text.append(i).append(",0.5,").append(-i).append(',').append(i % 3).append('\n');
    }
    ArrayDataset d = csv(text.toString()).classes("k").load();
    assertEquals(5000, d.size());
    assertArrayEquals(new float[] {4999, 0.5f, -4999}, Make.rows(d)[4999]);
    assertEquals(4999 % 3, d.label(4999));
  }

  @Test
  void missingFile() {
    Path file = folder.resolve("none.csv");
    assertEquals(file + ": no such file; check the path",
        assertThrows(AthanorException.class, () -> CsvSource.of(file).load()).getMessage());
    assertEquals(folder + ": this is a folder; give the path of a file",
        assertThrows(AthanorException.class, () -> CsvSource.of(folder).load()).getMessage());
  }

  @Test
  void errorsOfTheHeader() {
    message("there is no column 'specis'; the columns are [a, b, species]", csv("a,b,species\n1,2,x\n").classes("specis"));
    message("there is no column 'c'; the columns are [a, k]", csv("a,k\n1,2\n").features("c").classes("k"));
    message("there is no column 'id'; the columns are [a, k]", csv("a,k\n1,2\n").without("id"));
    message("line 1: the column 'a' appears twice", csv("a,b,a\n1,2,3\n"));
    message("the column 'k' is the target and cannot be a feature as well", csv("a,k\n1,2\n").features("a", "k").classes("k"));
    message("there is no column left for features; the columns are [k], the target is [k]", csv("k\n1\n"));
    message("the file is empty; expected a header line", csv(""));
    message("the file is empty; expected a header line", csv("\n\n"));
    message("the file is empty; expected examples", csv("").noHeader());
    message("expected examples after the header, found none", csv("a,k\n"));
  }

  @Test
  void errorsOfTheLines() {
    message("line 3: expected 3 fields, found 2", csv("a,b,k\n1,2,x\n1,2\n"));
    message("line 2: expected 2 fields, found 3", csv("a,k\n1,2,3\n"));
    message("line 5: expected 2 fields, found 3", csv("a,k\n\n1,\"two\nlines\"\n1,2,3\n"));
    message("line 3, column 'b': expected a number, found 'abc'", csv("a,b,k\n1,2,x\n1, abc ,x\n"));
    message("line 2, column 'a': expected a number, found an empty field; fill it in or leave the line out", csv("a,k\n,x\n"));
    message("line 2, column 'k': expected a class, found an empty field; fill it in or leave the line out",
        csv("a,k\n1,\n").classes("k"));
    message("line 2, column 'a': expected a number below 3.4e38 (float32), found '1e39'", csv("a,k\n1e39,x\n"));
    message("line 2, column 'k': expected a number, found 'x'", csv("a,k\n1,x\n").values("k"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"NaN", "nan", "inf", "-Infinity", "+INF"})
  void numbersThatAreNotFinite(String text) {
    message("line 2, column 'a': expected a finite number, found '" + text + "'", csv("a,k\n" + text + ",x\n"));
  }

  /** Java's own parser would take all of these. */
  @ParameterizedTest
  @ValueSource(strings = {"1f", "1d", "0x1p3", "1.5D"})
  void numbersThatOnlyJavaKnows(String text) {
    message("line 2, column 'a': expected a number, found '" + text + "'", csv("a,k\n" + text + ",x\n"));
  }

  @Test
  void textThatIsNotUtf8() throws IOException {
    Path file = Files.write(folder.resolve("l.csv"), "a,k\n1,Gr\u00fcn\n".getBytes(StandardCharsets.ISO_8859_1));
    assertEquals(file + ": the text is not UTF-8; convert it",
        assertThrows(FormatException.class, () -> CsvSource.of(file).load()).getMessage());
  }

  private void message(String message, CsvSource source) {
    var error = assertThrows(FormatException.class, source::load);
    assertEquals(folder.resolve("d.csv") + ": " + message, error.getMessage());
    assertTrue(error instanceof AthanorException);
  }
}
