/** Examples, and the small data sets that they ship. */
module dev.athanor.examples {
  requires transitive dev.athanor.core;

  exports dev.athanor.examples.data;

  provides dev.athanor.data.DatasetProvider with dev.athanor.examples.data.BuiltinDatasets;
}
