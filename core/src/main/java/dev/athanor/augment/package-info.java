/**
 * Training data that differs from epoch to epoch, computed on the device in whole batches, without a value read back, so that a
 * step that does it can be recorded: {@link dev.athanor.augment.Augment} changes examples and keeps their targets, {@link
 * dev.athanor.augment.Mix} mixes pairs of examples and their losses. Every number comes from a {@link
 * dev.athanor.tensor.Generator}: the same seed gives the same draws, and a trainer's checkpoint holds its position.
 */
package dev.athanor.augment;
