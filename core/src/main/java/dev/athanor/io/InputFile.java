package dev.athanor.io;

import dev.athanor.AthanorException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** Opens files for reading. Whether a file is gzip is seen from its first two bytes, never from its name. */
public final class InputFile {
  private static final int BUFFER = 1 << 16;

  private InputFile() {}

  /**
   * Opens a file and decompresses it if it is gzip.
   *
   * @param path the file
   * @return the plain content; the caller closes it
   * @throws AthanorException if there is no such file, it is a folder, or it may not be read
   * @throws FormatException if it begins like gzip and its header is damaged
   */
  public static InputStream open(Path path) {
    InputStream raw = null;
    try {
      if (Files.isDirectory(path)) {
        throw new AthanorException(path + ": this is a folder; give the path of a file");
      }
      raw = Files.newInputStream(path);
      return inflate(path, raw);
    } catch (IOException e) {
      closeAfter(raw, e);
      throw error(path, e);
    } catch (RuntimeException e) {
      closeAfter(raw, e);
      throw e;
    }
  }

  /**
   * Decompresses a stream if it is gzip.
   *
   * @param name the stream's name for error messages
   * @param raw the stream, at its beginning
   * @return the plain content; closing it closes {@code raw}
   * @throws FormatException if it begins like gzip and its header is damaged
   */
  public static InputStream inflate(Object name, InputStream raw) {
    try {
      var in = new BufferedInputStream(raw, BUFFER);
      return isGzip(in) ? new GZIPInputStream(in, BUFFER) : in;
    } catch (IOException e) {
      throw error(name, e);
    }
  }

  /**
   * Turns an error met while a file was read into one that the user can act on.
   *
   * @param name the file, as the user knows it
   * @param e what was caught; an {@link UncheckedIOException} is unwrapped
   */
  public static AthanorException error(Object name, Exception e) {
    Exception cause = e instanceof UncheckedIOException u ? u.getCause() : e;
    return switch (cause) {
      case NoSuchFileException _ -> new AthanorException(name + ": no such file; check the path", cause);
      case AccessDeniedException _ -> new AthanorException(name + ": no permission to read this file", cause);
      case ZipException _ ->
          new FormatException(name, "damaged gzip data (" + cause.getMessage() + "); get the file again", cause);
      case EOFException _ ->
          new FormatException(name, "the gzip data ends too early: the file is cut off; get it again", cause);
      case CharacterCodingException _ ->
          new FormatException(name, "the text is not UTF-8; convert it", cause);
      default -> new AthanorException(name + ": reading failed: " + cause.getMessage(), cause);
    };
  }

  /** Whether the stream begins with gzip's magic number; leaves it at its beginning. */
  static boolean isGzip(BufferedInputStream in) throws IOException {
    in.mark(2);
    int magic = in.read() | in.read() << 8;
    in.reset();
    return magic == GZIPInputStream.GZIP_MAGIC;
  }

  private static void closeAfter(InputStream in, Exception e) {
    if (in != null) {
      try {
        in.close();
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
    }
  }
}
