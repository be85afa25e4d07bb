package dev.athanor.data;

import dev.athanor.io.InputFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * A CSV file (plain or gzip, UTF-8) as a data set: which columns are features, which one is the target, and what kind of
 * target. Immutable; each method returns a changed copy.
 *
 * <pre>{@code
 * Dataset iris = CsvSource.of(Path.of("iris.csv")).classes("species").load();
 * }</pre>
 *
 * <p>The first line names the columns unless {@link #noHeader} says otherwise. Without {@link #features} all columns but the
 * target are features. Without any target, {@link #load} takes the last column and guesses its kind (see {@link #guess}).
 *
 * <p>Every fault is an error that names file, line and column: a file that is missing or empty, a column that is not there or
 * there twice, a line with too few or too many fields, text where a number must be, an empty field, NaN, an infinity, an
 * unknown class.
 */
public final class CsvSource {
  /** What the target columns hold. */
  enum Kind { GUESS, CLASSES, BINARY, VALUES, NONE }

  /** Everything that was chosen; null names stand for "find out". */
  record Settings(char separator, boolean header, List<String> features, List<String> without, Kind kind, List<String> targets,
      List<String> classNames) {}

  private final Object name;
  private final Supplier<InputStream> input;
  private final Settings settings;

  private CsvSource(Object name, Supplier<InputStream> input, Settings settings) {
    this.name = name;
    this.input = input;
    this.settings = settings;
  }

  /** A file, separated by commas, with a header line. */
  public static CsvSource of(Path file) {
    return of(file, () -> InputFile.open(file));
  }

  /**
   * Any source of bytes, separated by commas, with a header line.
   *
   * @param name its name, for the data set and for messages
   * @param input opens it, at its beginning; it may be gzip
   */
  public static CsvSource of(String name, Supplier<InputStream> input) {
    return of((Object) name, () -> InputFile.inflate(name, input.get()));
  }

  private static CsvSource of(Object name, Supplier<InputStream> input) {
    return new CsvSource(Objects.requireNonNull(name), input, new Settings(',', true, null, List.of(), Kind.GUESS, null, null));
  }

  /** Another field separator, such as a semicolon or a tab. */
  public CsvSource separator(char separator) {
    var s = settings;
    return with(new Settings(separator, s.header, s.features, s.without, s.kind, s.targets, s.classNames));
  }

  /** The first line is an example; the columns are named 0, 1, 2 and so on. */
  public CsvSource noHeader() {
    var s = settings;
    return with(new Settings(s.separator, false, s.features, s.without, s.kind, s.targets, s.classNames));
  }

  /** The feature columns, in this order. */
  public CsvSource features(String... columns) {
    var s = settings;
    return with(new Settings(s.separator, s.header, List.of(columns), s.without, s.kind, s.targets, s.classNames));
  }

  /** Columns that are neither features nor target, such as a running number. */
  public CsvSource without(String... columns) {
    var s = settings;
    return with(new Settings(s.separator, s.header, s.features, List.of(columns), s.kind, s.targets, s.classNames));
  }

  /** The target is a class, named by text or number. Classes are indexed by number if all are numbers, otherwise by name. */
  public CsvSource classes(String column) {
    return target(Kind.CLASSES, List.of(column), null);
  }

  /** The target is one of these classes, indexed in this order. */
  public CsvSource classes(String column, List<String> names) {
    return target(Kind.CLASSES, List.of(column), List.copyOf(names));
  }

  /** The target is yes or no: the texts that stand for 0 and for 1. */
  public CsvSource binary(String column, String zero, String one) {
    return target(Kind.BINARY, List.of(column), List.of(zero, one));
  }

  /** The target is one number, or several. */
  public CsvSource values(String... columns) {
    return target(Kind.VALUES, List.of(columns), null);
  }

  /**
   * The target's kind follows from its column: classes if it holds text, or at most 50 different whole numbers; values otherwise.
   *
   * @param column the target, or null for the last column
   */
  public CsvSource guess(String column) {
    return target(Kind.GUESS, column == null ? null : List.of(column), null);
  }

  /** There is no target: data to predict from. */
  public CsvSource noTarget() {
    return target(Kind.NONE, List.of(), null);
  }

  /**
   * Reads everything.
   *
   * @return the examples; their features have the shape [number of feature columns]
   * @throws dev.athanor.AthanorException for every fault named above
   */
  public ArrayDataset load() {
    try (InputStream in = input.get()) {
      return new CsvReading(name, settings).read(in);
    } catch (IOException e) {
      throw InputFile.error(name, e);
    }
  }

  private CsvSource target(Kind kind, List<String> columns, List<String> classNames) {
    var s = settings;
    return with(new Settings(s.separator, s.header, s.features, s.without, kind, columns, classNames));
  }

  private CsvSource with(Settings changed) {
    return new CsvSource(name, input, changed);
  }
}
