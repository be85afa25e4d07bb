package dev.athanor.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command {@code gallery}; what the pictures show is tested where they are made. */
class GalleryCommandTest {
  @TempDir private Path folder;

  @Test
  void oneExhibitIsDrawn() throws IOException {
    Path out = folder.resolve("pictures");
    Cli.run("gallery", "recorded-graph", "--quick", "--device", "cpu", "--out", out).done()
        .printed("1/1  recorded-graph", "Page: " + out.resolve("index.html"));
    assertTrue(Files.readString(out.resolve("recorded-graph.svg")).contains("<svg"));
    assertTrue(Files.readString(out.resolve("index.html")).contains("recorded-graph.csv"));
  }

  @Test
  void exhibitsAreListedAndNothingIsWritten() {
    Path out = folder.resolve("none");
    Cli.run("gallery", "--list", "--out", out).done().printed("activations ", "fashion-resnet ", "recorded-graph ");
    assertFalse(Files.exists(out));
  }

  @Test
  void whatCannotBeIsSaid() throws IOException {
    Cli.run("gallery", "mona-lisa").wrong("EXHIBIT: expected one of activations, ", "'mona-lisa'");
    Path file = Files.writeString(folder.resolve("file"), "");
    Cli.run("gallery", "recorded-graph", "--device", "cpu", "--out", file).failed("cannot make the folder " + file, "--out");
  }
}
