/**
 * Data: from files to batches. Everything here yields plain memory (float32 features; int64 class indices or float32 targets),
 * which a trainer uploads to its device.
 *
 * <ul>
 *   <li>{@link dev.athanor.data.Dataset}: examples by index; {@link dev.athanor.data.ArrayDataset} and {@link
 *       dev.athanor.data.ByteDataset} hold them in memory.
 *   <li>{@link dev.athanor.data.Target}: what is to be predicted: a class, yes or no, or numbers.
 *   <li>{@link dev.athanor.data.CsvSource}, {@link dev.athanor.data.IdxFile}, {@link dev.athanor.data.MnistFiles}: files.
 *   <li>{@link dev.athanor.data.Splits}, {@link dev.athanor.data.Standardizer}: parts, and features of mean 0 and deviation 1.
 *   <li>{@link dev.athanor.data.DataLoader}: shuffled batches, prefetched, with a state that can be saved and restored.
 *   <li>{@link dev.athanor.data.Datasets}: data sets by name, from every {@link dev.athanor.data.DatasetProvider} on the path.
 * </ul>
 */
package dev.athanor.data;
