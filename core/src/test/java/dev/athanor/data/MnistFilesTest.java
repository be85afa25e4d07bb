package dev.athanor.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.athanor.AthanorException;
import dev.athanor.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MnistFilesTest {
  @TempDir Path folder;

  @BeforeEach
  void fourFiles() throws IOException {
    write("train-images-idx3-ubyte", images(3, 2, 2));
    write("train-labels-idx1-ubyte", labels(9, 0, 1));
    write("t10k-images-idx3-ubyte", images(2, 2, 2));
    write("t10k-labels-idx1-ubyte", labels(5, 6));
  }

  private static byte[] images(int n, int h, int w) {
    ByteBuffer b = ByteBuffer.allocate(16 + n * h * w).putInt(0x803).putInt(n).putInt(h).putInt(w);
    for (int i = 0; b.hasRemaining(); i++) {
      b.put((byte) (i * 51));
    }
    return b.array();
  }

  private static byte[] labels(int... labels) {
    ByteBuffer b = ByteBuffer.allocate(8 + labels.length).putInt(0x801).putInt(labels.length);
    for (int l : labels) {
      b.put((byte) l);
    }
    return b.array();
  }

  private Path write(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  @Test
  void loadsTheFourFiles() {
    Split s = MnistFiles.mnist(folder);
    assertEquals(3, s.train().size());
    assertEquals(Shape.of(1, 2, 2), s.train().featureShape());
    assertArrayEquals(new float[] {0f, 0.2f, 0.4f, 0.6f}, Make.rows(s.train())[0]);
    assertArrayEquals(new int[] {9, 0, 1}, s.train().labels());
    assertArrayEquals(new int[] {5, 6}, s.test().labels());
  }

  @Test
  void everySpelling() throws IOException {
    for (String name : new String[] {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte"}) {
      Path file = folder.resolve(name);
      write(name.replace("-idx", ".idx") + (name.startsWith("train") ? ".gz" : ""), name.startsWith("train-images")
          ? IdxFileTest.gzip(Files.readAllBytes(file)) : Files.readAllBytes(file));
      Files.delete(file);
    }
    assertEquals(3, MnistFiles.mnist(folder).train().size());
  }

  @Test
  void missingFiles() throws IOException {
    Files.delete(folder.resolve("t10k-labels-idx1-ubyte"));
    Files.delete(folder.resolve("train-images-idx3-ubyte"));
    message("mnist: the folder " + folder + " lacks train-images-idx3-ubyte, t10k-labels-idx1-ubyte (or the same with .gz); "
        + "put the four "
        + "MNIST files there, or name their folder with --data-dir", () -> MnistFiles.mnist(folder));
    Path none = folder.resolve("none");
    message("fashion-mnist: there is no folder " + none + "; install Debian's or Ubuntu's package dataset-fashion-mnist, or "
        + "name the folder "
        + "of the four IDX files with --data-dir", () -> MnistFiles.fashionMnist(none));
  }

  @Test
  void filesThatContradictEachOther() throws IOException {
    Path labels = write("train-labels-idx1-ubyte", labels(1, 2));
    message(labels + ": expected 3 labels, one for each image in train-images-idx3-ubyte, found 2", () ->
        MnistFiles.mnist(folder));
    write("train-labels-idx1-ubyte", labels(1, 10, 2));
    message(labels + ": label 1: expected 0 to 9 for 10 classes, found 10", () -> MnistFiles.mnist(folder));
    write("train-labels-idx1-ubyte", images(3, 1, 1));
    message(labels + ": expected labels, UBYTE[count], found UBYTE[3, 1, 1]", () -> MnistFiles.mnist(folder));
    write("train-labels-idx1-ubyte", labels(1, 2, 3));
    Path images = write("t10k-images-idx3-ubyte", images(2, 2, 3));
    message(images + ": expected images of shape [1, 2, 2] as in train-images-idx3-ubyte, found [1, 2, 3]", () ->
        MnistFiles.mnist(folder));
    write("t10k-images-idx3-ubyte", labels(1, 2));
    message(images + ": expected images, UBYTE[count, height, width], found UBYTE[2]", () -> MnistFiles.mnist(folder));
    write("t10k-images-idx3-ubyte", images(0, 2, 2));
    write("t10k-labels-idx1-ubyte", labels());
    message(images + ": expected images, found none", () -> MnistFiles.mnist(folder));
  }

  @Test
  void ownClassNames() {
    message(folder.resolve("train-labels-idx1-ubyte") + ": label 0: expected 0 to 1 for 2 classes, found 9",
        () -> MnistFiles.load("mine", folder, List.of("a", "b")));
  }

  /** Fashion-MNIST as Debian ships it: sizes and class counts as published (H. Xiao, K. Rasul, R. Vollgraf, 2017). */
  @Test
  void fashionMnistOfDebian() {
    assumeTrue(Files.isDirectory(MnistFiles.DEBIAN_FASHION_MNIST), "Debian's package dataset-fashion-mnist is not installed");
    Split s = MnistFiles.fashionMnist(null);
    assertEquals(60_000, s.train().size());
    assertEquals(10_000, s.test().size());
    assertEquals(Shape.of(1, 28, 28), s.train().featureShape());
    int[] counts = new int[10];
    for (int label : s.train().labels()) {
      counts[label]++;
    }
    for (int c : counts) {
      assertEquals(6000, c);
    }
    double sum = 0;
    float[] image = new float[784];
    for (int i = 0; i < 60_000; i++) {
      s.train().copyFeatures(i, java.lang.foreign.MemorySegment.ofArray(image), 0);
      for (float v : image) {
        sum += v;
      }
    }
    assertEquals(0.2860, sum / 60_000 / 784, 1e-4); // the mean that is widely used to normalise it
  }

  private static void message(String message, org.junit.jupiter.api.function.Executable run) {
    assertEquals(message, assertThrows(AthanorException.class, run).getMessage());
  }
}
