package dev.athanor.examples.gallery;

import java.awt.Graphics2D;

/** One of the drawings that a {@link Figure} is made of. */
interface Panel {
  /** Draws into the rectangle from (0, 0). */
  void paint(Graphics2D g, int width, int height);

  /** Adds what is drawn as lines of panel, series, x, y, value. */
  void rows(Table table);
}
