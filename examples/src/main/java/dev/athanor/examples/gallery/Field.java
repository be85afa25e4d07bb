package dev.athanor.examples.gallery;

import java.awt.image.BufferedImage;
import java.util.function.DoubleUnaryOperator;

/**
 * Values over a rectangle of the plane, at evenly spaced places with those of the edges among them.
 *
 * @param xs the places along x, rising
 * @param ys the places along y, rising
 * @param values for each y the values of all x
 */
record Field(double[] xs, double[] ys, double[] values) {
  /** Evenly spaced places from low to high, both included. */
  static double[] places(double low, double high, int n) {
    double[] all = new double[n];
    for (int i = 0; i < n; i++) {
      all[i] = low + (high - low) * i / (n - 1);
    }
    return all;
  }

  /** All pairs of places as rows x, y in the order of a field's values. */
  static double[] pairs(double[] xs, double[] ys) {
    double[] all = new double[xs.length * ys.length * 2];
    for (int i = 0; i < all.length / 2; i++) {
      all[2 * i] = xs[i % xs.length];
      all[2 * i + 1] = ys[i / xs.length];
    }
    return all;
  }

  /** The values changed one by one. */
  Field map(DoubleUnaryOperator f) {
    return new Field(xs, ys, java.util.Arrays.stream(values).map(f).toArray());
  }

  /** The value at a place given by shares of the sides, between its four neighbours. */
  double at(double shareX, double shareY) {
    double x = shareX * (xs.length - 1);
    double y = shareY * (ys.length - 1);
    int i = Math.min((int) x, xs.length - 2);
    int j = Math.min((int) y, ys.length - 2);
    double u = x - i;
    double v = y - j;
    int k = j * xs.length + i;
    return (1 - v) * ((1 - u) * values[k] + u * values[k + 1])
        + v * ((1 - u) * values[k + xs.length] + u * values[k + xs.length + 1]);
  }

  /** The picture of the field in so many bands of colour, y upwards. */
  BufferedImage image(int width, int height, Shades shades) {
    var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int row = 0; row < height; row++) {
      for (int column = 0; column < width; column++) {
        image.setRGB(column, row, shades.rgb(at((column + 0.5) / width, 1 - (row + 0.5) / height)));
      }
    }
    return image;
  }

  /**
   * How values become colours.
   *
   * @param ramp the colours
   * @param low the value of the first colour
   * @param high the value of the last
   * @param bands how many colours: the borders between them are lines of equal value
   */
  record Shades(Palette.Ramp ramp, double low, double high, int bands) {
    int rgb(double value) {
      double share = (value - low) / (high - low);
      int band = Math.clamp((long) Math.floor(share * bands), 0, bands - 1);
      return ramp.rgb(bands == 1 ? 0.5 : band / (bands - 1.0));
    }
  }
}
