package dev.athanor.cuda;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Looks for CUDA's libraries. The order: the folders that the system property {@code athanor.cuda.libraries} or the environment
 * variable {@code ATHANOR_CUDA_LIBRARIES} names; those of {@code LD_LIBRARY_PATH}; CUDA toolkits (that of {@code CUDA_HOME} or
 * {@code CUDA_PATH}, then those under {@code /usr/local}, the newest 12 first); the system's own folders; the jar that the Maven
 * profile {@code cuda-redist} brings, which is unpacked; last, what the loader finds by itself. Only files' names are looked at.
 * Where folders are named and cuBLAS is in none of them, nothing else is tried.
 *
 * @param property what the system property says, or null
 * @param environment the environment variables
 * @param toolkits the folder that holds toolkits
 * @param system the system's folders of libraries
 * @param jar the redistributable libraries on the class path, or null
 */
record LibrarySearch(String property, Map<String, String> environment, Path toolkits, List<Path> system, RedistributableJar jar) {
  static final String PROPERTY = "athanor.cuda.libraries";
  static final String VARIABLE = "ATHANOR_CUDA_LIBRARIES";

  /** On this machine. */
  static LibrarySearch here() {
    return new LibrarySearch(System.getProperty(PROPERTY), System.getenv(), Path.of("/usr/local"),
        List.of(Path.of("/usr/lib/x86_64-linux-gnu"), Path.of("/lib/x86_64-linux-gnu"), Path.of("/usr/lib64"), Path.of("/lib64")),
        RedistributableJar.onClassPath());
  }

  /** What came of a search. */
  sealed interface Result {}

  /**
   * The library was found.
   *
   * @param place where, in words
   * @param files all files of its set that lie there
   */
  record Found(String place, List<Path> files) implements Result {}

  /**
   * The library was not found.
   *
   * @param report where it was looked for in which order, and what was found instead
   * @param loader whether the loader may yet find it: not where folders were named
   */
  record Missing(String report, boolean loader) implements Result {}

  /**
   * A place of the order.
   *
   * @param name what it is
   * @param folders its folders, the first first
   * @param folder what a folder of it is called in messages
   */
  private record Place(String name, List<Path> folders, Function<Path, String> folder) {}

  private List<Place> places() throws IOException {
    return List.of(
        new Place("-D" + PROPERTY, split(property), p -> p + " (named by -D" + PROPERTY + ")"),
        new Place(VARIABLE, split(environment.get(VARIABLE)), p -> p + " (named by " + VARIABLE + ")"),
        new Place("LD_LIBRARY_PATH", split(environment.get("LD_LIBRARY_PATH")), p -> p + " (on LD_LIBRARY_PATH)"),
        new Place("CUDA toolkits", toolkitFolders(), p -> "the toolkit's folder " + p),
        new Place("the system's folders", system, p -> "the system's folder " + p));
  }

  private static List<Path> split(String folders) {
    return folders == null ? List.of()
        : Stream.of(folders.split(File.pathSeparator)).filter(f -> !f.isBlank()).map(f -> Path.of(f.strip())).toList();
  }

  private List<Path> toolkitFolders() throws IOException {
    List<Path> found = new ArrayList<>();
    for (String variable : List.of("CUDA_HOME", "CUDA_PATH")) {
      if (environment.get(variable) != null && !environment.get(variable).isBlank()) {
        found.add(Path.of(environment.get(variable)).resolve("lib64"));
      }
    }
    if (Files.isDirectory(toolkits)) {
      found.add(toolkits.resolve("cuda").resolve("lib64"));
      try (Stream<Path> children = Files.list(toolkits)) {
        children.filter(p -> p.getFileName().toString().matches("cuda-12(\\.\\d+)?"))
            .sorted(Comparator.comparingInt(LibrarySearch::minor).reversed()).forEach(p -> found.add(p.resolve("lib64")));
      }
    }
    return found.stream().distinct().filter(Files::isDirectory).toList();
  }

  /** 6 of {@code cuda-12.6}; -1 of {@code cuda-12}. */
  private static int minor(Path toolkit) {
    String name = toolkit.getFileName().toString();
    int dot = name.indexOf('.');
    return dot < 0 ? -1 : Integer.parseInt(name.substring(dot + 1));
  }

  /**
   * Looks for a library.
   *
   * @throws IOException if a folder cannot be read, or the jar cannot be unpacked
   */
  Result find(CudaLibrary library) throws IOException {
    StringBuilder report = new StringBuilder();
    List<String> others = new ArrayList<>();
    for (Place place : places()) {
      if (place.name.equals("LD_LIBRARY_PATH") && library == CudaLibrary.CUBLAS && !report.isEmpty() && named()) {
        return new Missing(library.main() + " is in none of the folders named for it (" + report + ")" + instead(others), false);
      }
      for (Path folder : place.folders) {
        if (Files.exists(folder.resolve(library.main()))) {
          return new Found(place.folder.apply(folder), files(folder, library::includes));
        }
        files(folder, library::otherVersion).forEach(f -> others.add(f.toString()));
      }
      report.append(report.isEmpty() ? "" : "; ").append(place.name).append(place.folders.isEmpty() ? ": none"
          : ": " + String.join(", ", place.folders.stream().map(Path::toString).toList()));
    }
    if (jar != null) {
      List<Path> unpacked = jar.unpack(library);
      if (!unpacked.isEmpty()) {
        return new Found("the jar of the profile cuda-redist, unpacked", unpacked);
      }
    }
    report.append("; the jar of the profile cuda-redist: ").append(jar == null ? "not on the class path" : "without it")
        .append("; last the loader's own folders");
    return new Missing(library.main() + " was looked for in this order: " + report + instead(others), true);
  }

  private boolean named() {
    return !split(property).isEmpty() || !split(environment.get(VARIABLE)).isEmpty();
  }

  private static String instead(List<String> others) {
    return others.isEmpty() ? "" : ". Found in another version: " + String.join(", ", others);
  }

  private static List<Path> files(Path folder, Predicate<String> wanted) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(f -> wanted.test(f.getFileName().toString())).sorted().map(Path::toAbsolutePath).toList();
    }
  }
}
