/** Examples, and the small data sets that they ship. */
module dev.athanor.examples {
  requires transitive dev.athanor.core;
  requires java.desktop;
  requires org.knowm.xchart;

  exports dev.athanor.examples;
  exports dev.athanor.examples.data;
  exports dev.athanor.examples.gallery;

  provides dev.athanor.data.DatasetProvider with dev.athanor.examples.data.BuiltinDatasets;
}
