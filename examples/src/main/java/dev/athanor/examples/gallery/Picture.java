package dev.athanor.examples.gallery;

/** A picture as a file, with the numbers that it shows. */
public sealed interface Picture permits Figure, VectorPicture {
  /** The file's ending: {@code png} or {@code svg}. */
  String ending();

  /** The file's content. */
  byte[] content();

  /** The numbers that are drawn, as text with a comma between columns, the first line their names. */
  String csv();
}
