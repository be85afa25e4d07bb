package dev.athanor.examples.gallery;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;

/** A picture of panels of one size, in rows. */
final class Figure implements Picture {
  private static final int HEADING = 30;

  private final int columns;
  private final int panelWidth;
  private final int panelHeight;
  private final List<Panel> panels = new ArrayList<>();
  private String heading = "";

  /** With the number of panels in a row and their size in pixels. */
  Figure(int columns, int panelWidth, int panelHeight) {
    this.columns = columns;
    this.panelWidth = panelWidth;
    this.panelHeight = panelHeight;
  }

  /** Adds the next panel. Returns this. */
  Figure add(Panel panel) {
    panels.add(panel);
    return this;
  }

  /** A line above all panels. Returns this. */
  Figure heading(String text) {
    heading = text;
    return this;
  }

  private int top() {
    return heading.isEmpty() ? 0 : HEADING;
  }

  /** The width in pixels. */
  int width() {
    return Math.min(columns, panels.size()) * panelWidth;
  }

  /** The height in pixels. */
  int height() {
    return top() + (panels.size() + columns - 1) / columns * panelHeight;
  }

  @Override
  public String ending() {
    return "png";
  }

  @Override
  public byte[] content() {
    var image = new BufferedImage(width(), height(), BufferedImage.TYPE_INT_RGB);
    Graphics2D g = image.createGraphics();
    g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    g.setColor(Color.WHITE);
    g.fillRect(0, 0, image.getWidth(), image.getHeight());
    g.setColor(Palette.INK);
    g.setFont(Palette.font(Font.PLAIN, 13));
    g.drawString(heading, (image.getWidth() - g.getFontMetrics().stringWidth(heading)) / 2, 20);
    for (int i = 0; i < panels.size(); i++) {
      var part = (Graphics2D) g.create(i % columns * panelWidth, top() + i / columns * panelHeight, panelWidth, panelHeight);
      panels.get(i).paint(part, panelWidth, panelHeight);
      part.dispose();
    }
    g.dispose();
    var bytes = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  @Override
  public String csv() {
    var table = new Table("panel", "series", "x", "y", "value");
    panels.forEach(p -> p.rows(table));
    return table.toString();
  }
}
