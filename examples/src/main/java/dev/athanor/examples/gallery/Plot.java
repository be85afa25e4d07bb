package dev.athanor.examples.gallery;

import dev.athanor.examples.gallery.Field.Shades;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.knowm.xchart.AnnotationText;
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

  private final XYChart chart;
  private final String title;
  private final List<Drawn> drawn = new ArrayList<>();
  private Field field;
  private Shades shades;
  private boolean bar;

  /** What was drawn, for the table. */
  private record Drawn(String name, double[] x, double[] y) {}

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
    style.setChartTitleFont(Palette.font(Font.BOLD, 13)).setChartTitleVisible(!title.isEmpty()).setChartTitlePadding(3);
    style.setAxisTitleFont(Palette.font(Font.PLAIN, 12)).setXAxisTitleVisible(!x.isEmpty()).setYAxisTitleVisible(!y.isEmpty());
    style.setAxisTickLabelsFont(Palette.font(Font.PLAIN, 11)).setAxisTickLabelsColor(Palette.INK);
    style.setLegendFont(Palette.font(Font.PLAIN, 12)).setLegendBorderColor(CLEAR).setLegendBackgroundColor(new Color(255, 255, 255, 215))
        .setLegendPadding(4).setLegendSeriesLineLength(22).setLegendPosition(LegendPosition.OutsideS)
        .setLegendLayout(LegendLayout.Horizontal);
    style.setChartBackgroundColor(CLEAR).setPlotBackgroundColor(CLEAR).setChartFontColor(Palette.INK).setPlotBorderColor(Palette.GREY)
        .setPlotContentSize(1).setChartPadding(7);
    style.setPlotGridLinesColor(Palette.LINE).setPlotGridLinesStroke(new BasicStroke(1)).setAxisTickMarksColor(Palette.GREY);
    style.setAnnotationTextFont(Palette.font(Font.BOLD, 13)).setAnnotationTextFontColor(Palette.INK);
  }

  /** A line through points; a legend names it. Returns this. */
  Plot line(String name, Color colour, Stroke stroke, double[] x, double[] y) {
    return line(name, colour, stroke, 2, x, y);
  }

  /** The same of another width in pixels. */
  Plot line(String name, Color colour, Stroke stroke, double width, double[] x, double[] y) {
    XYSeries s = add(name, colour, x, y);
    s.setLineStyle(stroke.width((float) width));
    s.setMarker(SeriesMarkers.NONE);
    return this;
  }

  /** A line with a mark at each point. */
  Plot marked(String name, Color colour, Marker marker, double[] x, double[] y) {
    XYSeries s = add(name, colour, x, y);
    s.setLineStyle(Stroke.SOLID.width(2));
    s.setMarker(marker);
    return this;
  }

  /** Points without a line. */
  Plot points(String name, Color colour, Marker marker, double[] x, double[] y) {
    XYSeries s = add(name, colour, x, y);
    s.setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
    s.setMarker(marker);
    return this;
  }

  private XYSeries add(String name, Color colour, double[] x, double[] y) {
    drawn.add(new Drawn(name, x, y));
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

  /** Writes a word at a place. */
  Plot word(String text, double x, double y) {
    chart.addAnnotation(new AnnotationText(text, x, y, false));
    return this;
  }

  /** The ends of the axis of x. */
  Plot range(double low, double high) {
    chart.getStyler().setXAxisMin(low).setXAxisMax(high);
    return this;
  }

  /** The ends of the axis of y. */
  Plot values(double low, double high) {
    chart.getStyler().setYAxisMin(low).setYAxisMax(high);
    return this;
  }

  /** Powers along the axis of x. */
  Plot logX() {
    chart.getStyler().setXAxisLogarithmic(true);
    return this;
  }

  /** Powers along the axis of y. */
  Plot logY() {
    chart.getStyler().setYAxisLogarithmic(true);
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

  /** The legend inside of the plot, one name below the other. */
  Plot legend(LegendPosition position) {
    chart.getStyler().setLegendPosition(position).setLegendLayout(LegendLayout.Vertical);
    return this;
  }

  /** The legend in a column at the right. */
  Plot legendBeside() {
    return legend(LegendPosition.OutsideE);
  }

  @Override
  public void paint(Graphics2D g, int width, int height) {
    int w = bar ? width - BAR : width;
    if (field == null) {
      chart.paint(g, w, height);
      return;
    }
    if (drawn.isEmpty()) { // XChart draws no axes without a series
      XYSeries corner = chart.addSeries("corner", new double[] {field.xs()[0]}, new double[] {field.ys()[0]});
      corner.setMarker(SeriesMarkers.NONE);
      corner.setShowInLegend(false);
      chart.getStyler().setLegendVisible(false);
    }
    // A first drawing into nothing tells where the axes lie.
    Graphics2D nowhere = new BufferedImage(w, height, BufferedImage.TYPE_INT_ARGB).createGraphics();
    chart.paint(nowhere, w, height);
    nowhere.dispose();
    int left = (int) Math.round(chart.getScreenXFromChart(field.xs()[0]));
    int right = (int) Math.round(chart.getScreenXFromChart(field.xs()[field.xs().length - 1]));
    int bottom = (int) Math.round(chart.getScreenYFromChart(field.ys()[0]));
    int top = (int) Math.round(chart.getScreenYFromChart(field.ys()[field.ys().length - 1]));
    g.drawImage(field.image(right - left, bottom - top, shades), left, top, null);
    chart.paint(g, w, height);
    if (bar) {
      paintBar(g, w + 2, top, bottom);
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
    if (field != null) {
      for (int i = 0; i < field.values().length; i++) {
        table.row(title, "field", field.xs()[i % field.xs().length], field.ys()[i / field.xs().length], field.values()[i]);
      }
    }
    for (Drawn d : drawn) {
      for (int i = 0; i < d.x.length; i++) {
        table.row(title, d.name, d.x[i], d.y[i], null);
      }
    }
  }
}
