package dev.athanor.examples.gallery;

import java.nio.charset.StandardCharsets;

/**
 * A picture in SVG.
 *
 * @param svg the picture
 * @param csv the numbers that it shows
 */
record VectorPicture(String svg, String csv) implements Picture {
  @Override
  public String ending() {
    return "svg";
  }

  @Override
  public byte[] content() {
    return svg.getBytes(StandardCharsets.UTF_8);
  }
}
