package dev.athanor.cli;

import dev.athanor.io.SafeTensors;
import dev.athanor.io.SafeTensorsFile;
import dev.athanor.io.StoredTensor;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Lists what a safetensors file holds. */
@Command(name = "info", description = "Shows what a model file (safetensors) holds: tensors, shapes, types, metadata.",
    footer = {"%nExample:", "  athanor info runs/digits-cnn"})
final class InfoCommand implements Callable<Integer> {
  private static final int LONG_TEXT = 200;

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "MODEL",
      description = "The file, e.g. model.safetensors, or the folder that training wrote.")
  private Path model;

  @Option(names = "--full", description = "Print metadata in full; otherwise a long text is cut.")
  private boolean full;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try (SafeTensorsFile file = SafeTensors.open(ModelFiles.weights(model))) {
      print(out, file);
    }
    return Main.DONE;
  }

  private void print(PrintWriter out, SafeTensorsFile file) {
    long values = 0;
    long bytes = 0;
    int nameWidth = 0;
    int shapeWidth = 0;
    for (StoredTensor t : file.tensors()) {
      values += t.bytes() / t.type().bytes();
      bytes += t.bytes();
      nameWidth = Math.max(nameWidth, t.name().length());
      shapeWidth = Math.max(shapeWidth, shape(t).length());
    }
    out.println(file.path());
    out.printf(Locale.ROOT, "%d tensors, %,d values, %s%n", file.tensors().size(), values, size(bytes));
    if (!file.metadata().isEmpty()) {
      out.println();
      out.println("Metadata:");
      file.metadata().forEach((k, v) -> out.println("  " + k + " = " + shorten(v)));
    }
    if (!file.tensors().isEmpty()) {
      out.println();
      out.println("Tensors:");
      for (StoredTensor t : file.tensors()) {
        out.printf(Locale.ROOT, "  %-" + nameWidth + "s  %-4s  %-" + shapeWidth + "s  %s%n", t.name(), t.type(), shape(t),
            size(t.bytes()));
      }
    }
  }

  private String shorten(String text) {
    return full || text.length() <= LONG_TEXT
        ? text
        : text.substring(0, LONG_TEXT) + "… (" + text.length() + " characters; --full shows them)";
  }

  private static String shape(StoredTensor t) {
    return Arrays.toString(t.shape());
  }

  /** A size in the largest binary unit that keeps it at 1 or above. */
  static String size(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    double value = bytes;
    int unit = -1;
    while (value >= 1024) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %ciB", value, "KMGTPE".charAt(unit));
  }
}
