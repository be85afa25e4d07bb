/**
 * Layers and models. A {@link dev.athanor.nn.Layer} maps a tensor to a tensor and owns named parameters and buffers, with the
 * names and layouts that PyTorch gives them, so that weights travel. A model is a layer made of layers:
 *
 * <ul>
 * <li>{@link dev.athanor.nn.Sequential}, {@link dev.athanor.nn.Residual}, {@link dev.athanor.nn.Parallel}: layers put together
 * <li>{@link dev.athanor.nn.Linear}, {@link dev.athanor.nn.Bilinear}, {@link dev.athanor.nn.Conv} and
 * {@link dev.athanor.nn.ConvTranspose} in one to three dimensions, {@link dev.athanor.nn.SeparableConv2d},
 * {@link dev.athanor.nn.Embedding}: weights
 * <li>{@link dev.athanor.nn.Activation}: functions of one element, and softmax
 * <li>{@link dev.athanor.nn.Pool} in one to three dimensions, {@link dev.athanor.nn.AdaptivePool},
 * {@link dev.athanor.nn.GlobalPool}, {@link dev.athanor.nn.Upsample}, {@link dev.athanor.nn.Pad}, {@link dev.athanor.nn.Flatten},
 * {@link dev.athanor.nn.Reshape}, {@link dev.athanor.nn.Identity}: shapes
 * <li>{@link dev.athanor.nn.BatchNorm}, {@link dev.athanor.nn.LayerNorm}, {@link dev.athanor.nn.GroupNorm},
 * {@link dev.athanor.nn.InstanceNorm}, {@link dev.athanor.nn.RmsNorm}, {@link dev.athanor.nn.Dropout}: normalisation and
 * regularisation
 * <li>{@link dev.athanor.nn.Initializer}: first values of parameters
 * <li>{@link dev.athanor.nn.Summary}: a model's layers, shapes and sizes
 * </ul>
 */
package dev.athanor.nn;
