package dev.athanor.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The README shows programs that are compiled and run here, so it cannot fall behind. */
class ReadmeTest {
  private static final Path ROOT = Path.of("..");

  @Test
  void theProgramOfTheReadmeIsTheOneThatIsCompiled() throws IOException {
    String source = Files.readString(Path.of("src/main/java/dev/athanor/examples/FirstModel.java"));
    String shown = between(source, "// README: begin\n", "    // README: end").stripTrailing().stripIndent().strip();
    String readme = Files.readString(ROOT.resolve("README.md"));
    assertEquals(shown, between(readme, "```java\n", "```").strip());
  }

  @Test
  void everyPageAndPictureThatTheReadmeLinksToIsThere() throws IOException {
    String readme = Files.readString(ROOT.resolve("README.md"));
    var links = java.util.regex.Pattern.compile("\\]\\(([^)#:]+)\\)").matcher(readme);
    int found = 0;
    while (links.find()) {
      found++;
      assertTrue(Files.exists(ROOT.resolve(links.group(1))), () -> "README.md links to " + links.group(1) + ", which is not there");
    }
    assertTrue(found > 10, "the README links to its pages");
  }

  private static String between(String text, String from, String to) {
    int start = text.indexOf(from);
    assertTrue(start >= 0, () -> "'" + from.strip() + "' is missing");
    int begin = start + from.length();
    return text.substring(begin, text.indexOf(to, begin));
  }
}
