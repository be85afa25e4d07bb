/**
 * Networks of the literature, with their published sizes. Names of parameters are those of torchvision where it has the network,
 * so that weights travel. {@link dev.athanor.models.Models} builds the common ones by name.
 *
 * <ul>
 * <li>{@link dev.athanor.models.Perceptrons}: fully connected
 * <li>{@link dev.athanor.models.ResNet}: residual networks
 * <li>{@link dev.athanor.models.ConvNets}: LeNet-5 and networks in VGG's manner
 * <li>{@link dev.athanor.models.MobileNet}: depthwise-separable convolutions
 * <li>{@link dev.athanor.models.Autoencoder}: through a narrow code and back
 * </ul>
 */
package dev.athanor.models;
