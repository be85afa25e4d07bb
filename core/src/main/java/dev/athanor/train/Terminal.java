package dev.athanor.train;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** How wide the terminal is. Java does not know; the shell or {@code stty} may. */
final class Terminal {
  private static final int USUAL = 80;

  private Terminal() {}

  /** The number of columns; {@value #USUAL} where nobody can tell. */
  static int columns() {
    int told = number(System.getenv("COLUMNS"));
    return told > 0 ? told : asked();
  }

  private static int asked() {
    File terminal = new File("/dev/tty");
    if (terminal.exists()) {
      try {
        Process stty = new ProcessBuilder("stty", "size").redirectInput(terminal).redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
        String[] size = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip().split(" ");
        if (stty.waitFor(1, TimeUnit.SECONDS) && stty.exitValue() == 0 && size.length == 2 && number(size[1]) > 0) {
          return number(size[1]);
        }
      } catch (IOException _) {
        // No such program, or no terminal after all: the usual width.
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }
    return USUAL;
  }

  private static int number(String text) {
    return text != null && text.matches("\\d{1,4}") ? Integer.parseInt(text) : 0;
  }
}
