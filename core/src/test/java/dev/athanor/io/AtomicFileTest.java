package dev.athanor.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.athanor.AthanorException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  @TempDir Path folder;

  @Test
  void createsAndReplaces() throws IOException {
    Path file = folder.resolve("a.txt");
    AtomicFile.write(file, "first, and longer");
    AtomicFile.write(file, "second");
    assertEquals("second", Files.readString(file));
    assertEquals(List.of(file), list(folder));
  }

  @Test
  void failedWriteLeavesTheOldFileAndNoTemporary() throws IOException {
    Path file = folder.resolve("a.txt");
    AtomicFile.write(file, "old");
    var error = assertThrows(AthanorException.class, () -> AtomicFile.write(file, channel -> {
      AtomicFile.writeFully(channel, ByteBuffer.wrap("half of the new".getBytes(StandardCharsets.UTF_8)));
      throw new IOException("the cable was pulled");
    }));
    assertEquals("cannot write " + file + ": the cable was pulled; nothing was changed. The file that was there is untouched.",
        error.getMessage());
    assertEquals("old", Files.readString(file));
    assertEquals(List.of(file), list(folder));
  }

  @Test
  void requireWritableLeavesNothingBehind() throws IOException {
    AtomicFile.requireWritable(folder.resolve("new"));
    Path old = Files.writeString(folder.resolve("old"), "old");
    AtomicFile.requireWritable(old);
    assertEquals("old", Files.readString(old));
    assertEquals(List.of(old), list(folder));
    var missing = assertThrows(AthanorException.class, () -> AtomicFile.requireWritable(folder.resolve("no/file")));
    assertTrue(missing.getMessage().contains("does not exist"), missing.getMessage());
    var isFolder = assertThrows(AthanorException.class, () -> AtomicFile.requireWritable(folder));
    assertTrue(isFolder.getMessage().contains("it is a folder"), isFolder.getMessage());
  }

  @Test
  void errorOfTheContentPassesUnchanged() throws IOException {
    Path file = folder.resolve("a.txt");
    var bug = new IllegalStateException("a bug");
    assertSame(bug, assertThrows(IllegalStateException.class, () -> AtomicFile.write(file, _ -> {
      throw bug;
    })));
    assertEquals(List.of(), list(folder));
  }

  @Test
  void fullDisk() throws Exception {
    try (var disk = TmpFs.mount(folder.resolve("disk"), "size=64k")) {
      Path file = disk.folder().resolve("model.safetensors");
      AtomicFile.write(file, "old");
      var error = assertThrows(AthanorException.class, () -> AtomicFile.write(file, "x".repeat(100_000)));
      assertTrue(error.getMessage().startsWith("cannot write " + file
          + ": the disk is full (No space left on device); free some space"),
          error.getMessage());
      assertTrue(error.getMessage().endsWith("The file that was there is untouched."), error.getMessage());
      assertEquals("old", Files.readString(file));
      assertEquals(List.of(file), list(disk.folder()));
    }
  }

  @Test
  void readOnlyFileSystem() throws Exception {
    try (var disk = TmpFs.mount(folder.resolve("disk"), "size=64k")) {
      Path file = disk.folder().resolve("model.safetensors");
      AtomicFile.write(file, "old");
      disk.run("mount", "-o", "remount,ro", disk.folder().toString());
      var error = assertThrows(AthanorException.class, () -> AtomicFile.write(file, "new"));
      assertEquals("cannot write " + file + ": the folder " + disk.folder() + " is read-only; choose another path. "
          + "The file that was there is untouched.", error.getMessage());
      assertEquals("old", Files.readString(file));
    }
  }

  @Test
  void readOnlyFolder() throws IOException {
    Path closed = Files.createDirectory(folder.resolve("closed"));
    Path file = closed.resolve("a.txt");
    AtomicFile.write(file, "old");
    assumeTrue(Files.getFileStore(closed).supportsFileAttributeView("posix"), "this file system has no POSIX permissions");
    Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("r-xr-xr-x"));
    try {
      assumeTrue(!Files.isWritable(closed), "this user may write everywhere: see readOnlyFileSystem");
      var error = assertThrows(AthanorException.class, () -> AtomicFile.write(file, "new"));
      assertEquals("cannot write " + file + ": no permission to write in the folder " + closed
          + "; choose another path or change "
          + "its permissions. The file that was there is untouched.", error.getMessage());
      assertEquals("old", Files.readString(file));
    } finally {
      Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  @Test
  void missingFolderAndFolderAsTarget() {
    Path file = folder.resolve("no/such/a.txt");
    assertEquals("cannot write " + file + ": the folder " + file.getParent()
        + " does not exist; create it or choose another path.",
        assertThrows(AthanorException.class, () -> AtomicFile.write(file, "x")).getMessage());
    assertEquals("cannot write " + folder + ": it is a folder; give the path of a file",
        assertThrows(AthanorException.class, () -> AtomicFile.write(folder, "x")).getMessage());
  }

  @Test
  void everyReasonOfTheSystemHasItsRemedy() {
    Path file = folder.resolve("a.txt");
    String[][] cases = {
      {"Disk quota exceeded", "the disk is full (Disk quota exceeded); free some space"},
      {"There is not enough space on the disk", "the disk is full (There is not enough space on the disk); free some space"},
      {"Operation not permitted", "does not allow writing (Operation not permitted); choose another path"},
      {"Read-only file system", "is read-only; choose another path"},
    };
    for (String[] c : cases) {
      var error = assertThrows(AthanorException.class, () -> AtomicFile.write(file, _ -> {
        throw new FileSystemException(file.toString(), null, c[0]);
      }));
      assertTrue(error.getMessage().contains(c[1]), error.getMessage());
    }
  }

  @Test
  void followsASymbolicLink() throws IOException {
    Path real = folder.resolve("real.txt");
    Path link = folder.resolve("link.txt");
    AtomicFile.write(real, "old");
    Files.createSymbolicLink(link, real.getFileName());
    AtomicFile.write(link, "new");
    assertTrue(Files.isSymbolicLink(link));
    assertEquals("new", Files.readString(real));
  }

  @Test
  void removesWhatAKilledWriterLeft() throws Exception {
    Path file = folder.resolve("a.txt");
    Process dead = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-version")
        .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    assertTrue(dead.waitFor(60, TimeUnit.SECONDS));
    Path left = old(folder.resolve(".a.txt." + dead.pid() + "-1.tmp"));
    Path ours = old(folder.resolve(".a.txt." + ProcessHandle.current().pid() + "-999999.tmp"));
    Path young = Files.createFile(folder.resolve(".a.txt." + dead.pid() + "-2.tmp"));
    Path other = old(folder.resolve(".b.txt." + dead.pid() + "-1.tmp"));
    AtomicFile.write(file, "new");
    assertFalse(Files.exists(left));
    assertTrue(Files.exists(ours) && Files.exists(young) && Files.exists(other));
  }

  private static Path old(Path file) throws IOException {
    Files.createFile(file);
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofHours(1))));
    return file;
  }

  private static List<Path> list(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  /** A small file system of its own in memory. Only root may mount one; the test is skipped otherwise. */
  private record TmpFs(Path folder) implements AutoCloseable {
    static TmpFs mount(Path folder, String options) throws Exception {
      assumeTrue(System.getProperty("os.name").equals("Linux"), "needs Linux: mounts a tmpfs");
      Files.createDirectory(folder);
      int rc = exit("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder.toString());
      assumeTrue(rc == 0, "this user may not mount a tmpfs");
      return new TmpFs(folder);
    }

    void run(String... command) throws Exception {
      assertEquals(0, exit(command));
    }

    private static int exit(String... command) throws Exception {
      return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start()
          .waitFor();
    }

    @Override
    public void close() throws IOException {
      try {
        run("umount", folder.toString());
      } catch (Exception e) {
        throw new IOException(e);
      }
    }
  }
}
