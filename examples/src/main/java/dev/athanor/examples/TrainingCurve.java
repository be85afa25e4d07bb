package dev.athanor.examples;

import dev.athanor.AthanorException;
import dev.athanor.io.FormatException;
import dev.athanor.io.Json;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.Styler.YAxisPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws the loss and a metric of a training run's history (JSON lines, as {@code History.toJsonLines} gives them) as a PNG. */
public final class TrainingCurve {
  private TrainingCurve() {}

  /** Arguments: the history file, the PNG to write, and optionally the metric ({@code accuracy} if left out). */
  public static void main(String[] args) {
    if (args.length < 2) {
      System.err.println("usage: TrainingCurve HISTORY.jsonl CURVE.png [METRIC]");
      System.exit(2);
    }
    System.setProperty("java.awt.headless", "true");
    try {
      draw(Path.of(args[0]), Path.of(args[1]), args.length > 2 ? args[2] : "accuracy");
    } catch (AthanorException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  /** Draws the curves of a history. */
  public static void draw(Path history, Path png, String metric) {
    List<Map<?, ?>> epochs = read(history);
    XYChart chart = new XYChartBuilder().width(800).height(420).xAxisTitle("epoch").yAxisTitle("loss").build();
    chart.setYAxisGroupTitle(1, metric);
    chart.getStyler().setLegendPosition(LegendPosition.OutsideS).setLegendBorderColor(Color.WHITE).setChartBackgroundColor(Color.WHITE)
        .setPlotBorderVisible(false);
    chart.getStyler().setXAxisDecimalPattern("0");
    chart.getStyler().setLegendLayout(LegendLayout.Horizontal);
    chart.getStyler().setYAxisGroupPosition(1, YAxisPosition.Right);
    for (String part : List.of("train", "validation")) {
      add(chart, epochs, part, "loss", 0, part.equals("train") ? new Color(0x1f77b4) : new Color(0x7fb2d9));
      add(chart, epochs, part, metric, 1, part.equals("train") ? new Color(0xd62728) : new Color(0xf0908f));
    }
    try {
      BitmapEncoder.saveBitmap(chart, png.toString(), BitmapEncoder.BitmapFormat.PNG);
    } catch (IOException e) {
      throw new AthanorException("cannot write " + png + ": " + e.getMessage(), e);
    }
  }

  private static List<Map<?, ?>> read(Path history) {
    var epochs = new ArrayList<Map<?, ?>>();
    try {
      for (String line : Files.readAllLines(history)) {
        epochs.add((Map<?, ?>) Json.parse(history, line));
      }
    } catch (IOException | ClassCastException e) {
      throw new AthanorException("cannot read " + history + " as a history: " + e.getMessage(), e);
    }
    if (epochs.isEmpty()) {
      throw new FormatException(history, "expected one line of JSON per epoch, found none");
    }
    return epochs;
  }

  private static void add(XYChart chart, List<Map<?, ?>> epochs, String part, String measure, int axis, Color colour) {
    var x = new ArrayList<Double>();
    var y = new ArrayList<Double>();
    for (Map<?, ?> e : epochs) {
      if (e.get(part) instanceof Map<?, ?> m && m.get(measure) != null) {
        x.add(Json.toDouble(e.get("epoch")));
        y.add(Json.toDouble(m.get(measure)));
      }
    }
    if (!x.isEmpty()) {
      var series = chart.addSeries(part + " " + measure, x, y);
      series.setYAxisGroup(axis);
      series.setMarker(SeriesMarkers.CIRCLE);
      series.setMarkerColor(colour);
      series.setLineColor(colour);
    }
  }
}
