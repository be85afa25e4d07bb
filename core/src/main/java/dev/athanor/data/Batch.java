package dev.athanor.data;

import dev.athanor.tensor.Shape;
import java.lang.foreign.MemorySegment;

/**
 * A batch of examples in staging memory that belongs to the {@link DataLoader}: valid until the next call of its {@code next},
 * {@code nextEpoch}, {@code restore} or {@code close}, after which it is overwritten or freed. Whoever needs it longer, also an
 * asynchronous upload, copies it.
 *
 * @param epoch the epoch, from 0
 * @param index the batch's place in the epoch, from 0
 * @param count the number of examples; the last batch of an epoch may have fewer than the others
 * @param features float32 values in native byte order, exactly {@code featureShape.size()} of them, off-heap, aligned to 64 bytes
 * @param featureShape the features' shape, e.g. [32, 1, 28, 28]
 * @param targets int64 class indices, or float32 values, in native byte order, off-heap, aligned to 64 bytes
 * @param targetShape the targets' shape, e.g. [32] for classes
 */
public record Batch(int epoch, int index, int count, MemorySegment features, Shape featureShape, MemorySegment targets,
    Shape targetShape) {}
