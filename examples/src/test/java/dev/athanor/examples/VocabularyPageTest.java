package dev.athanor.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code docs/vocabulary.md} names classes and methods that exist, and counts its rows rightly. */
class VocabularyPageTest {
  private static final Path PAGE = Path.of("..", "docs", "vocabulary.md");
  private static final Path CORE = Path.of("..", "core", "src", "main", "java");
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");
  private static final Pattern TYPE = Pattern.compile("(?<![\\w.])([A-Z]\\w*)((?:\\.\\w+)*)");
  private static final Pattern METHOD = Pattern.compile("^\\.?([a-z]\\w*)\\(");

  /** One entry of a table; {@code owner} is the class its heading names for all rows, or null. */
  private record Row(String owner, List<String> cells) {
    String name() {
      return cells.get(0);
    }

    String classes() {
      return cells.get(1);
    }

    String source() {
      return cells.get(3);
    }

    boolean gradient() {
      String source = source().toLowerCase(Locale.ROOT);
      return source.contains("checked") || source.contains("differences");
    }
  }

  private static List<Row> rows() throws IOException {
    List<Row> rows = new ArrayList<>();
    String owner = null;
    boolean entries = false;
    for (String line : Files.readAllLines(PAGE)) {
      List<String> cells = cells(line);
      if (cells.isEmpty()) {
        entries = false;
      } else if (cells.getFirst().equals("entry")) {
        entries = true;
        assertEquals(6, cells.size(), () -> "the columns of " + line);
        assertEquals(List.of("source of its test", "CPU", "CUDA"), cells.subList(3, 6));
        Matcher named = CODE.matcher(cells.get(1));
        owner = named.find() ? named.group(1) : null;
      } else if (entries && !line.startsWith("|---")) {
        assertEquals(6, cells.size(), () -> "a row has six cells: " + line);
        rows.add(new Row(owner, cells));
      }
    }
    return rows;
  }

  /** What stands between bars, where a bar of a formula is written {@code \|}; nothing for a line outside a table. */
  private static List<String> cells(String line) {
    return line.startsWith("|") ? Arrays.stream(line.substring(1).split("(?<!\\\\)\\|")).map(String::strip).toList() : List.of();
  }

  @Test
  void everyClassAndMethodNamedInATableExists() throws IOException {
    List<Class<?>> core = new ArrayList<>();
    try (Stream<Path> sources = Files.walk(CORE)) {
      for (Path p : sources.filter(f -> f.toString().endsWith(".java")
          && !f.getFileName().toString().contains("-info")).toList()) {
        Class<?> type = type(CORE.relativize(p).toString().replace(".java", "").replace(java.io.File.separatorChar, '.'));
        core.add(type);
        core.addAll(List.of(type.getDeclaredClasses()));
      }
    }
    int found = 0;
    for (Row row : rows()) {
      List<Class<?>> owners = row.owner == null ? List.of() : named(core, row.owner);
      Matcher codes = CODE.matcher(row.classes());
      while (codes.find()) {
        String code = codes.group(1).replaceAll("\\(.*\\)", "()"); // arguments are letters of the formula
        Matcher types = TYPE.matcher(code);
        while (types.find()) {
          String simple = types.group(1);
          List<Class<?>> classes = named(core, simple);
          if (classes.isEmpty() && simple.matches("[A-Z]|[A-Z_]+")) {
            continue; // an argument: K, or a constant of the class before it
          }
          assertTrue(!classes.isEmpty(), () -> row.name() + ": there is no class " + simple);
          found++;
          for (String member : types.group(2).isEmpty() ? new String[0] : types.group(2).substring(1).split("\\.")) {
            List<Class<?>> of = classes;
            assertTrue(of.stream().anyMatch(c -> has(c, member)), () -> row.name() + ": " + simple + " has no " + member);
            found++;
            classes = Stream.concat(of.stream(), of.stream().flatMap(c -> Arrays.stream(c.getClasses()))
                .filter(c -> c.getSimpleName().equals(member))).toList();
          }
          owners = classes;
        }
        Matcher method = METHOD.matcher(code);
        if (method.find()) {
          List<Class<?>> of = owners;
          String name = method.group(1);
          assertTrue(of.stream().anyMatch(c -> has(c, name)), () -> row.name() + ": " + of + " has no " + name);
          found++;
        }
      }
    }
    int names = found;
    assertTrue(names > 150, () -> "only " + names + " names were found in the tables");
  }

  @Test
  void theHeadOfThePageCountsItsRows() throws IOException {
    List<Row> rows = rows();
    long values = rows.stream().filter(r -> !r.source().isEmpty()).count();
    String head = rows.size() + " entries: " + rows.stream().filter(Row::gradient).count()
        + " with a numerical gradient check, " + values + " with values or properties from a named source.";
    assertTrue(Files.readString(PAGE).contains(head), () -> "docs/vocabulary.md should say at its head: " + head);
    assertEquals(rows.size(), values, () -> "entries without a source: " + rows.stream().filter(r -> r.source().isEmpty())
        .map(Row::name).toList());
  }

  private static List<Class<?>> named(List<Class<?>> core, String simple) {
    return core.stream().filter(c -> c.getSimpleName().equals(simple)).toList();
  }

  private static boolean has(Class<?> c, String member) {
    for (Class<?> at = c; at != null; at = at.getSuperclass()) {
      if (Stream.of(Arrays.stream(at.getDeclaredMethods()).map(Method::getName), Arrays.stream(at.getDeclaredFields())
          .map(Field::getName), Arrays.stream(at.getDeclaredClasses()).map(Class::getSimpleName)).flatMap(s -> s)
          .anyMatch(member::equals)) {
        return true;
      }
    }
    return false;
  }

  private static Class<?> type(String name) {
    try {
      return Class.forName(name, false, VocabularyPageTest.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new AssertionError("core has a source of " + name + " but no class", e);
    }
  }
}
