package dev.athanor.examples.gallery;

import dev.athanor.AthanorException;
import dev.athanor.io.AtomicFile;
import java.awt.Font;
import java.awt.font.FontRenderContext;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Makes exhibits and writes them into a folder: a picture and a table of its numbers (CSV) for each, and a page,
 * {@code index.html}, that shows them all and needs nothing outside of the folder.
 */
public final class Gallery {
  private static final List<Exhibit> ALL = List.of(new ActivationFunctions(), new LossSurface(), new OptimizerPaths(),
      new Schedules(), new GradientsByDepth(), new Approximation(), new DecisionBoundaries(), new Overfitting(),
      new CompressedDigits(), new Clothes(), new RecordedGraph());

  private Gallery() {}

  /**
   * An exhibit as it hangs.
   *
   * @param exhibit which
   * @param work what it shows, or nothing if it cannot be shown here
   * @param obstacle why it is not shown, or nothing
   */
  public record Hung(Exhibit exhibit, Optional<Work> work, Optional<String> obstacle) {
    /** The picture's file. */
    public String picture() {
      return exhibit.name() + "." + work.orElseThrow().picture().ending();
    }

    /** The table's file. */
    public String table() {
      return exhibit.name() + ".csv";
    }
  }

  /** All exhibits, in order. */
  public static List<Exhibit> exhibits() {
    return ALL;
  }

  /**
   * The exhibits of those names, in the gallery's order; all, if none is named.
   *
   * @throws AthanorException if there is none of a name; it lists those there are
   */
  public static List<Exhibit> named(List<String> names) {
    List<String> known = ALL.stream().map(Exhibit::name).toList();
    for (String name : names) {
      if (!known.contains(name)) {
        throw new AthanorException("there is no exhibit '" + name + "'; there are " + String.join(", ", known));
      }
    }
    return ALL.stream().filter(e -> names.isEmpty() || names.contains(e.name())).toList();
  }

  /**
   * Makes exhibits and writes them.
   *
   * @param folder made if it is not there; files of the same names are replaced
   * @param wanted the exhibits
   * @param progress receives a line when an exhibit begins or cannot be shown
   * @throws AthanorException if the folder cannot be written, or nothing can be drawn on this machine
   */
  public static List<Hung> hang(Path folder, List<Exhibit> wanted, Studio studio, Consumer<String> progress) {
    System.setProperty("java.awt.headless", "true");
    prepare(folder);
    List<Hung> hung = new ArrayList<>();
    for (Exhibit exhibit : wanted) {
      String place = String.format(Locale.ROOT, "%d/%d  %s", hung.size() + 1, wanted.size(), exhibit.name());
      Optional<String> obstacle = exhibit.obstacle(studio);
      if (obstacle.isPresent()) {
        progress.accept(place + ": left out: " + obstacle.get());
        hung.add(new Hung(exhibit, Optional.empty(), obstacle));
        continue;
      }
      progress.accept(place + ": " + exhibit.title());
      var done = new Hung(exhibit, Optional.of(exhibit.make(studio)), Optional.empty());
      Picture picture = done.work().orElseThrow().picture();
      byte[] content = picture.content();
      AtomicFile.write(folder.resolve(done.picture()), channel -> AtomicFile.writeFully(channel, ByteBuffer.wrap(content)));
      AtomicFile.write(folder.resolve(done.table()), picture.csv());
      hung.add(done);
    }
    AtomicFile.write(folder.resolve("index.html"), Page.of(hung, studio));
    return hung;
  }

  private static void prepare(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new AthanorException("cannot make the folder " + folder + ": " + e.getMessage() + "; choose another with --out", e);
    }
    AtomicFile.requireWritable(folder.resolve("index.html"));
    try {
      var context = new FontRenderContext(null, true, true);
      Palette.font(Font.PLAIN, 12).createGlyphVector(context, "1").getVisualBounds();
    } catch (RuntimeException | Error e) {
      throw new AthanorException("no letters can be drawn on this machine: " + e + "; install fontconfig and a font, such as "
          + "fonts-dejavu-core, and a Java with the module java.desktop", e);
    }
  }
}
