package dev.athanor.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/**
 * CUDA's redistributable libraries in a jar of bytedeco's layout, {@code org/bytedeco/cuda/linux-x86_64/libcublas.so.12} and so
 * on. They are large (cuBLAS and cuDNN about 1.5 GB), so what was unpacked stays in a folder of the user's cache that nobody else may
 * write to, one for each jar's name and size.
 *
 * @param jar the jar's file
 * @param cache the folder under which the folders of unpacked jars lie
 */
record RedistributableJar(Path jar, Path cache) {
  /** Something that belongs to this process's user. */
  private static final Path MINE = Path.of("/proc/self");
  static final String FOLDER = "org/bytedeco/cuda/linux-x86_64/";

  /** The jar that the class path holds, or null. */
  static RedistributableJar onClassPath() {
    try {
      URL found = ClassLoader.getSystemResource(FOLDER + CudaLibrary.CUBLAS.main());
      if (found != null && found.openConnection() instanceof JarURLConnection c) {
        return new RedistributableJar(Path.of(c.getJarFileURL().toURI()), userCache());
      }
      return null;
    } catch (IOException | java.net.URISyntaxException e) {
      return null; // not a jar on this machine's disk: nothing to unpack
    }
  }

  private static Path userCache() {
    String xdg = System.getenv("XDG_CACHE_HOME");
    Path cache = xdg == null || xdg.isBlank() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(xdg);
    return cache.resolve("athanor");
  }

  /** Unpacks the files of a library that do not lie there yet, and returns all of them; none if the jar does not hold it. */
  List<Path> unpack(CudaLibrary library) throws IOException {
    List<Path> files = new ArrayList<>();
    try (JarFile open = new JarFile(jar.toFile())) {
      if (open.getJarEntry(FOLDER + library.main()) == null) {
        return files;
      }
      Path folder = privateFolder();
      Enumeration<JarEntry> entries = open.entries();
      while (entries.hasMoreElements()) {
        JarEntry entry = entries.nextElement();
        String name = entry.getName();
        if (name.startsWith(FOLDER) && library.includes(name.substring(FOLDER.length()))) {
          Path file = folder.resolve(name.substring(FOLDER.length()));
          if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) != entry.getSize()) {
            write(open, entry, file);
          }
          files.add(file);
        }
      }
    }
    files.sort(null);
    return files;
  }

  /** Writes beside the file and moves: another process that unpacks at the same time sees it whole or not at all. */
  private static void write(JarFile open, JarEntry entry, Path file) throws IOException {
    Path part = Files.createTempFile(file.getParent(), ".", ".part");
    try (InputStream in = open.getInputStream(entry)) {
      Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new IOException("cannot unpack " + entry.getName() + " (" + (entry.getSize() >> 20) + " MiB) to " + file.getParent()
          + ": " + e.getMessage(), e);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private Path privateFolder() throws IOException {
    Files.createDirectories(cache);
    Path folder = cache.resolve(jar.getFileName().toString().replaceFirst("\\.jar$", "") + "-" + Files.size(jar));
    Set<PosixFilePermission> mine = PosixFilePermissions.fromString("rwx------");
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      try {
        Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(mine));
      } catch (java.nio.file.FileAlreadyExistsException e) {
        // Another process was first; what it made is looked at below.
      }
    }
    Set<PosixFilePermission> open = Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS);
    boolean own = Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).equals(Files.getOwner(MINE));
    if (!own || !Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS) || !mine.containsAll(open)) {
      throw new IOException(folder + " is open to other users: what lies there will not be loaded. Remove it");
    }
    return folder;
  }
}
