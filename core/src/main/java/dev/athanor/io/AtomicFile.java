package dev.athanor.io;

import dev.athanor.AthanorException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.ReadOnlyFileSystemException;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes a file whole or not at all. The content goes to a temporary file in the same folder, which is forced to disk and then
 * renamed over the target; the folder is forced to disk after that. Whenever the process or the machine stops, the target holds
 * either its old content or its new content, complete.
 *
 * <p>A temporary file is named {@code .NAME.PID-N.tmp}. Ones left by a process that was killed are removed by the next write
 * to the same target.
 */
public final class AtomicFile {
  private static final AtomicLong COUNTER = new AtomicLong();
  private static final Duration STALE_AGE = Duration.ofMinutes(1);

  private AtomicFile() {}

  /** Writes the content of a file. */
  @FunctionalInterface
  public interface Content {
    /**
     * Writes all bytes to the channel, from its position 0. The channel is closed by the caller.
     *
     * @throws IOException if writing fails; the target is then left as it was
     */
    void writeTo(FileChannel channel) throws IOException;
  }

  /**
   * Replaces or creates a file.
   *
   * @param target the file; if it is a symbolic link, the file that it points to
   * @param content writes the new content; whatever it throws, the target stays as it was and the temporary file is removed
   * @throws AthanorException if the folder is missing or read-only, the disk is full, or writing fails otherwise; the message
   *     names the path and what to do
   */
  public static void write(Path target, Content content) {
    Path file = target;
    Path temporary = null;
    try {
      file = resolve(target);
      Path folder = file.getParent();
      removeStale(folder, file.getFileName().toString());
      temporary = folder.resolve(temporaryName(file.getFileName().toString()));
      try (var channel = FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        content.writeTo(channel);
        channel.force(true);
      }
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      temporary = null;
      forceFolder(folder);
    } catch (IOException | ReadOnlyFileSystemException e) {
      throw error(target, file, e);
    } finally {
      delete(temporary);
    }
  }

  /**
   * Replaces or creates a text file in UTF-8.
   *
   * @param target the file
   * @param text its new content
   * @throws AthanorException as {@link #write(Path, Content)}
   */
  public static void write(Path target, String text) {
    var bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    write(target, channel -> writeFully(channel, bytes));
  }

  /**
   * Writes all remaining bytes of a buffer at the channel's position.
   *
   * @param channel where to
   * @param bytes what; its position ends at its limit
   * @throws IOException if the channel fails
   */
  public static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /**
   * Checks that a file can be written, so that a long computation need not find out at its end: creates a temporary file beside it, and
   * removes it.
   *
   * @throws AthanorException as {@link #write(Path, Content)}
   */
  public static void requireWritable(Path target) {
    Path file = target;
    Path temporary = null;
    try {
      file = resolve(target);
      temporary = file.resolveSibling(temporaryName(file.getFileName().toString()));
      FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE).close();
    } catch (IOException | ReadOnlyFileSystemException e) {
      throw error(target, file, e);
    } finally {
      delete(temporary);
    }
  }

  private static Path resolve(Path target) throws IOException {
    Path file = Files.isSymbolicLink(target) ? target.toRealPath() : target.toAbsolutePath();
    if (Files.isDirectory(file)) {
      throw new AthanorException("cannot write " + target + ": it is a folder; give the path of a file");
    }
    return file;
  }

  private static AthanorException error(Path target, Path file, Exception e) {
    String text = e instanceof FileSystemException f && f.getReason() != null ? f.getReason() : String.valueOf(e.getMessage());
    String lower = text.toLowerCase(Locale.ROOT);
    Path folder = file.toAbsolutePath().getParent();
    String why;
    if (e instanceof NoSuchFileException || e instanceof NotDirectoryException) {
      why = "the folder " + folder + " does not exist; create it or choose another path";
    } else if (e instanceof AccessDeniedException) {
      why = "no permission to write in the folder " + folder + "; choose another path or change its permissions";
    } else if (e instanceof ReadOnlyFileSystemException || lower.contains("read-only")) {
      why = "the folder " + folder + " is read-only; choose another path";
    } else if (lower.contains("no space left") || lower.contains("not enough space") || lower.contains("quota")) {
      why = "the disk is full (" + text + "); free some space or choose another path";
    } else if (lower.contains("operation not permitted")) {
      why = "the folder " + folder + " does not allow writing (" + text + "); choose another path or change its attributes";
    } else {
      why = text + "; nothing was changed";
    }
    String old = Files.exists(file) ? " The file that was there is untouched." : "";
    return new AthanorException("cannot write " + target + ": " + why + "." + old, e);
  }

  private static String temporaryName(String name) {
    return prefix(name) + ProcessHandle.current().pid() + "-" + COUNTER.incrementAndGet() + ".tmp";
  }

  private static String prefix(String name) {
    return "." + name + ".";
  }

  /**
   * Removes temporary files of this target whose process is gone. A minute's grace protects writers on other machines and in
   * other containers.
   */
  private static void removeStale(Path folder, String name) throws IOException {
    String prefix = prefix(name);
    Instant old = Instant.now().minus(STALE_AGE);
    DirectoryStream.Filter<Path> filter = p -> isTemporary(p.getFileName().toString(), prefix);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, filter)) {
      for (Path p : files) {
        String rest = p.getFileName().toString().substring(prefix.length());
        long pid = Long.parseLong(rest.substring(0, rest.indexOf('-')));
        boolean alive = ProcessHandle.of(pid).isPresent();
        if (!alive && Files.getLastModifiedTime(p).toInstant().isBefore(old)) {
          Files.deleteIfExists(p);
        }
      }
    } catch (AccessDeniedException | NoSuchFileException _) {
      // A folder that cannot be listed may still be written to; if not, the write says so. A file that another writer removed
      // is gone.
    }
  }

  private static boolean isTemporary(String file, String prefix) {
    return file.startsWith(prefix) && file.substring(prefix.length()).matches("\\d{1,10}-\\d+\\.tmp");
  }

  /** Makes the rename itself durable. Windows offers no such call and needs none. */
  private static void forceFolder(Path folder) throws IOException {
    if (!System.getProperty("os.name").startsWith("Windows")) {
      try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  private static void delete(Path temporary) {
    if (temporary != null) {
      try {
        Files.deleteIfExists(temporary);
      } catch (IOException | ReadOnlyFileSystemException _) {
        // The write has failed already, with an error that says more; the next write to this target tries again.
      }
    }
  }
}
