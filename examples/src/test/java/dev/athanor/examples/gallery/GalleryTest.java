package dev.athanor.examples.gallery;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import dev.athanor.data.LoadOptions;
import dev.athanor.examples.gallery.Gallery.Hung;
import dev.athanor.optim.OptimizerName;
import dev.athanor.tensor.Device;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole gallery in small sizes: every file is there and whole, and the numbers are as the captions say. */
class GalleryTest {
  @TempDir private static Path folder;
  private static Device device;
  private static Map<String, Hung> hung;
  private static final List<String> PROGRESS = new ArrayList<>();

  @BeforeAll
  static void hang() throws IOException {
    device = Device.open("cpu");
    Path clothes = Files.createDirectory(folder.resolve("clothes"));
    standIn(clothes, "train", 640);
    standIn(clothes, "t10k", 200);
    hung = Gallery.hang(folder.resolve("pictures"), Gallery.exhibits(), studio(clothes), PROGRESS::add).stream()
        .collect(Collectors.toMap(h -> h.exhibit().name(), Function.identity()));
  }

  @AfterAll
  static void close() {
    device.close();
  }

  private static Studio studio(Path clothes) {
    return new Studio(device, true, 1, LoadOptions.none().withDataDir(clothes));
  }

  /** Files as those of Fashion-MNIST: class c has a bright bar at a height of its own. */
  private static void standIn(Path folder, String part, int count) throws IOException {
    var random = new Random(5);
    try (var images = new DataOutputStream(Files.newOutputStream(folder.resolve(part + "-images-idx3-ubyte")));
        var labels = new DataOutputStream(Files.newOutputStream(folder.resolve(part + "-labels-idx1-ubyte")))) {
      for (int header : new int[] {0x803, count, 28, 28}) {
        images.writeInt(header);
      }
      labels.writeInt(0x801);
      labels.writeInt(count);
      for (int i = 0; i < count; i++) {
        byte[] image = new byte[28 * 28];
        random.nextBytes(image);
        for (int p = 0; p < image.length; p++) {
          int row = p / 28;
          image[p] = (byte) (row / 3 == i % 10 ? 255 : (image[p] & 63));
        }
        images.write(image);
        labels.write(i % 10);
      }
    }
  }

  private static double number(String exhibit, String name) {
    return hung.get(exhibit).work().orElseThrow().number(name);
  }

  @Test
  void everyPictureIsWholeAndOfItsSize() throws Exception {
    assertEquals(Gallery.exhibits().size(), hung.size());
    for (Hung h : hung.values()) {
      Path file = folder.resolve("pictures").resolve(h.picture());
      switch (h.work().orElseThrow().picture()) {
        case Figure figure -> {
          var image = ImageIO.read(file.toFile());
          assertEquals(figure.width(), image.getWidth(), h.picture());
          assertEquals(figure.height(), image.getHeight(), h.picture());
          assertTrue(image.getWidth() >= 900 && image.getHeight() >= 400, h.picture());
          assertTrue(inked(image) > 0.01, () -> h.picture() + " is empty");
        }
        case VectorPicture _ -> {
          var root = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile()).getDocumentElement();
          assertEquals("svg", root.getTagName());
          assertTrue(root.getElementsByTagName("text").getLength() > 10);
        }
      }
    }
  }

  /** The share of pixels that are not white. */
  private static double inked(java.awt.image.BufferedImage image) {
    int inked = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        inked += (image.getRGB(x, y) & 0xffffff) != 0xffffff ? 1 : 0;
      }
    }
    return inked / ((double) image.getWidth() * image.getHeight());
  }

  @Test
  void everyNumberIsFinite() throws IOException {
    for (Hung h : hung.values()) {
      h.work().orElseThrow().numbers()
          .forEach((name, value) -> assertTrue(Double.isFinite(value), h.exhibit().name() + ": " + name));
      List<String> lines = Files.readAllLines(folder.resolve("pictures").resolve(h.table()));
      assertTrue(lines.size() > 4, h.table());
      for (String line : lines) {
        assertFalse(line.contains("NaN") || line.contains("Infinity"), () -> h.table() + ": " + line);
      }
    }
  }

  @Test
  void thePageShowsAll() throws IOException {
    String page = Files.readString(folder.resolve("pictures/index.html"));
    for (Hung h : hung.values()) {
      assertTrue(page.contains("<img src=\"" + h.picture() + "\""), h.picture());
      assertTrue(page.contains("<a href=\"" + h.table() + "\""), h.table());
    }
    assertFalse(page.contains("http"), "the folder needs nothing from elsewhere");
    assertEquals(Gallery.exhibits().size(), PROGRESS.size());
  }

  @Test
  void activationsHaveTheSlopesThatAreKnown() {
    assertEquals(0.25, number("activations", "largest slope of sigmoid"), 1e-12);
    assertEquals(1, number("activations", "largest slope of tanh"), 1e-12);
    assertEquals(1, number("activations", "largest slope of relu"), 0);
  }

  @Test
  void theLossIsNotConvexAndTheSquaredErrorIsFlatterWhereTheAnswerIsWrong() {
    for (String loss : new String[] {"squared error", "cross-entropy"}) {
      double share = number("loss-surface", loss + ": share with negative curvature");
      assertTrue(share > 0.3 && share < 1, () -> loss + ": " + share);
    }
    String flat = ": where the answer is wrong, share with a gradient below 0.01";
    assertTrue(number("loss-surface", "squared error" + flat) > 1.2 * number("loss-surface", "cross-entropy" + flat));
  }

  @Test
  void everyOptimizerGoesDown() {
    double start = number("optimizer-paths", "loss at the start");
    assertEquals(6.25 + 10 * 1.85 * 1.85, start, 1e-9); // by hand: (1 + 1.5)² + 10(0.4 − 2.25)²
    for (OptimizerName name : OptimizerName.values()) {
      assertTrue(number("optimizer-paths", name.label()) < start, name.label());
    }
    assertTrue(number("optimizer-paths", "l-bfgs") < 1e-6);
  }

  @Test
  void theSigmoidsGradientVanishesAndTheResidualNetworksDoesNot() {
    String depth = "gradients-by-depth";
    assertTrue(number(depth, "sigmoid, Glorot: layer 1") < 1e-15 * number(depth, "residual: layer 1"));
    double residual = number(depth, "residual: layer 1") / number(depth, "residual: layer 50");
    assertTrue(residual > 0.05 && residual < 20, () -> "residual, first by last: " + residual);
    assertTrue(number(depth, "ReLU, batch norm: layer 1") > 10 * number(depth, "ReLU, batch norm: layer 50"));
  }

  @Test
  void widerAndDeeperComesCloser() {
    assertTrue(number("approximation", "error, one layer of 8") < number("approximation", "error, one layer of 1"));
    assertTrue(number("approximation", "error, 3 layers of 6") < number("approximation", "error, one layer of 1"));
  }

  @Test
  void aPerceptronCannotDoXorAndTwoLayersCan() {
    assertTrue(number("decision-boundaries", "accuracy: xor, perceptron") < 0.8);
    assertTrue(number("decision-boundaries", "accuracy: xor, two hidden layers") > 0.95);
    assertTrue(number("decision-boundaries", "accuracy: spirals, two hidden layers")
        > number("decision-boundaries", "accuracy: spirals, perceptron"));
  }

  @Test
  void theOverfittedLearnsItsOwnExamplesBest() {
    double own = number("over-fitting", "nothing: loss on its own");
    assertTrue(own < number("over-fitting", "nothing: loss on new examples"), () -> "loss on its own: " + own);
    assertTrue(own < number("over-fitting", "dropout, one half: loss on its own"));
  }

  @Test
  void theDigitsComeBackBetterThanTheirMean() {
    double two = number("autoencoder", "mean squared error through 2 numbers");
    assertTrue(two < number("autoencoder", "mean squared error of the mean digit"));
    assertTrue(number("autoencoder", "mean squared error through 8 numbers") < two);
  }

  @Test
  void theResidualNetworkLearns() {
    double first = number("fashion-resnet", "loss of the first batch");
    assertTrue(number("fashion-resnet", "mean loss of the last 50 batches") < first);
  }

  /** The lectures' example: a quarter at w and b. */
  @Test
  void theGraphHasTheDerivativesOfTheLectures() {
    assertEquals(0.5, number("recorded-graph", "y"), 0);
    assertEquals(0.25, number("recorded-graph", "∂y/∂w"), 0);
    assertEquals(0.25, number("recorded-graph", "∂y/∂b"), 0);
    assertEquals(0, number("recorded-graph", "∂y/∂x"), 0);
  }

  @Test
  void theSameSeedDrawsTheSamePictures() throws IOException {
    Path again = folder.resolve("again");
    List<Exhibit> some = Gallery.named(List.of("gradients-by-depth", "decision-boundaries"));
    for (Hung h : Gallery.hang(again, some, studio(folder.resolve("clothes")), _ -> {})) {
      for (String file : new String[] {h.picture(), h.table()}) {
        byte[] before = Files.readAllBytes(folder.resolve("pictures").resolve(file));
        assertArrayEquals(before, Files.readAllBytes(again.resolve(file)), file);
      }
    }
  }

  @Test
  void whatCannotBeShownIsSaid() throws IOException {
    Path nothing = Files.createDirectories(folder.resolve("nothing"));
    Path out = folder.resolve("without");
    List<String> lines = new ArrayList<>();
    Hung left = Gallery.hang(out, Gallery.named(List.of("fashion-resnet")), studio(nothing), lines::add).getFirst();
    assertTrue(left.work().isEmpty());
    String line = lines.getFirst();
    assertTrue(line.contains("left out") && line.contains("lacks train-images-idx3-ubyte"), line);
    assertTrue(Files.readString(out.resolve("index.html")).contains("Not shown here"));
    assertFalse(Files.exists(out.resolve("fashion-resnet.csv")));
  }

  @Test
  void aFolderThatCannotBeWrittenAndAnUnknownNameAreErrors() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    var e = assertThrows(AthanorException.class, () -> Gallery.hang(file, List.of(), studio(folder), _ -> {}));
    assertTrue(e.getMessage().contains(file.toString()) && e.getMessage().contains("--out"), e.getMessage());
    e = assertThrows(AthanorException.class, () -> Gallery.named(List.of("mona-lisa")));
    assertTrue(e.getMessage().contains("mona-lisa") && e.getMessage().contains("schedules"), e.getMessage());
  }
}
