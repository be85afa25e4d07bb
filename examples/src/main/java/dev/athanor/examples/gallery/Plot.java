package dev.athanor.examples.gallery;

import dev.athanor.examples.gallery.Field.Shades;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.Rectangle;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.geom.Path2D;
import java.awt.geom.Point2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Lines and points over two axes, with a field of colours behind them if there is one. */
final class Plot implements Panel {
  private static final Color CLEAR = new Color(255, 255, 255, 0);
  private static final int BAR = 66;
  private static final String AXES = "axes";

  private final XYChart chart;
  private final String title;
  private final List<Line> lines = new ArrayList<>();
  private final List<Points> points = new ArrayList<>();
  private final Axis across = new Axis();
  private final Axis up = new Axis();
  private Field field;
  private Shades shades;
  private boolean bar;

  /** A line, drawn here: XChart draws each piece by itself, so that dashes begin anew at each. */
  private record Line(String name, Color colour, BasicStroke stroke, double[] x, double[] y) {}

  /** Marks, drawn here a second time, above the lines. */
  private record Points(String name, Color colour, Marker marker, double[] x, double[] y) {}

  /** An axis: its ends, if they were chosen, and whether it shows powers. A logarithmic axis is one of logarithms with labels. */
  private static final class Axis {
    private double low = Double.NaN;
    private double high = Double.NaN;
    private boolean log;

    double[] placed(double[] values) {
      return log ? Arrays.stream(values).map(Math::log10).toArray() : values;
    }

    /** Chooses the ends by the values, with some room. */
    void fit(Stream<double[]> values) {
      if (Double.isNaN(low)) {
        var all = values.flatMapToDouble(Arrays::stream).summaryStatistics();
        double room = all.getMax() > all.getMin() ? 0.04 * (all.getMax() - all.getMin()) : 0.5;
        low = all.getMin() - room;
        high = all.getMax() + room;
      }
    }

    /** The ends and a place between them, with something in the gaps. */
    double[] span(double gap) {
      return new double[] {low, gap, low + 0.37 * (high - low), gap, high};
    }

    /** The label of a place of a logarithmic axis. */
    static String power(double exponent) {
      if (Math.abs(exponent) < 3.01) {
        return Table.number(Double.parseDouble(String.format(Locale.ROOT, "%.2g", Math.pow(10, exponent))));
      }
      return "10" + Long.toString(Math.round(exponent)).chars().mapToObj(c -> c == '-' ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹".substring(c - '0')
          .substring(0, 1)).collect(Collectors.joining());
    }
  }

  /** How a line runs. */
  enum Stroke {
    SOLID(null), DASHED(new float[] {7, 4}), DOTTED(new float[] {2, 3});

    private final float[] dashes;

    Stroke(float[] dashes) {
      this.dashes = dashes;
    }

    BasicStroke width(float width) {
      return new BasicStroke(width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, dashes, 0);
    }
  }

  /** With the texts above it and beside its axes, which may be empty. */
  Plot(String title, String x, String y) {
    this.title = title;
    chart = new XYChartBuilder().width(400).height(300).title(title).xAxisTitle(x).yAxisTitle(y).build();
    XYStyler style = chart.getStyler();
    style.setLocale(Locale.ROOT);
    style.setBaseFont(Palette.font(Font.PLAIN, 12));
    style.setChartTitleFont(Palette.font(Font.BOLD, 13)).setChartTitleVisible(!title.isEmpty()).setChartTitlePadding(5);
    style.setAxisTitleFont(Palette.font(Font.PLAIN, 12)).setXAxisTitleVisible(!x.isEmpty()).setYAxisTitleVisible(!y.isEmpty());
    style.setAxisTickLabelsFont(Palette.font(Font.PLAIN, 11)).setAxisTickLabelsColor(Palette.INK);
    style.setLegendFont(Palette.font(Font.PLAIN, 12)).setLegendBorderColor(CLEAR).setLegendBackgroundColor(CLEAR)
        .setLegendPadding(8).setLegendSeriesLineLength(22).setLegendPosition(LegendPosition.OutsideS)
        .setLegendLayout(LegendLayout.Horizontal);
    style.setChartBackgroundColor(CLEAR).setPlotBackgroundColor(CLEAR).setChartFontColor(Palette.INK)
        .setPlotBorderColor(Palette.GREY).setPlotContentSize(1).setChartPadding(7);
    style.setPlotGridLinesColor(Palette.LINE).setPlotGridLinesStroke(new BasicStroke(1)).setAxisTickMarksColor(Palette.GREY);
  }

  /** A line through points; a legend names it. Returns this. */
  Plot line(String name, Color colour, Stroke stroke, double[] x, double[] y) {
    return line(name, colour, stroke, 2, x, y);
  }

  /** The same of another width in pixels. */
  Plot line(String name, Color colour, Stroke stroke, double width, double[] x, double[] y) {
    var line = new Line(name, colour, stroke.width((float) width), x, y);
    lines.add(line);
    // XChart gets a single place of it, for the legend: one alone is no line.
    XYSeries s = add(name, colour, new double[] {across.placed(x)[0]}, new double[] {up.placed(y)[0]});
    s.setLineStyle(line.stroke);
    s.setMarker(SeriesMarkers.NONE);
    return this;
  }

  /** A line with a mark at each point. */
  Plot marked(String name, Color colour, Marker marker, double[] x, double[] y) {
    points.add(new Points(name, colour, marker, x, y));
    XYSeries s = add(name, colour, across.placed(x), up.placed(y));
    s.setLineStyle(Stroke.SOLID.width(2));
    s.setMarker(marker);
    return this;
  }

  /** Points without a line. */
  Plot points(String name, Color colour, Marker marker, double[] x, double[] y) {
    points.add(new Points(name, colour, marker, x, y));
    XYSeries s = add(name, colour, across.placed(x), up.placed(y));
    s.setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
    s.setMarker(marker);
    return this;
  }

  private XYSeries add(String name, Color colour, double[] x, double[] y) {
    XYSeries s = chart.addSeries(name, x, y);
    s.setLineColor(colour);
    s.setMarkerColor(colour);
    return s;
  }

  /** Colours behind the lines, over exactly the axes' ranges; at the right, if wanted, a bar with the values. */
  Plot field(Field values, Shades by, boolean withBar) {
    field = values;
    shades = by;
    bar = withBar;
    chart.getStyler().setPlotGridLinesVisible(false);
    return range(values.xs()[0], values.xs()[values.xs().length - 1]).values(values.ys()[0], values.ys()[values.ys().length - 1]);
  }

  /** The ends of the axis of x. */
  Plot range(double low, double high) {
    across.low = low;
    across.high = high;
    return this;
  }

  /** The ends of the axis of y. */
  Plot values(double low, double high) {
    up.low = low;
    up.high = high;
    return this;
  }

  /** A logarithmic axis of x; said before lines and points are added. */
  Plot logX() {
    across.log = true;
    chart.getStyler().setxAxisTickLabelsFormattingFunction(Axis::power);
    return this;
  }

  /** A logarithmic axis of y; said before lines and points are added. */
  Plot logY() {
    up.log = true;
    chart.getStyler().setyAxisTickLabelsFormattingFunction(Axis::power);
    return this;
  }

  /** Room between two marks of the axes, in pixels. */
  Plot ticks(int x, int y) {
    chart.getStyler().setXAxisTickMarkSpacingHint(x).setYAxisTickMarkSpacingHint(y);
    return this;
  }

  /** Sizes of the marks, in pixels. */
  Plot marks(int size) {
    chart.getStyler().setMarkerSize(size);
    return this;
  }

  /** No legend: the title says what is drawn. */
  Plot plain() {
    chart.getStyler().setLegendVisible(false);
    return this;
  }

  /** The legend in a column at the right. */
  Plot legendBeside() {
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE).setLegendLayout(LegendLayout.Vertical);
    return this;
  }

  @Override
  public void paint(Graphics2D g, int width, int height) {
    across.fit(Stream.concat(lines.stream().map(Line::x), points.stream().map(Points::x)).map(across::placed));
    up.fit(Stream.concat(lines.stream().map(Line::y), points.stream().map(Points::y)).map(up::placed));
    // Two corners and a place off the middle: XChart draws no axes without a span, and labels every value of evenly spaced ones.
    XYSeries span = chart.addSeries(AXES, across.span(across.low), up.span(Double.NaN));
    span.setMarker(SeriesMarkers.NONE);
    span.setShowInLegend(false);
    chart.getStyler().setXAxisMin(across.low).setXAxisMax(across.high).setYAxisMin(up.low).setYAxisMax(up.high);
    int w = bar ? width - BAR : width;
    // A first drawing into nothing tells where the axes lie.
    Graphics2D nowhere = new BufferedImage(w, height, BufferedImage.TYPE_INT_ARGB).createGraphics();
    chart.paint(nowhere, w, height);
    nowhere.dispose();
    double left = chart.getScreenXFromChart(across.low);
    double right = chart.getScreenXFromChart(across.high);
    double bottom = chart.getScreenYFromChart(up.low);
    double top = chart.getScreenYFromChart(up.high);
    var inside = new Rectangle((int) Math.round(left), (int) Math.round(top), (int) Math.round(right - left),
        (int) Math.round(bottom - top));
    if (field != null) {
      g.drawImage(field.image(inside.width, inside.height, shades), inside.x, inside.y, null);
    }
    chart.paint(g, w, height);
    chart.removeSeries(AXES);
    var on = (Graphics2D) g.create();
    on.clip(inside);
    on.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    var place = AffineTransform.getTranslateInstance(left, bottom);
    place.scale((right - left) / (across.high - across.low), (top - bottom) / (up.high - up.low));
    place.translate(-across.low, -up.low);
    lines.forEach(line -> paint(on, line, place));
    points.forEach(p -> paint(on, p, place));
    on.dispose();
    if (bar) {
      paintBar(g, w + 2, inside.y, inside.y + inside.height);
    }
  }

  private void paint(Graphics2D g, Line line, AffineTransform place) {
    double[] x = across.placed(line.x);
    double[] y = up.placed(line.y);
    var path = new Path2D.Double();
    path.moveTo(x[0], y[0]);
    for (int i = 1; i < x.length; i++) {
      path.lineTo(x[i], y[i]);
    }
    g.setColor(line.colour);
    g.setStroke(line.stroke);
    g.draw(place.createTransformedShape(path));
  }

  private void paint(Graphics2D g, Points p, AffineTransform place) {
    double[] x = across.placed(p.x);
    double[] y = up.placed(p.y);
    g.setColor(p.colour);
    for (int i = 0; i < x.length; i++) {
      Point2D at = place.transform(new Point2D.Double(x[i], y[i]), null);
      p.marker.paint(g, at.getX(), at.getY(), chart.getStyler().getMarkerSize());
    }
  }

  private void paintBar(Graphics2D g, int x, int top, int bottom) {
    int height = bottom - top;
    for (int y = 0; y < height; y++) {
      g.setColor(new Color(shades.rgb(shades.low() + (shades.high() - shades.low()) * (height - y - 0.5) / height)));
      g.fillRect(x, top + y, 14, 1);
    }
    g.setColor(Palette.GREY);
    g.drawRect(x, top, 14, height);
    g.setColor(Palette.INK);
    g.setFont(Palette.font(Font.PLAIN, 11));
    for (int i = 0; i <= 4; i++) {
      double value = shades.low() + (shades.high() - shades.low()) * i / 4;
      g.drawString(brief(value), x + 18, bottom - height * i / 4 + 4);
    }
  }

  /** At most two places behind the point, and no sign before 0. */
  private static String brief(double value) {
    String text = String.format(Locale.ROOT, "%.2f", value).replaceAll("0+$", "").replaceAll("\\.$", "");
    return text.equals("-0") ? "0" : text;
  }

  @Override
  public void rows(Table table) {
    if (field != null && table.first(field)) {
      for (int i = 0; i < field.values().length; i++) {
        table.row(title, "field", field.xs()[i % field.xs().length], field.ys()[i / field.xs().length], field.values()[i]);
      }
    }
    lines.forEach(line -> rows(table, line.name, line.x, line.y));
    points.forEach(p -> rows(table, p.name, p.x, p.y));
  }

  private void rows(Table table, String name, double[] x, double[] y) {
    for (int i = 0; i < x.length; i++) {
      table.row(title, name, x[i], y[i], null);
    }
  }
}
