package dev.athanor.cpu.onednn;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;

/**
 * Whether oneDNN can be used in this process, and its symbols if so. The system property {@code athanor.cpu.native=false}
 * switches it off.
 */
@SuppressWarnings("restricted") // loads native libraries
public final class OneDnnLibrary {
  private static final SymbolLookup LIBRARY;
  private static final SymbolLookup OPEN_MP;
  private static final String REASON;
  private static final String REMEDY;

  static {
    SymbolLookup library = null;
    SymbolLookup openMp = null;
    String reason = null;
    String remedy = "the pure-Java path is used; nothing else is needed";
    String platform = NativeLibrary.platform();
    if (!Boolean.parseBoolean(System.getProperty("athanor.cpu.native", "true"))) {
      reason = "switched off by athanor.cpu.native=false";
    } else if (platform == null) {
      reason = "oneDNN is not built for " + System.getProperty("os.name") + " on " + System.getProperty("os.arch");
    } else {
      try {
        NativeLibrary.Unpacked files = NativeLibrary.unpack(platform);
        Arena forever = Arena.global();
        // OpenMP first: oneDNN then finds it loaded, whatever the loader's search path is.
        SymbolLookup mp = files.openMp() == null ? SymbolLookup.libraryLookup("vcomp140.dll", forever)
            : SymbolLookup.libraryLookup(files.openMp(), forever);
        SymbolLookup dnnl = SymbolLookup.libraryLookup(files.library(), forever);
        if (mp.find("omp_set_num_threads").isEmpty()) {
          reason = "the OpenMP library beside oneDNN does not let its number of threads be set";
        } else {
          openMp = mp;
          library = dnnl;
        }
      } catch (IOException e) {
        reason = "oneDNN cannot be unpacked: " + (e.getMessage() == null ? e : e.getMessage());
        remedy = "add org.bytedeco:dnnl for " + platform + ", or name a writable folder with -Dathanor.cache=DIR";
      } catch (IllegalArgumentException | LinkageError e) {
        reason = "oneDNN or the OpenMP library it needs cannot be loaded: " + e.getMessage();
        remedy = "install the C++ runtime of this system (libstdc++ on Linux, the Visual C++ runtime on Windows)";
      } catch (IllegalCallerException e) {
        reason = "native access is not allowed";
        remedy = "start Java with --enable-native-access=dev.athanor.cpu (on the class path: ALL-UNNAMED)";
      }
    }
    LIBRARY = library;
    OPEN_MP = openMp;
    REASON = reason;
    REMEDY = remedy;
  }

  private OneDnnLibrary() {}

  /** Whether oneDNN is loaded. */
  public static boolean available() {
    return LIBRARY != null;
  }

  /** Why oneDNN is not used, or null if it is. */
  public static String reason() {
    return REASON;
  }

  /** What to do about {@link #reason}. */
  public static String remedy() {
    return REMEDY;
  }

  static SymbolLookup library() {
    return LIBRARY;
  }

  static SymbolLookup openMp() {
    return OPEN_MP;
  }
}
