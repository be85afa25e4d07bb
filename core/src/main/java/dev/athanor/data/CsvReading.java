package dev.athanor.data;

import de.siegmar.fastcsv.reader.CloseableIterator;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import dev.athanor.data.CsvSource.Kind;
import dev.athanor.data.CsvSource.Settings;
import dev.athanor.io.FormatException;
import dev.athanor.io.InputFile;
import dev.athanor.tensor.Shape;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** One reading of a CSV source; see {@link CsvSource}. */
final class CsvReading {
  /** Float.parseFloat takes more than this: suffixes as in 1f, and hexadecimal. */
  private static final Pattern NUMBER = Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");
  private static final Pattern NOT_FINITE = Pattern.compile("[+-]?(nan|inf|infinity)", Pattern.CASE_INSENSITIVE);
  private static final Pattern WHOLE = Pattern.compile("[+-]?\\d{1,18}");
  private static final int MAX_GUESSED_CLASSES = 50;

  private final Object source;
  private final Settings settings;
  private List<String> columns;
  private int[] featureColumns;
  private int[] targetColumns;
  private float[] features = new float[1024];
  private long featureCount;
  private float[] values = new float[64];
  private int valueCount;
  private int[] codes = new int[64];
  private long[] codeLines = new long[64];
  private final Map<String, Integer> dictionary = new LinkedHashMap<>();
  private int rows;

  CsvReading(Object source, Settings settings) {
    this.source = source;
    this.settings = settings;
  }

  ArrayDataset read(InputStream in) throws IOException {
    // A decoder of our own: unlike one named by its character set, it reports bytes that are not UTF-8.
    var text = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()));
    text.mark(1);
    if (text.read() != '\uFEFF') { // the byte order mark that some programs write
      text.reset();
    }
    var builder = CsvReader.builder().fieldSeparator(settings.separator()).allowMissingFields(true).allowExtraFields(true);
    try (CsvReader<CsvRecord> reader = builder.ofCsvRecord(text); CloseableIterator<CsvRecord> lines = reader.iterator()) {
      while (lines.hasNext()) {
        CsvRecord line = lines.next();
        if (columns == null) {
          header(line);
          if (settings.header()) {
            continue;
          }
        }
        example(line);
      }
    } catch (UncheckedIOException e) {
      throw InputFile.error(source, e);
    } catch (CsvParseException e) {
      if (e.getCause() instanceof IOException io) {
        throw InputFile.error(source, io);
      }
      throw new FormatException(source, "not valid CSV: " + e.getMessage(), e);
    }
    if (columns == null) {
      throw new FormatException(source, "the file is empty; expected " + (settings.header() ? "a header line" : "examples"));
    }
    if (rows == 0) {
      throw new FormatException(source, "expected examples after the header, found none");
    }
    return dataset();
  }

  private void header(CsvRecord line) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < line.getFieldCount(); i++) {
      names.add(settings.header() ? line.getField(i).strip() : String.valueOf(i));
    }
    columns = List.copyOf(names);
    var seen = new HashSet<String>();
    for (String name : names) {
      if (!seen.add(name)) {
        throw new FormatException(source, "line " + line.getStartingLineNumber() + ": the column '" + name + "' appears twice");
      }
    }
    List<String> targets = settings.targets() != null ? settings.targets() : List.of(columns.getLast());
    targetColumns = targets.stream().mapToInt(this::column).toArray();
    var left = new HashSet<>(targets);
    for (String name : settings.without()) {
      column(name);
      left.add(name);
    }
    List<String> chosen = settings.features() != null ? settings.features() : columns.stream().filter(c ->
        !left.contains(c)).toList();
    featureColumns = chosen.stream().mapToInt(this::column).toArray();
    for (String name : chosen) {
      if (targets.contains(name)) {
        throw new FormatException(source, "the column '" + name + "' is the target and cannot be a feature as well");
      }
    }
    if (chosen.isEmpty()) {
      throw new FormatException(source, "there is no column left for features; the columns are " + columns + ", the target is "
          + targets);
    }
  }

  private int column(String name) {
    int at = columns.indexOf(name);
    if (at < 0) {
      throw new FormatException(source, "there is no column '" + name + "'; the columns are " + columns);
    }
    return at;
  }

  private void example(CsvRecord line) {
    if (line.getFieldCount() != columns.size()) {
      throw new FormatException(source, "line " + line.getStartingLineNumber() + ": expected " + columns.size()
          + " fields, found "
          + line.getFieldCount());
    }
    features = grown(features, featureCount + featureColumns.length);
    for (int column : featureColumns) {
      features[(int) featureCount++] = number(line, column);
    }
    switch (settings.kind()) {
      case VALUES -> {
        values = grown(values, (long) valueCount + targetColumns.length);
        for (int column : targetColumns) {
          values[valueCount++] = number(line, column);
        }
      }
      case CLASSES, BINARY, GUESS -> {
        if (rows == codes.length) {
          codes = Arrays.copyOf(codes, rows * 2);
          codeLines = Arrays.copyOf(codeLines, rows * 2);
        }
        codeLines[rows] = line.getStartingLineNumber();
        codes[rows] = code(line);
      }
      case NONE -> { }
    }
    rows++;
  }

  private float[] grown(float[] array, long needed) {
    if (needed > Integer.MAX_VALUE - 8) {
      throw new FormatException(source, "more than 2³¹ numbers do not fit in memory; divide the file");
    }
    return needed <= array.length ? array
        : Arrays.copyOf(array, (int) Math.min(Integer.MAX_VALUE - 8, Math.max(needed, array.length * 2L)));
  }

  private float number(CsvRecord line, int column) {
    String text = line.getField(column).strip();
    int small = smallInteger(text);
    if (small >= 0) {
      return small;
    }
    if (!NUMBER.matcher(text).matches()) {
      if (text.isEmpty()) {
        throw at(line, column, "expected a number, found an empty field; fill it in or leave the line out");
      }
      throw at(line, column, "expected a " + (NOT_FINITE.matcher(text).matches() ? "finite " : "") + "number, found '" + text
          + "'");
    }
    float value = Float.parseFloat(text);
    if (Float.isInfinite(value)) {
      throw at(line, column, "expected a number below 3.4e38 (float32), found '" + text + "'");
    }
    return value;
  }

  /**
   * The value of one to seven digits, exact in float32; -1 for any other text. Most fields are that, and need no regular
   * expression.
   */
  private static int smallInteger(String text) {
    int value = 0;
    for (int i = 0; i < text.length(); i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      value = value * 10 + digit;
    }
    return text.isEmpty() || text.length() > 7 ? -1 : value;
  }

  private int code(CsvRecord line) {
    String text = line.getField(targetColumns[0]).strip();
    if (text.isEmpty()) {
      throw at(line, targetColumns[0], "expected a class, found an empty field; fill it in or leave the line out");
    }
    List<String> names = settings.classNames();
    if (names != null && !names.contains(text)) {
      throw at(line, targetColumns[0], "expected a class of " + names + ", found '" + text + "'");
    }
    Integer known = dictionary.putIfAbsent(text, dictionary.size());
    return known != null ? known : dictionary.size() - 1;
  }

  private FormatException at(CsvRecord line, int column, String problem) {
    return at(line.getStartingLineNumber(), column, problem);
  }

  private FormatException at(long line, int column, String problem) {
    return new FormatException(source, "line " + line + ", column '" + columns.get(column) + "': " + problem);
  }

  private ArrayDataset dataset() {
    List<String> featureNames = IntStream.of(featureColumns).mapToObj(columns::get).toList();
    String name = source instanceof Path p ? p.getFileName().toString() : source.toString();
    Targets targets = switch (settings.kind()) {
      case VALUES -> new Targets(new Target.Values(Shape.of(targetColumns.length)), null, Arrays.copyOf(values, valueCount));
      case NONE -> new Targets(new Target.Values(Shape.of(0)), null, new float[0]);
      case CLASSES -> classes();
      case GUESS -> guessClasses() ? classes() : guessedValues();
      case BINARY -> {
        int[] labels = classes().labels();
        float[] bits = new float[rows];
        for (int i = 0; i < rows; i++) {
          bits[i] = labels[i];
        }
        yield new Targets(new Target.Binary(settings.classNames()), null, bits);
      }
    };
    return new ArrayDataset(name, rows, Arrays.copyOf(features, (int) featureCount), Shape.of(featureColumns.length),
        featureNames, targets);
  }

  private boolean guessClasses() {
    int text = 0;
    int whole = 0;
    for (String t : dictionary.keySet()) {
      if (WHOLE.matcher(t).matches()) {
        whole++;
      } else if (!NUMBER.matcher(t).matches() && !NOT_FINITE.matcher(t).matches()) {
        text++;
      }
    }
    int fractions = dictionary.size() - text - whole; // one text among fractions is a fault, not a class
    return fractions == 0 && (text > 0 || whole <= MAX_GUESSED_CLASSES);
  }

  private Targets guessedValues() {
    String[] texts = dictionary.keySet().toArray(String[]::new);
    float[] numbers = new float[rows];
    for (int i = 0; i < rows; i++) {
      String text = texts[codes[i]];
      numbers[i] = Float.parseFloat(NUMBER.matcher(text).matches() ? text : "NaN");
      if (!Float.isFinite(numbers[i])) {
        throw at(codeLines[i], targetColumns[0], "expected a finite number (float32), found '" + text + "'");
      }
    }
    return new Targets(new Target.Values(Shape.of(1)), null, numbers);
  }

  /** Indexes the classes: in the given order, by number, or by name; never by the order of the lines. */
  private Targets classes() {
    List<String> names = settings.classNames();
    if (names == null) {
      boolean numbers = dictionary.keySet().stream().allMatch(t -> WHOLE.matcher(t).matches());
      Comparator<String> byName = Comparator.naturalOrder();
      Comparator<String> byNumber = Comparator.comparingLong(Long::parseLong);
      var sorted = new TreeSet<>(numbers ? byNumber.thenComparing(byName) : byName);
      sorted.addAll(dictionary.keySet());
      names = List.copyOf(sorted);
    }
    Map<String, Integer> index = new HashMap<>();
    for (String n : names) {
      index.put(n, index.size());
    }
    int[] byCode = dictionary.keySet().stream().mapToInt(index::get).toArray();
    int[] labels = IntStream.of(Arrays.copyOf(codes, rows)).map(c -> byCode[c]).toArray();
    return new Targets(new Target.Classes(names), labels, null);
  }
}
