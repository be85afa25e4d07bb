/**
 * Layers and models. A {@link dev.athanor.nn.Layer} maps a tensor to a tensor and owns named parameters and buffers, with the
 * names and layouts that PyTorch gives them, so that weights travel. A model is a layer made of layers:
 *
 * <ul>
 * <li>{@link dev.athanor.nn.Sequential}, {@link dev.athanor.nn.Residual}: layers put together
 * <li>{@link dev.athanor.nn.Linear}, {@link dev.athanor.nn.Conv2d}: weighted sums
 * <li>{@link dev.athanor.nn.Activation}: functions of one element, and softmax
 * <li>{@link dev.athanor.nn.MaxPool2d}, {@link dev.athanor.nn.AvgPool2d}, {@link dev.athanor.nn.Flatten}: shapes
 * <li>{@link dev.athanor.nn.BatchNorm}, {@link dev.athanor.nn.LayerNorm}, {@link dev.athanor.nn.Dropout}: normalisation and
 * regularisation
 * <li>{@link dev.athanor.nn.Initializer}: first values of parameters
 * </ul>
 */
package dev.athanor.nn;
