package dev.athanor.cuda;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import jcuda.JCudaVersion;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;

/**
 * Loads JCuda's native libraries. JCuda loads what lies under a fixed name in the folder for temporary files, and unpacks its own
 * only where nothing does. So it is given a folder that only this user can write to, with the libraries unpacked (JCuda does not
 * find them in the jar of another module); the folder goes away at once: a loaded library needs no file.
 *
 * <p>cuBLAS is looked for in the folder that the system property {@code athanor.cuda.libraries} names, then where the loader
 * looks ({@code LD_LIBRARY_PATH}, the system's folders), then in the folders of CUDA 12 toolkits under {@code /usr/local}.
 */
final class JCudaLibraries {
  private static final List<String> BINDINGS = List.of("JCudaDriver", "JCudaRuntime", "JCublas2");
  private static final List<String> CUBLAS = List.of("libcublasLt.so.12", "libcublas.so.12");
  private static boolean driver;
  private static boolean cublas;

  private JCudaLibraries() {}

  /**
   * Loads the binding of the driver.
   *
   * @throws LinkageError if it or the driver's library cannot be loaded
   * @throws IOException if nothing can be unpacked
   */
  static synchronized void loadDriver() throws IOException {
    if (!driver) {
      withPrivateFolder(() -> JCudaDriver.setExceptionsEnabled(false));
      driver = true;
    }
  }

  /**
   * Loads cuBLAS and its binding.
   *
   * @throws LinkageError if either cannot be loaded
   * @throws IOException if nothing can be unpacked
   */
  static synchronized void loadCublas() throws IOException {
    if (!cublas) {
      preload();
      withPrivateFolder(() -> {
        JCublas2.initialize();
        JCublas2.setExceptionsEnabled(false);
      });
      cublas = true;
    }
  }

  /** Loads cuBLAS from where the loader would not look; it finds a library that is already there by its name. */
  private static void preload() throws IOException {
    String named = System.getProperty("athanor.cuda.libraries");
    if (named != null) {
      if (!loadFrom(Path.of(named))) {
        throw new IOException("athanor.cuda.libraries names " + named + ", which has no " + CUBLAS.get(1));
      }
      return;
    }
    if (System.getenv("LD_LIBRARY_PATH") != null
        && Stream.of(System.getenv("LD_LIBRARY_PATH").split(File.pathSeparator)).anyMatch(f -> holdsCublas(Path.of(f)))) {
      return;
    }
    for (Path folder : toolkits()) {
      if (loadFrom(folder)) {
        return;
      }
    }
  }

  private static boolean holdsCublas(Path folder) {
    return Files.exists(folder.resolve(CUBLAS.get(1)));
  }

  @SuppressWarnings("restricted") // loading native libraries is what this class is for
  private static boolean loadFrom(Path folder) {
    if (!holdsCublas(folder)) {
      return false;
    }
    for (String library : CUBLAS) {
      Path file = folder.resolve(library).toAbsolutePath();
      if (Files.exists(file)) {
        System.load(file.toString());
      }
    }
    return true;
  }

  private static List<Path> toolkits() throws IOException {
    List<Path> found = new ArrayList<>();
    Path local = Path.of("/usr/local");
    if (Files.isDirectory(local)) {
      try (Stream<Path> children = Files.list(local)) {
        children.filter(p -> p.getFileName().toString().matches("cuda(-12.*)?")).sorted()
            .forEach(p -> found.add(p.resolve("lib64")));
      }
    }
    return found;
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
        files.sorted(java.util.Comparator.reverseOrder()).forEach(f -> f.toFile().delete());
      }
    }
  }
}
