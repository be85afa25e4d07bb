package dev.athanor.cpu.onednn;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.jar.JarFile;

/**
 * Finds oneDNN's shared library inside bytedeco's jar and unpacks it, with the OpenMP library it needs, into a folder that
 * only this user can write to: the user's cache folder, or the one named by the system property {@code athanor.cache}. A copy
 * is reused when it came from the same jar entry (the folder carries the entry's checksum) and has the right length; a new
 * one is written beside its final name and moved there in one step, so that two processes may start at once.
 */
final class NativeLibrary {
  /** Where the library and OpenMP lie. {@code openMp} is null where the system brings it. */
  record Unpacked(Path library, Path openMp) {}

  private NativeLibrary() {}

  /** The platform's name in bytedeco's jars, such as {@code linux-x86_64}, or null where there is no library. */
  static String platform() {
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String arch = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    String cpu = switch (arch) {
      case "amd64", "x86_64" -> "x86_64";
      case "aarch64", "arm64" -> "arm64";
      default -> null;
    };
    if (cpu == null) {
      return null;
    }
    if (os.startsWith("linux")) {
      return "linux-" + cpu;
    } else if (os.startsWith("mac")) {
      return "macosx-" + cpu;
    }
    return os.startsWith("windows") && cpu.equals("x86_64") ? "windows-x86_64" : null;
  }

  private static List<String> names(String platform) {
    return switch (platform) {
      case "linux-x86_64", "linux-arm64" -> List.of("libdnnl.so.3", "libgomp.so.1");
      case "macosx-arm64" -> List.of("libdnnl.3.dylib", "libomp.dylib");
      case "macosx-x86_64" -> List.of("libdnnl.3.dylib", "libiomp5.dylib");
      default -> List.of("dnnl.dll"); // OpenMP is Microsoft's vcomp140.dll, which Windows brings
    };
  }

  /**
   * Unpacks the library.
   *
   * @throws IOException if the jar is not there or nothing can be written
   */
  static Unpacked unpack(String platform) throws IOException {
    List<String> names = names(platform);
    String base = "org/bytedeco/dnnl/" + platform + "/";
    Entry library = find(base + names.get(0), platform);
    Path folder = folder(library.key());
    Path path = unpack(library, folder, names.get(0));
    Path openMp = names.size() == 1 ? null : unpack(find(base + names.get(1), platform), folder, names.get(1));
    return new Unpacked(path, openMp);
  }

  private interface Opener {
    InputStream open() throws IOException;
  }

  /** A file in the jar. */
  private record Entry(Opener content, long size, String key) {}

  private static Entry find(String resource, String platform) throws IOException {
    URL url = null;
    ClassLoader own = NativeLibrary.class.getClassLoader();
    for (ClassLoader loader : new ClassLoader[] {own, Thread.currentThread().getContextClassLoader()}) {
      if (url == null && loader != null) {
        url = loader.getResource(resource);
      }
    }
    if (url == null) {
      url = onModulePath(resource, platform); // a jar that no module requires is not in the module graph
    }
    if (url == null) {
      throw new IOException("the jar org.bytedeco:dnnl:" + platform + " is neither on the class path nor on the module path");
    }
    URLConnection connection = url.openConnection();
    connection.setUseCaches(false);
    if (connection instanceof JarURLConnection jar) {
      try (JarFile file = jar.getJarFile()) {
        var entry = file.getJarEntry(resource);
        String key = Long.toHexString(entry.getCrc());
        URL at = url;
        return new Entry(at::openStream, entry.getSize(), key);
      }
    }
    URL at = url;
    long size = connection.getContentLengthLong();
    return new Entry(at::openStream, size, Long.toHexString(size) + "-" + Long.toHexString(connection.getLastModified()));
  }

  private static URL onModulePath(String resource, String platform) throws IOException {
    for (String part : System.getProperty("jdk.module.path", "").split(File.pathSeparator)) {
      if (part.isEmpty()) {
        continue;
      }
      Path path = Path.of(part);
      if (Files.isDirectory(path)) {
        try (var jars = Files.newDirectoryStream(path, "dnnl-*-" + platform + ".jar")) {
          for (Path jar : jars) {
            return inJar(jar, resource);
          }
        }
      } else if (path.getFileName().toString().startsWith("dnnl-") && part.endsWith("-" + platform + ".jar")) {
        return inJar(path, resource);
      }
    }
    return null;
  }

  private static URL inJar(Path jar, String resource) throws IOException {
    return java.net.URI.create("jar:" + jar.toUri() + "!/" + resource).toURL();
  }

  private static Path folder(String key) throws IOException {
    Path wanted = cache().resolve("onednn-" + key);
    try {
      Files.createDirectories(wanted.getParent());
      if (!Files.isDirectory(wanted)) {
        createPrivate(wanted);
      }
      if (writableByOthers(wanted)) {
        throw new IOException(wanted + " can be written by other users; remove it");
      }
      return wanted;
    } catch (java.nio.file.FileAlreadyExistsException e) {
      return wanted; // another process was faster
    } catch (java.nio.file.FileSystemException e) {
      Path temporary = Files.createTempDirectory("athanor-onednn-");
      temporary.toFile().deleteOnExit();
      return temporary;
    }
  }

  private static Path cache() {
    String own = System.getProperty("athanor.cache");
    if (own != null) {
      return Path.of(own);
    }
    Path home = Path.of(System.getProperty("user.home"));
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String xdg = System.getenv("XDG_CACHE_HOME");
    String local = System.getenv("LOCALAPPDATA");
    if (os.startsWith("mac")) {
      return home.resolve("Library/Caches/athanor");
    } else if (os.startsWith("windows") && local != null) {
      return Path.of(local, "athanor", "cache");
    }
    return xdg != null && !xdg.isEmpty() ? Path.of(xdg, "athanor") : home.resolve(".cache/athanor");
  }

  private static boolean posix(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  private static void createPrivate(Path folder) throws IOException {
    if (posix(folder.toAbsolutePath())) {
      Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } else {
      Files.createDirectory(folder);
    }
  }

  private static boolean writableByOthers(Path folder) throws IOException {
    if (!posix(folder)) {
      return false;
    }
    var permissions = Files.getPosixFilePermissions(folder);
    return permissions.contains(java.nio.file.attribute.PosixFilePermission.GROUP_WRITE)
        || permissions.contains(java.nio.file.attribute.PosixFilePermission.OTHERS_WRITE);
  }

  private static Path unpack(Entry entry, Path folder, String name) throws IOException {
    Path target = folder.resolve(name);
    if (Files.isRegularFile(target) && Files.size(target) == entry.size()) {
      return target;
    }
    Path part = Files.createTempFile(folder, name, ".part");
    try (InputStream in = entry.content().open()) {
      Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
    return target;
  }
}
