package dev.athanor.data;

import dev.athanor.AthanorException;
import dev.athanor.io.FormatException;
import dev.athanor.tensor.Shape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Data sets in the four files of MNIST: images and labels to train and to test, each plain or gzip, the last part of the name
 * set off by a dash or a dot ({@code train-images-idx3-ubyte.gz}, {@code train-images.idx3-ubyte}). Features are [1, height,
 * width] from 0 to 1.
 */
public final class MnistFiles {
  /** Where Debian's package dataset-fashion-mnist puts its files. */
  public static final Path DEBIAN_FASHION_MNIST = Path.of("/usr/share/datasets/fashion-mnist");

  /** The classes of Fashion-MNIST, by index. */
  public static final List<String> FASHION_CLASSES = List.of("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal",
      "Shirt", "Sneaker",
      "Bag", "Ankle boot");

  private static final List<String> DIGIT_CLASSES = List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");

  private MnistFiles() {}

  /**
   * MNIST's handwritten digits.
   *
   * @param folder holds the four files
   * @throws AthanorException if a file is missing or not what it should be
   */
  public static Split mnist(Path folder) {
    return load("mnist", folder, DIGIT_CLASSES, "put the four MNIST files there, or name their folder with --data-dir");
  }

  /**
   * Fashion-MNIST: 70,000 images of clothes, 28×28, in ten classes.
   *
   * @param folder holds the four files; null looks where Debian's package puts them
   * @throws AthanorException if a file is missing (the message says how to get it) or not what it should be
   */
  public static Split fashionMnist(Path folder) {
    return load("fashion-mnist", folder == null ? DEBIAN_FASHION_MNIST : folder, FASHION_CLASSES,
        "install Debian's or Ubuntu's package dataset-fashion-mnist, or name the folder of the four IDX files with --data-dir");
  }

  /**
   * Any data set in these four files.
   *
   * @param name the data set's name
   * @param folder holds the four files
   * @param classNames the classes' names, by index
   * @throws AthanorException if a file is missing or not what it should be
   */
  public static Split load(String name, Path folder, List<String> classNames) {
    return load(name, folder, classNames, "name the folder of the four IDX files with --data-dir");
  }

  private static Split load(String name, Path folder, List<String> classNames, String remedy) {
    List<String> missing = new ArrayList<>();
    Path[] files = new Path[4];
    String[] kinds = {"train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"};
    for (int i = 0; i < 4; i++) {
      files[i] = find(folder, kinds[i]);
      if (files[i] == null) {
        missing.add(kinds[i] + "-ubyte");
      }
    }
    if (!missing.isEmpty()) {
      throw new AthanorException(name + ": " + (Files.isDirectory(folder) ? "the folder " + folder + " lacks "
          + String.join(", ", missing)
          + " (or the same with .gz)" : "there is no folder " + folder) + "; " + remedy);
    }
    Dataset train = part(name, files[0], files[1], classNames);
    Dataset test = part(name + " (test)", files[2], files[3], classNames);
    if (!train.featureShape().equals(test.featureShape())) {
      throw new FormatException(files[2], "expected images of shape " + train.featureShape() + " as in " + files[0].getFileName()
          + ", found " + test.featureShape());
    }
    return new Split(train, test);
  }

  private static Path find(Path folder, String kind) {
    for (String name : new String[] {kind, kind.replace("-idx", ".idx")}) {
      for (String end : new String[] {"-ubyte", "-ubyte.gz"}) {
        if (Files.isRegularFile(folder.resolve(name + end))) {
          return folder.resolve(name + end);
        }
      }
    }
    return null;
  }

  private static Dataset part(String name, Path imageFile, Path labelFile, List<String> classNames) {
    IdxFile images = IdxFile.read(imageFile);
    IdxFile labels = IdxFile.read(labelFile);
    int[] dims = images.dims();
    if (images.type() != IdxFile.Type.UBYTE || dims.length != 3) {
      throw new FormatException(imageFile, "expected images, UBYTE[count, height, width], found " + images.type()
          + Arrays.toString(dims));
    }
    if (labels.type() != IdxFile.Type.UBYTE || labels.dims().length != 1) {
      throw new FormatException(labelFile, "expected labels, UBYTE[count], found " + labels.type()
          + Arrays.toString(labels.dims()));
    }
    if (dims[0] != labels.dims()[0]) {
      throw new FormatException(labelFile, "expected " + dims[0] + " labels, one for each image in " + imageFile.getFileName()
          + ", found " + labels.dims()[0]);
    }
    if (dims[0] == 0) {
      throw new FormatException(imageFile, "expected images, found none");
    }
    int[] classes = labels.toInts();
    for (int i = 0; i < classes.length; i++) {
      if (classes[i] >= classNames.size()) {
        throw new FormatException(labelFile, "label " + i + ": expected 0 to " + (classNames.size() - 1) + " for "
            + classNames.size()
            + " classes, found " + classes[i]);
      }
    }
    return new ByteDataset(name, images.bytes(), Shape.of(1, dims[1], dims[2]), 255f, classes, classNames);
  }
}
