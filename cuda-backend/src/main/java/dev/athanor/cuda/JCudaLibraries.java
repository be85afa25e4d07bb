package dev.athanor.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import jcuda.JCudaVersion;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.jcudnn.JCudnn;

/**
 * Loads JCuda's native libraries, and before them CUDA's from where {@link LibrarySearch} finds them: the loader takes a library
 * that is already there by its name. JCuda loads what lies under a fixed name in the folder for temporary files, and unpacks its
 * own only where nothing does. So it is given a folder that only this user can write to, with the libraries unpacked (JCuda does
 * not find them in the jar of another module); the folder goes away at once: a loaded library needs no file.
 */
final class JCudaLibraries {
  private static final List<String> BINDINGS = List.of("JCudaDriver", "JCudaRuntime", "JCublas2", "JCudnn");
  private static final Path MAPPED = Path.of("/proc/self/maps");
  private static final Map<CudaLibrary, Boolean> LOADED = new EnumMap<>(CudaLibrary.class);
  private static final Map<CudaLibrary, String> FAILED = new EnumMap<>(CudaLibrary.class);
  private static boolean driver;
  private static LinkageError noDriver;

  private JCudaLibraries() {}

  /**
   * Loads the binding of the driver.
   *
   * @throws LinkageError if it or the driver's library cannot be loaded
   * @throws IOException if nothing can be unpacked
   */
  static synchronized void loadDriver() throws IOException {
    if (noDriver != null) { // the second time the error would say nothing
      throw noDriver;
    }
    if (!driver) {
      try {
        withPrivateFolder(() -> JCudaDriver.setExceptionsEnabled(false));
      } catch (LinkageError e) {
        noDriver = e;
        throw e;
      }
      driver = true;
    }
  }

  /**
   * Loads a library and its binding.
   *
   * @throws IOException if it cannot be found, loaded or unpacked; the message says where it was looked for and what was wrong
   */
  static synchronized void load(CudaLibrary library) throws IOException {
    if (LOADED.containsKey(library)) {
      return;
    }
    if (FAILED.containsKey(library)) { // JCuda's classes cannot be touched a second time
      throw new IOException(FAILED.get(library));
    }
    LibrarySearch.Result result = LibrarySearch.here().find(library);
    if (result instanceof LibrarySearch.Missing(String report, boolean loader) && !loader) {
      throw new IOException(report);
    }
    try {
      if (result instanceof LibrarySearch.Found found) {
        loadAll(found.files());
      }
      withPrivateFolder(() -> {
        switch (library) {
          case CUBLAS -> {
            JCublas2.initialize();
            JCublas2.setExceptionsEnabled(false);
          }
          case CUDNN -> {
            JCudnn.initialize();
            JCudnn.setExceptionsEnabled(false);
          }
        }
      });
    } catch (LinkageError e) {
      FAILED.put(library, switch (result) {
        case LibrarySearch.Found found ->
            library.main() + " in " + found.place() + " cannot be used (" + CudaProbe.reason(e) + ")";
        case LibrarySearch.Missing missing -> missing.report() + " (" + CudaProbe.reason(e) + ")";
      });
      throw new IOException(FAILED.get(library), e);
    }
    LOADED.put(library, true);
  }

  /**
   * Loads files that may need each other: what cannot be loaded yet is tried again after the others.
   *
   * @throws LinkageError if some cannot be loaded at all
   */
  @SuppressWarnings("restricted") // loading native libraries is what this class is for
  static void loadAll(List<Path> files) {
    List<Path> left = new ArrayList<>(files);
    while (!left.isEmpty()) {
      int before = left.size();
      UnsatisfiedLinkError error = null;
      for (Path file : List.copyOf(left)) {
        try {
          System.load(file.toString());
          left.remove(file);
        } catch (UnsatisfiedLinkError e) {
          error = e;
        }
      }
      if (left.size() == before) {
        throw error;
      }
    }
  }

  /** The file from which a library was loaded, as the system says; or its name where the system does not. */
  static String loadedFrom(CudaLibrary library) {
    try (Stream<String> lines = Files.lines(MAPPED)) {
      return lines.map(l -> l.substring(l.lastIndexOf(' ') + 1)).filter(f -> f.contains("/" + library.main())).findFirst()
          .orElse(library.main());
    } catch (IOException | java.io.UncheckedIOException e) {
      return library.main();
    }
  }

  private static void unpack(Path folder) throws IOException {
    for (String binding : BINDINGS) {
      String name = "lib" + binding + "-" + JCudaVersion.get() + "-linux-x86_64.so";
      try (InputStream in = ClassLoader.getSystemResourceAsStream("lib/" + name)) {
        if (in != null) {
          Files.copy(in, folder.resolve(name));
        }
      }
    }
  }

  private static void withPrivateFolder(Runnable load) throws IOException {
    String key = "java.io.tmpdir";
    String before = System.getProperty(key);
    Path folder = Files.createTempDirectory("athanor-cuda-"); // readable and writable by this user alone
    try {
      unpack(folder);
      System.setProperty(key, folder.toString());
      load.run();
    } finally {
      System.setProperty(key, before);
      try (Stream<Path> files = Files.walk(folder)) {
        files.sorted(Comparator.reverseOrder()).forEach(f -> f.toFile().delete());
      }
    }
  }
}
