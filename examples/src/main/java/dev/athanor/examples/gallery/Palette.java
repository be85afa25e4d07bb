package dev.athanor.examples.gallery;

import java.awt.Color;
import java.awt.Font;

/**
 * The colours and letters of all pictures. The colours can be told apart with any kind of colour vision: M. Okabe and K. Ito,
 * "Color Universal Design", 2008; for ten classes P. Tol, "Colour Schemes", 2021 (muted). Fields rise in lightness, so that they
 * also read in grey.
 */
final class Palette {
  static final Color INK = new Color(0x222222);
  static final Color GREY = new Color(0x7f7f7f);
  static final Color LINE = new Color(0xe2e2e2);
  static final Color BLUE = new Color(0x0072b2);
  static final Color RED = new Color(0xd55e00);
  static final Color GREEN = new Color(0x009e73);
  static final Color PINK = new Color(0xcc79a7);
  static final Color SKY = new Color(0x56b4e9);
  static final Color YELLOW = new Color(0xe69f00);

  private static final Color[] SERIES = {BLUE, RED, GREEN, PINK, SKY, YELLOW, INK, GREY};
  private static final int[] CLASSES = {0x332288, 0x88ccee, 0x44aa99, 0x117733, 0x999933, 0xddcc77, 0xcc6677, 0x882255, 0xaa4499,
    0x777777};

  private Palette() {}

  /** The colour of line i. */
  static Color series(int i) {
    return SERIES[i % SERIES.length];
  }

  /** The colour of class i of up to ten. */
  static Color ofClass(int i) {
    return new Color(CLASSES[i % CLASSES.length]);
  }

  /** Letters of all pictures. */
  static Font font(int style, int size) {
    return new Font(Font.SANS_SERIF, style, size);
  }

  /** A run of colours, for the values of a field. */
  enum Ramp {
    /** Light to dark blue. */
    BLUES(0xf7fbff, 0xc6dbef, 0x6baed6, 0x2171b5, 0x08306b),
    /** Dark violet over green to yellow: viridis. */
    VIRIDIS(0x440154, 0x3b528b, 0x21918c, 0x5ec962, 0xfde725),
    /** Blue over white to orange, for values on two sides of a middle. */
    SIDES(0x3f93c9, 0xb9d9ec, 0xffffff, 0xf7cfae, 0xe08a4a),
    /** Nearly white, and orange. */
    CURVED(0xf2f4f6, 0xe8a878),
    /** White to black. */
    INKS(0xffffff, 0x111111);

    private final int[] stops;

    Ramp(int... stops) {
      this.stops = stops;
    }

    /** The colour at a share from 0 to 1 of the way; shares outside are the ends'. */
    int rgb(double share) {
      double at = Math.clamp(Double.isNaN(share) ? 0 : share, 0, 1) * (stops.length - 1);
      int i = Math.min((int) at, stops.length - 2);
      double part = at - i;
      int colour = 0;
      for (int shift = 16; shift >= 0; shift -= 8) {
        int a = stops[i] >> shift & 255;
        int b = stops[i + 1] >> shift & 255;
        colour |= (int) Math.round(a + (b - a) * part) << shift;
      }
      return colour;
    }
  }
}
