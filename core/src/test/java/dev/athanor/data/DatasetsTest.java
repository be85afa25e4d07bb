package dev.athanor.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import dev.athanor.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetsTest {
  @TempDir Path folder;

  @Test
  void listsAndExplains() {
    List<String> names = Datasets.list().stream().map(DatasetProvider.Entry::name).toList();
    assertEquals(List.of("csv:PATH", "fashion-mnist", "mnist"), names);
    message("there is no data set 'digit'; expected one of csv:PATH, fashion-mnist, mnist", "digit", LoadOptions.none());
    message("mnist: name the folder of the four MNIST files with --data-dir", "mnist", LoadOptions.none());
    Path none = folder.resolve("none");
    message("fashion-mnist: there is no folder " + none + "; install Debian's or Ubuntu's package dataset-fashion-mnist, or "
        + "name the folder "
        + "of the four IDX files with --data-dir", "fashion-mnist", LoadOptions.none().withDataDir(none));
    message("none.csv: no such file; check the path", "csv:none.csv", LoadOptions.none());
  }

  private static void message(String message, String name, LoadOptions options) {
    assertEquals(message, assertThrows(AthanorException.class, () -> Datasets.load(name, options)).getMessage());
  }

  @Test
  void csvByPath() throws IOException {
    var text = new StringBuilder("a,k,b\n");
    for (int i = 0; i < 100; i++) {
      text.append(i).append(',').append(i % 4 == 0 ? "x" : "y").append(",0.5\n");
    }
    Path file = Files.writeString(folder.resolve("d.csv"), text);
    LoadedData d = Datasets.load("csv:" + file, LoadOptions.none().withTarget("k"));
    assertTrue(d.standardize());
    assertEquals(new Target.Classes(List.of("x", "y")), d.data().target());
    var prepared = d.prepare(1);
    assertEquals(20, prepared.test().size());
    assertEquals(5, java.util.stream.IntStream.of(prepared.test().labels()).filter(l -> l == 0).count());

    // Fitted on the training part alone: its mean is 0 there, and the same numbers are applied to the test part.
    Split split = d.split(1);
    double mean = java.util.Arrays.stream(Make.first(split.train())).average().orElseThrow();
    Standardizer s = prepared.standardizer().orElseThrow();
    assertEquals((float) mean, s.mean()[0]);
    assertArrayEquals(Make.rows(split.test().map(s)), Make.rows(prepared.test()));
    assertEquals(0, java.util.Arrays.stream(Make.rows(prepared.train())).mapToDouble(r -> r[0]).average().orElseThrow(), 1e-6);
  }

  @Test
  void splitsByWhatTheDataIs() {
    Dataset values = ArrayDataset.values("v", Make.features(50, 1), Shape.of(1), new float[50], Shape.of(1));
    assertEquals(10, new LoadedData(values, false).split(1).test().size());
    assertEquals(Optional.empty(), new LoadedData(values, false).prepare(1).standardizer());
    Dataset a = Make.classes(9, 1, 3);
    Dataset b = Make.classes(3, 1, 3);
    Split own = new LoadedData(new Split(a, b)).split(1);
    assertEquals(new Split(a, b), own);
  }
}
