package dev.athanor.examples.gallery;

import java.awt.Font;
import java.awt.Graphics2D;
import java.util.ArrayList;
import java.util.List;

/** Small grey images in rows, with a word before each row or below each image. */
final class Tiles implements Panel {
  private static final int TITLE = 26;
  private static final int WORDS = 112;
  private static final int BELOW = 18;

  private final String title;
  private final int side;
  private final List<Row> rows = new ArrayList<>();

  /** A row: its name, its images of side·side values from 0 to 1, and a word for each or none. */
  private record Row(String name, List<float[]> images, List<String> words) {}

  /** With a title, of images with so many values along each side. */
  Tiles(String title, int side) {
    this.title = title;
    this.side = side;
  }

  /** Adds a row; {@code words} holds one for each image, or nothing. Returns this. */
  Tiles row(String name, List<float[]> images, List<String> words) {
    rows.add(new Row(name, List.copyOf(images), List.copyOf(words)));
    return this;
  }

  @Override
  public void paint(Graphics2D g, int width, int height) {
    boolean words = rows.stream().anyMatch(r -> !r.words.isEmpty());
    boolean names = rows.stream().anyMatch(r -> !r.name.isEmpty());
    int left = names ? WORDS : 8;
    int most = rows.stream().mapToInt(r -> r.images.size()).max().orElse(1);
    int below = words ? BELOW : 5;
    int tile = Math.min((width - left - 8) / most - 5, (height - TITLE - 6) / rows.size() - below);
    // Along x the tiles take all the room, so that the words below them have some.
    int pitch = words ? (width - left - 8) / most : tile + 5;
    g.setColor(Palette.INK);
    g.setFont(Palette.font(Font.BOLD, 13));
    g.drawString(title, Math.max(left, (width - g.getFontMetrics().stringWidth(title)) / 2), 18);
    for (int r = 0; r < rows.size(); r++) {
      Row row = rows.get(r);
      int y = TITLE + r * (tile + below);
      g.setFont(Palette.font(Font.PLAIN, 12));
      g.setColor(Palette.INK);
      g.drawString(row.name, 8, y + tile / 2 + 4);
      for (int i = 0; i < row.images.size(); i++) {
        int x = left + i * pitch + (pitch - tile) / 2;
        paint(g, row.images.get(i), x, y, tile);
        if (!row.words.isEmpty()) {
          String word = row.words.get(i);
          g.setFont(Palette.font(Font.PLAIN, 11));
          g.setColor(Palette.INK);
          g.drawString(word, x + (tile - g.getFontMetrics().stringWidth(word)) / 2, y + tile + 13);
        }
      }
    }
  }

  private void paint(Graphics2D g, float[] image, int x, int y, int tile) {
    for (int i = 0; i < side; i++) {
      for (int j = 0; j < side; j++) {
        int x0 = j * tile / side;
        int y0 = i * tile / side;
        g.setColor(new java.awt.Color(Palette.Ramp.INKS.rgb(image[i * side + j])));
        g.fillRect(x + x0, y + y0, (j + 1) * tile / side - x0, (i + 1) * tile / side - y0);
      }
    }
    g.setColor(Palette.GREY);
    g.drawRect(x, y, tile, tile);
  }

  @Override
  public void rows(Table table) {
    for (int r = 0; r < rows.size(); r++) {
      Row row = rows.get(r);
      for (int k = 0; k < row.images.size(); k++) {
        String name = (row.name.isEmpty() ? "image" : row.name) + " " + (r + 1) + "." + (k + 1)
            + (row.words.isEmpty() ? "" : ": " + row.words.get(k));
        for (int i = 0; i < side * side; i++) {
          table.row(title, name, (double) (i % side), (double) (i / side), (double) row.images.get(k)[i]);
        }
      }
    }
  }
}
