package dev.athanor.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The order in which libraries are looked for, what is unpacked, and what is said where nothing is found. */
class LibrarySearchTest {
  @TempDir private Path folder;
  private final Map<String, String> environment = new HashMap<>();
  private Path toolkits;
  private Path system;

  @BeforeEach
  void folders() throws IOException {
    toolkits = Files.createDirectory(folder.resolve("local"));
    system = Files.createDirectory(folder.resolve("system"));
  }

  private LibrarySearch search(String property, RedistributableJar jar) {
    return new LibrarySearch(property, environment, toolkits, List.of(system), jar);
  }

  private Path with(Path where, String... files) throws IOException {
    Files.createDirectories(where);
    for (String file : files) {
      Files.writeString(where.resolve(file), "not a library");
    }
    return where;
  }

  private static LibrarySearch.Found found(LibrarySearch.Result result) {
    return assertInstanceOf(LibrarySearch.Found.class, result);
  }

  private static LibrarySearch.Missing missing(LibrarySearch.Result result) {
    return assertInstanceOf(LibrarySearch.Missing.class, result);
  }

  private static List<String> names(List<Path> files) {
    return files.stream().map(f -> f.getFileName().toString()).toList();
  }

  /** A jar as bytedeco lays it out, with a few bytes for each library. */
  private RedistributableJar jar(String name, String content) throws IOException {
    Path file = folder.resolve(name);
    try (OutputStream out = Files.newOutputStream(file); ZipOutputStream zip = new ZipOutputStream(out)) {
      for (String library : List.of("libcublas.so.12", "libcublasLt.so.12", "libcudnn.so.9", "libcudnn_ops.so.9",
          "libcudnn_engines_precompiled.so.9", "libnvrtc.so.12", "libnvrtc-builtins.so.12.6", "libcusolver.so.11",
          "libjnicublas.so")) {
        zip.putNextEntry(new ZipEntry(RedistributableJar.FOLDER + library));
        zip.write((content + library).getBytes());
        zip.closeEntry();
      }
    }
    return new RedistributableJar(file, folder.resolve("cache"));
  }

  @Test
  void placesAreSearchedInTheWrittenOrder() throws IOException {
    RedistributableJar jar = jar("redist.jar", "");
    Path named = with(folder.resolve("named"), "libcublas.so.12", "libcublasLt.so.12", "libother.so");
    Path variable = with(folder.resolve("variable"), "libcublas.so.12");
    Path onPath = with(folder.resolve("path"), "libcublas.so.12");
    Path home = with(folder.resolve("home").resolve("lib64"), "libcublas.so.12");
    Path newest = with(toolkits.resolve("cuda-12.10").resolve("lib64"), "libcublas.so.12");
    Path older = with(toolkits.resolve("cuda-12.6").resolve("lib64"), "libcublas.so.12");
    with(system, "libcublas.so.12");
    environment.put("ATHANOR_CUDA_LIBRARIES", variable.toString());
    environment.put("LD_LIBRARY_PATH", folder.resolve("nothing") + ":" + onPath);
    environment.put("CUDA_HOME", home.getParent().toString());

    LibrarySearch.Found first = found(search(named.toString(), jar).find(CudaLibrary.CUBLAS));
    assertEquals(named + " (named by -Dathanor.cuda.libraries)", first.place());
    assertEquals(List.of("libcublas.so.12", "libcublasLt.so.12"), names(first.files()));
    assertEquals(variable + " (named by ATHANOR_CUDA_LIBRARIES)", found(search(null, jar).find(CudaLibrary.CUBLAS)).place());
    environment.remove("ATHANOR_CUDA_LIBRARIES");
    assertEquals(onPath + " (on LD_LIBRARY_PATH)", found(search(null, jar).find(CudaLibrary.CUBLAS)).place());
    environment.remove("LD_LIBRARY_PATH");
    assertEquals("the toolkit's folder " + home, found(search(null, jar).find(CudaLibrary.CUBLAS)).place());
    environment.remove("CUDA_HOME");
    assertEquals("the toolkit's folder " + newest, found(search(null, jar).find(CudaLibrary.CUBLAS)).place(), "10 > 6");
    Files.delete(newest.resolve("libcublas.so.12"));
    assertEquals("the toolkit's folder " + older, found(search(null, jar).find(CudaLibrary.CUBLAS)).place());
    Files.delete(older.resolve("libcublas.so.12"));
    assertEquals("the system's folder " + system, found(search(null, jar).find(CudaLibrary.CUBLAS)).place());
    Files.delete(system.resolve("libcublas.so.12"));
    assertTrue(found(search(null, jar).find(CudaLibrary.CUBLAS)).place().contains("cuda-redist"));
  }

  @Test
  void aLibraryThatIsNowhereIsReportedWithTheOrderAndWhatWasFoundInstead() throws IOException {
    Path old = with(toolkits.resolve("cuda").resolve("lib64"), "libcublas.so.11", "libcublas.so.11.4.1");
    environment.put("LD_LIBRARY_PATH", "/a:/b");
    LibrarySearch.Missing none = missing(search(null, null).find(CudaLibrary.CUBLAS));
    assertEquals("libcublas.so.12 was looked for in this order: -Dathanor.cuda.libraries: none; ATHANOR_CUDA_LIBRARIES: none; "
        + "LD_LIBRARY_PATH: /a, /b; CUDA toolkits: " + old + "; the system's folders: " + system
        + "; the jar of the profile cuda-redist: not on the class path; last the loader's own folders. Found in another version: "
        + old.resolve("libcublas.so.11") + ", " + old.resolve("libcublas.so.11.4.1"), none.report());
    assertTrue(none.loader());
  }

  @Test
  void whereFoldersAreNamedNothingElseIsTriedForCublas() throws IOException {
    Path named = with(folder.resolve("named"), "libcublas.so.13");
    with(system, "libcublas.so.12", "libcudnn.so.9");
    LibrarySearch.Missing none = missing(search(named.toString(), null).find(CudaLibrary.CUBLAS));
    assertEquals("libcublas.so.12 is in none of the folders named for it (-Dathanor.cuda.libraries: " + named
        + "; ATHANOR_CUDA_LIBRARIES: none). Found in another version: " + named.resolve("libcublas.so.13"), none.report());
    assertFalse(none.loader());
    assertEquals("the system's folder " + system, found(search(named.toString(), null).find(CudaLibrary.CUDNN)).place());
  }

  @Test
  void theJarIsUnpackedOnceIntoAFolderOfTheUsersOwn() throws IOException {
    RedistributableJar jar = jar("cuda-redist.jar", "");
    List<Path> files = jar.unpack(CudaLibrary.CUBLAS);
    assertEquals(List.of("libcublas.so.12", "libcublasLt.so.12"), names(files));
    Path unpacked = files.getFirst().getParent();
    assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(unpacked)));
    assertEquals("libcublas.so.12", Files.readString(files.getFirst()));
    var before = Files.getLastModifiedTime(files.getFirst());
    assertEquals(files, jar.unpack(CudaLibrary.CUBLAS));
    assertEquals(before, Files.getLastModifiedTime(files.getFirst()), "what lies there is used again");

    Files.writeString(files.getFirst(), "half");
    assertEquals("libcublas.so.12", Files.readString(jar.unpack(CudaLibrary.CUBLAS).getFirst()), "a half file is replaced");
    assertEquals(List.of("libcudnn.so.9", "libcudnn_engines_precompiled.so.9", "libcudnn_ops.so.9", "libnvrtc-builtins.so.12.6",
        "libnvrtc.so.12"), names(jar.unpack(CudaLibrary.CUDNN)));
    try (var left = Files.list(unpacked)) {
      assertEquals(7, left.count(), "no parts are left, nothing else is unpacked");
    }
    Path other = jar("other.jar", "longer ").unpack(CudaLibrary.CUBLAS).getFirst();
    assertFalse(other.startsWith(unpacked), "another jar, another folder");
  }

  @Test
  void aFolderThatOthersMayWriteToIsRefused() throws IOException {
    RedistributableJar jar = jar("cuda-redist.jar", "");
    Path unpacked = jar.unpack(CudaLibrary.CUBLAS).getFirst().getParent();
    Files.setPosixFilePermissions(unpacked, PosixFilePermissions.fromString("rwxrwxrwx"));
    String message = assertThrows(IOException.class, () -> jar.unpack(CudaLibrary.CUBLAS)).getMessage();
    assertEquals(unpacked + " is open to other users: what lies there will not be loaded. Remove it", message);
  }

  @Test
  void aFileThatIsNoLibraryIsAnErrorThatNamesIt() throws IOException {
    Path broken = with(folder.resolve("broken"), "libcublas.so.12").resolve("libcublas.so.12");
    UnsatisfiedLinkError e = assertThrows(UnsatisfiedLinkError.class, () -> JCudaLibraries.loadAll(List.of(broken)));
    assertTrue(e.getMessage().contains(broken.toString()), e.getMessage());
  }
}
