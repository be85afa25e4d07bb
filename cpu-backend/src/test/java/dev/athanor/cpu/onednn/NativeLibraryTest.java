package dev.athanor.cpu.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibraryTest {
  @TempDir
  Path cache;

  private String before;

  @BeforeEach
  void ownCache() {
    before = System.setProperty("athanor.cache", cache.toString());
  }

  @AfterEach
  void restore() {
    if (before == null) {
      System.clearProperty("athanor.cache");
    } else {
      System.setProperty("athanor.cache", before);
    }
  }

  @Test
  void unpacksOnceAndReusesTheCopy() throws IOException {
    var first = NativeLibrary.unpack(NativeLibrary.platform());
    assertTrue(first.library().startsWith(cache), first.library()::toString);
    var stamp = Files.getLastModifiedTime(first.library());
    var second = NativeLibrary.unpack(NativeLibrary.platform());
    assertEquals(first, second);
    assertEquals(stamp, Files.getLastModifiedTime(second.library()));
    try (var files = Files.list(first.library().getParent())) {
      assertFalse(files.anyMatch(f -> f.toString().endsWith(".part")), "a partial copy was left");
    }
  }

  @Test
  void aCutCopyIsReplaced() throws IOException {
    var first = NativeLibrary.unpack(NativeLibrary.platform());
    long size = Files.size(first.library());
    Files.write(first.library(), new byte[100]);
    var second = NativeLibrary.unpack(NativeLibrary.platform());
    assertEquals(size, Files.size(second.library()));
  }

  @Test
  void aFolderOthersCanWriteToIsRefused() throws IOException {
    var first = NativeLibrary.unpack(NativeLibrary.platform());
    Path folder = first.library().getParent();
    Assumptions.assumeTrue(folder.getFileSystem().supportedFileAttributeViews().contains("posix"));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
    var e = assertThrows(IOException.class, () -> NativeLibrary.unpack(NativeLibrary.platform()));
    assertTrue(e.getMessage().contains("other users"), e.getMessage());
  }

  @Test
  void anotherPlatformsJarIsMissing() {
    String other = NativeLibrary.platform().equals("linux-arm64") ? "linux-x86_64" : "linux-arm64";
    var e = assertThrows(IOException.class, () -> NativeLibrary.unpack(other));
    assertTrue(e.getMessage().contains(other), e.getMessage());
  }
}
