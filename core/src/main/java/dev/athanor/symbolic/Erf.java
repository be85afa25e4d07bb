package dev.athanor.symbolic;

/** The error function in float64. Source: Abramowitz and Stegun, 7.1.6 (series) and 7.1.14 (continued fraction). */
final class Erf {
  private static final double SERIES_BELOW = 2.5;
  private static final int LEVELS = 80;

  private Erf() {}

  static double erf(double x) {
    double a = Math.abs(x);
    if (Double.isNaN(x)) {
      return x;
    }
    if (a < SERIES_BELOW) {
      double term = x;
      double sum = x;
      for (int n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
        term *= 2 * x * x / (2 * n + 1);
        sum += term;
      }
      return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
    }
    double fraction = 0;
    for (int k = LEVELS; k >= 1; k--) {
      fraction = k / 2.0 / (a + fraction);
    }
    double tail = a > 27 ? 0 : Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction);
    return Math.copySign(1 - tail, x);
  }
}
