/**
 * Networks of the literature, with their published sizes. Names of parameters are those of torchvision where it has the network, so that
 * weights travel.
 *
 * <ul>
 * <li>{@link dev.athanor.models.ResNet}: residual networks
 * <li>{@link dev.athanor.models.ConvNets}: LeNet-5 and networks in VGG's manner
 * </ul>
 */
package dev.athanor.models;
