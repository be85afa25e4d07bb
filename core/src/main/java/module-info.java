/** Tensors, autograd, layers, losses, optimizers, data, training and the backend SPI. Pure Java. */
module dev.athanor.core {
  exports dev.athanor;
  exports dev.athanor.backend;
  exports dev.athanor.tensor;
}
