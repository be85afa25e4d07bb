package dev.athanor.examples.gallery;

import dev.athanor.examples.gallery.Gallery.Hung;
import java.util.List;

/** The gallery's page. */
final class Page {
  private static final String HEAD = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>Athanor: gallery</title>
      <style>
      body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 1100px; margin: 2em auto; padding: 0 1em; }
      h1 { font-size: 1.7em; } h2 { font-size: 1.25em; margin-top: 2.5em; }
      img { max-width: 100%; height: auto; border: 1px solid #ddd; }
      p { max-width: 48em; }
      table { border-collapse: collapse; font-size: 0.9em; }
      td { padding: 0.1em 1.5em 0.1em 0; border-bottom: 1px solid #eee; }
      td + td { text-align: right; font-variant-numeric: tabular-nums; }
      nav { columns: 2; } nav a { display: block; }
      .left-out { color: #7a3b00; }
      </style>
      </head>
      <body>
      <h1>Gallery</h1>
      """;

  private Page() {}

  /** The page of these exhibits. */
  static String of(List<Hung> hung, Studio studio) {
    var html = new StringBuilder(HEAD);
    html.append("<p>Computed and drawn by Athanor on ").append(escaped(studio.device().name())).append(", seed ")
        .append(studio.seed()).append(studio.quick() ? ", small and quick: these networks have hardly been trained" : "")
        .append(".</p>\n<nav>\n");
    for (Hung h : hung) {
      html.append("<a href=\"#").append(h.exhibit().name()).append("\">").append(escaped(h.exhibit().title())).append("</a>\n");
    }
    html.append("</nav>\n");
    hung.forEach(h -> section(html, h));
    return html.append("</body>\n</html>\n").toString();
  }

  private static void section(StringBuilder html, Hung h) {
    html.append("\n<h2 id=\"").append(h.exhibit().name()).append("\">").append(escaped(h.exhibit().title())).append("</h2>\n");
    h.obstacle().ifPresent(why -> html.append("<p class=\"left-out\">Not shown here: ").append(escaped(why)).append("</p>\n"));
    h.work().ifPresent(work -> {
      html.append("<p>").append(escaped(work.caption())).append("</p>\n<p><img src=\"").append(h.picture()).append("\" alt=\"")
          .append(escaped(h.exhibit().title())).append("\"></p>\n<table>\n");
      work.numbers().forEach((name, value) -> html.append("<tr><td>").append(escaped(name)).append("</td><td>")
          .append(brief(value)).append("</td></tr>\n"));
      html.append("</table>\n<p><a href=\"").append(h.table()).append("\">").append(h.table()).append("</a></p>\n");
    });
  }

  private static String brief(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e9 ? String.format(java.util.Locale.ROOT, "%,d", (long) value)
        : String.format(java.util.Locale.ROOT, "%.4g", value);
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
  }
}
