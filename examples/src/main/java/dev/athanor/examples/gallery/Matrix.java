package dev.athanor.examples.gallery;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.knowm.xchart.HeatMapChart;
import org.knowm.xchart.HeatMapChartBuilder;
import org.knowm.xchart.style.HeatMapStyler;

/** Counts in rows and columns, with the numbers in the squares. */
final class Matrix implements Panel {
  private final String title;
  private final HeatMapChart chart;
  private final List<String> names;
  private final int[][] counts;

  /** Rows are what is true, columns what was said. */
  Matrix(String title, String columns, String rows, List<String> names, int[][] counts) {
    this.title = title;
    this.names = List.copyOf(names);
    this.counts = counts;
    chart = new HeatMapChartBuilder().width(400).height(400).title(title).xAxisTitle(columns).yAxisTitle(rows).build();
    HeatMapStyler style = chart.getStyler();
    style.setLocale(Locale.ROOT);
    style.setBaseFont(Palette.font(Font.PLAIN, 12));
    style.setChartTitleFont(Palette.font(Font.BOLD, 13)).setChartTitlePadding(3).setLegendVisible(false)
        .setChartBackgroundColor(Color.WHITE).setChartFontColor(Palette.INK).setPlotContentSize(1).setPlotBorderVisible(false);
    style.setAxisTitleFont(Palette.font(Font.PLAIN, 12)).setAxisTickLabelsFont(Palette.font(Font.PLAIN, 11))
        .setXAxisLabelRotation(45);
    style.setRangeColors(new Color[] {Color.WHITE, Palette.SKY}).setShowValue(true).setValueFont(Palette.font(Font.PLAIN, 10))
        .setValueFontColor(Palette.INK).setHeatMapValueDecimalPattern("0").setDrawBorder(true);
    List<Number[]> cells = new ArrayList<>();
    for (int i = 0; i < counts.length; i++) {
      for (int j = 0; j < counts.length; j++) {
        cells.add(new Number[] {j, counts.length - 1 - i, counts[i][j]});
      }
    }
    chart.addSeries("counts", this.names, this.names.reversed(), cells);
  }

  @Override
  public void paint(Graphics2D g, int width, int height) {
    chart.paint(g, width, height);
  }

  @Override
  public void rows(Table table) {
    for (int i = 0; i < counts.length; i++) {
      for (int j = 0; j < counts.length; j++) {
        table.row(title, names.get(i) + " taken for " + names.get(j), (double) j, (double) i, (double) counts[i][j]);
      }
    }
  }
}
