package dev.athanor.nd4j;

import dev.athanor.AthanorException;
import dev.athanor.backend.Availability;
import org.bytedeco.javacpp.Loader;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;

/** ND4J's native library: whether it is there, and starting it. */
final class Nd4jLibrary {
  private static final String REMEDY =
      "put nd4j-native of the same version on the class path, the jar and the one of this platform (docs/nd4j.md)";

  private Nd4jLibrary() {}

  /**
   * Whether ND4J and its library for this platform are on the class path. Neither is loaded: that takes seconds.
   */
  static Availability availability() {
    try {
      ClassLoader classes = Nd4jLibrary.class.getClassLoader();
      for (String name : new String[] {"org/nd4j/linalg/factory/Nd4j.class", "org/nd4j/linalg/cpu/nativecpu/CpuBackend.class",
          "org/bytedeco/javacpp/Loader.class", "org/bytedeco/openblas/global/openblas.class"}) {
        if (classes.getResource(name) == null) {
          return new Availability.Unusable("ND4J is not complete: " + name + " is not on the class path", REMEDY);
        }
      }
      String platform = Platform.name();
      String library = System.mapLibraryName("jnind4jcpu");
      for (String extension : new String[] {"", "-avx2", "-avx512"}) {
        String folder = "org/nd4j/linalg/cpu/nativecpu/bindings/" + platform + extension + "/";
        if (classes.getResource(folder + library) != null) {
          return new Availability.Usable("ND4J for " + platform + extension);
        }
      }
      return new Availability.Unusable("ND4J's native library for " + platform + " is not on the class path", REMEDY);
    } catch (LinkageError | RuntimeException e) {
      return new Availability.Unusable("ND4J cannot be loaded: " + e, REMEDY);
    }
  }

  /**
   * Loads the library, once in a process, and sets its threads.
   *
   * @return one line about it
   * @throws AthanorException if it cannot be loaded
   */
  static String load() {
    try {
      return Started.DESCRIPTION;
    } catch (LinkageError | RuntimeException e) {
      Throwable cause = e;
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      throw new AthanorException("device nd4j: ND4J's native library cannot be loaded: " + cause + "; " + REMEDY, e);
    }
  }

  /** JavaCPP, touched only where it exists. */
  private static final class Platform {
    static String name() {
      return Loader.getPlatform();
    }
  }

  /** ND4J after its start. */
  private static final class Started {
    static final String DESCRIPTION = start();

    private static String start() {
      var environment = Nd4j.getEnvironment(); // loads the library
      Integer wanted = Integer.getInteger("athanor.nd4j.threads");
      if (wanted != null) {
        int threads = Math.max(1, wanted);
        environment.setMaxThreads(threads);
        environment.setMaxMasterThreads(threads);
        NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(threads);
      }
      int threads = environment.maxMasterThreads();
      String version = Nd4j.class.getPackage().getImplementationVersion();
      return "ND4J" + (version == null ? "" : " " + version) + ", " + threads + (threads == 1 ? " thread" : " threads");
    }
  }
}
