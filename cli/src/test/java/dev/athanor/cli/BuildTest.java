package dev.athanor.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the build files promise: pinned versions, a complete bill of materials, notices for everything that is not ours. */
class BuildTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern MODULE = Pattern.compile("<module>([^<]+)</module>");
  private static final Pattern DEPENDENCY =
      Pattern.compile("<(dependency|plugin|exclusion)>\\s*(?:<groupId>([^<]+)</groupId>\\s*)?<artifactId>([^<]+)</artifactId>");
  private static final Pattern RANGE = Pattern.compile("<version>\\s*([\\[(][^<]*|LATEST|RELEASE)</version>");

  private static String read(Path file) throws IOException {
    return Files.readString(file).replaceAll("(?s)<!--.*?-->", "");
  }

  private static List<String> modules() throws IOException {
    return MODULE.matcher(read(ROOT.resolve("pom.xml"))).results().map(m -> m.group(1)).toList();
  }

  private static List<Path> poms() throws IOException {
    var poms = new ArrayList<Path>(List.of(ROOT.resolve("pom.xml")));
    modules().forEach(m -> poms.add(ROOT.resolve(m).resolve("pom.xml")));
    return poms;
  }

  private static String first(String xml, String tag) {
    var m = Pattern.compile("<" + tag + ">([^<]+)</" + tag + ">").matcher(xml.replaceFirst("(?s)<parent>.*?</parent>", ""));
    assertTrue(m.find(), tag);
    return m.group(1);
  }

  @Test
  void everyDependencyIsNamedInTheNotices() throws IOException {
    String notices = Files.readString(ROOT.resolve("THIRD-PARTY.md"));
    var missing = new TreeSet<String>();
    for (Path pom : poms()) {
      DEPENDENCY.matcher(read(pom)).results().filter(m -> m.group(1).equals("dependency") && !m.group(2).equals("dev.athanor"))
          .map(m -> m.group(2) + ":" + m.group(3)).filter(name -> !notices.contains("`" + name + "`")).forEach(missing::add);
    }
    assertEquals(new TreeSet<String>(), missing, "add to THIRD-PARTY.md: what it is, its version, licence and why it is here");
  }

  @Test
  void theNoticesNameTheVersionsInUse() throws IOException {
    String notices = Files.readString(ROOT.resolve("THIRD-PARTY.md"));
    Pattern.compile("<(\\w+)\\.version>([^<]+)</").matcher(read(ROOT.resolve("pom.xml"))).results()
        .forEach(m -> assertTrue(notices.contains("| " + m.group(2) + " |"), m.group(1) + " is " + m.group(2) + " in pom.xml"));
  }

  @Test
  void theBillOfMaterialsNamesOurArtifactsWithTheirVersion() throws IOException {
    String bom = read(ROOT.resolve("bom/pom.xml"));
    assertEquals(first(read(ROOT.resolve("pom.xml")), "version"), first(bom, "version"));
    for (String module : modules()) {
      String artifact = first(read(ROOT.resolve(module).resolve("pom.xml")), "artifactId");
      boolean published = !List.of("bom", "bench", "bench/gpu", "kernel-lab").contains(module);
      assertEquals(published, bom.contains("<artifactId>" + artifact + "</artifactId>") && !module.equals("bom"), module);
    }
  }

  @Test
  void everyPluginHasOneVersion() throws IOException {
    String root = read(ROOT.resolve("pom.xml"));
    String managed = root.substring(root.indexOf("<pluginManagement>"), root.indexOf("</pluginManagement>"));
    for (Path pom : poms()) {
      String xml = read(pom);
      String dependencies = xml.replaceAll("(?s)<configuration>.*?</configuration>", "");
      assertFalse(RANGE.matcher(dependencies).find(), pom + " has a version range");
      for (var m : DEPENDENCY.matcher(xml).results().filter(m -> m.group(1).equals("plugin")).toList()) {
        String name = "<artifactId>" + m.group(3) + "</artifactId>";
        boolean inPlace = xml.substring(m.end()).stripLeading().startsWith("<version>");
        assertTrue(inPlace || managed.contains(name + "<version>"), pom + ": " + m.group(3) + " has no version");
      }
    }
  }

  @Test
  void theLicenceIsTheApacheLicence() throws IOException {
    String licence = Files.readString(ROOT.resolve("LICENSE"));
    assertTrue(licence.contains("Apache License") && licence.contains("Version 2.0, January 2004")
        && licence.contains("END OF TERMS AND CONDITIONS"));
  }

  @Test
  void theDownloadStaysSmall() throws IOException {
    // The jars this module runs with: those of the module path and class path that are not a test's.
    String path = System.getProperty("java.class.path") + java.io.File.pathSeparator + System.getProperty("jdk.module.path", "");
    assumeFalse(path.contains("nd4j-native"), "the profile nd4j is asked for, and adds 135 MB");
    long bytes = 0;
    int jars = 0;
    for (String entry : path.split(java.io.File.pathSeparator)) {
      Path file = Path.of(entry);
      boolean test = Stream.of("junit", "opentest4j", "apiguardian", "jspecify", "surefire")
          .anyMatch(file.getFileName().toString()::contains);
      if (Files.isRegularFile(file) && !test) {
        bytes += Files.size(file);
        jars++;
      }
    }
    assertTrue(jars >= 4, path);
    assertTrue(bytes < 60_000_000, bytes + " bytes");
  }
}
