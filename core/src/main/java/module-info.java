/** Tensors, autograd, layers, losses, optimizers, data, training and the backend SPI. Pure Java. */
module dev.athanor.core {
  requires com.fasterxml.jackson.core;
  requires de.siegmar.fastcsv;

  exports dev.athanor;
  exports dev.athanor.augment;
  exports dev.athanor.backend;
  exports dev.athanor.data;
  exports dev.athanor.io;
  exports dev.athanor.autograd;
  exports dev.athanor.exec;
  exports dev.athanor.loss;
  exports dev.athanor.memory;
  exports dev.athanor.metric;
  exports dev.athanor.models;
  exports dev.athanor.nn;
  exports dev.athanor.ops;
  exports dev.athanor.optim;
  exports dev.athanor.symbolic;
  exports dev.athanor.tensor;
  exports dev.athanor.train;

  uses dev.athanor.backend.BackendProvider;
  uses dev.athanor.data.DatasetProvider;

  provides dev.athanor.data.DatasetProvider with dev.athanor.data.FileDatasets;
}
