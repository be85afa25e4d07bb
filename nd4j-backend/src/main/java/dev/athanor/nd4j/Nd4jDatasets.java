package dev.athanor.nd4j;

import dev.athanor.AthanorException;
import dev.athanor.data.ArrayDataset;
import dev.athanor.data.Dataset;
import dev.athanor.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;

/**
 * Data that DL4J's pipelines (DataVec, its iterators and preprocessors) made, as a data set of Athanor. Everything is read once,
 * into
 * memory: an iterator gives examples in its own order, a {@link dev.athanor.data.DataLoader} shuffles and resumes by index. What
 * an
 * iterator draws anew in each pass (augmentation) is therefore drawn once.
 */
public final class Nd4jDatasets {
  private static final int LARGEST = Integer.MAX_VALUE - 8;

  private Nd4jDatasets() {}

  /**
   * Reads an iterator to its end. Labels [N, C] with C ≥ 2 that are all one-hot become C classes, with the iterator's names if
   * it has
   * them; all other labels are kept as numbers.
   *
   * @param name the data set's name, for messages
   * @param iterator is reset before and after if it can be; its preprocessor is applied
   * @throws AthanorException if a batch has masks, the batches do not fit together, or there is none
   */
  public static Dataset of(String name, DataSetIterator iterator) {
    return read(name, iterator, true);
  }

  /**
   * As {@link #of(String, DataSetIterator)}, but labels stay numbers, one-hot ones too.
   *
   * @throws AthanorException as there
   */
  public static Dataset values(String name, DataSetIterator iterator) {
    return read(name, iterator, false);
  }

  /**
   * One ND4J data set; its labels as in {@link #of(String, DataSetIterator)}.
   *
   * @throws AthanorException as there
   */
  public static Dataset of(String name, DataSet data) {
    var parts = new Parts(name);
    parts.add(data);
    return parts.dataset(data.getLabelNamesList(), true);
  }

  private static Dataset read(String name, DataSetIterator iterator, boolean classes) {
    if (iterator.resetSupported()) {
      iterator.reset();
    }
    var parts = new Parts(name);
    List<String> names = null;
    while (iterator.hasNext()) {
      DataSet batch = iterator.next();
      parts.add(batch);
      names = names == null ? batch.getLabelNamesList() : names;
    }
    if (iterator.resetSupported()) {
      iterator.reset();
    }
    try {
      names = iterator.getLabels() == null ? names : iterator.getLabels();
    } catch (UnsupportedOperationException e) {
      // an iterator without names may say so in this way
    }
    return parts.dataset(names, classes);
  }

  /** The batches read so far. */
  private static final class Parts {
    private final String name;
    private final List<float[]> features = new ArrayList<>();
    private final List<float[]> labels = new ArrayList<>();
    private Shape featureShape;
    private Shape labelShape;
    private long size;

    Parts(String name) {
      this.name = name;
    }

    void add(DataSet batch) {
      String where = name + ": batch " + features.size();
      if (batch.getFeaturesMaskArray() != null || batch.getLabelsMaskArray() != null) {
        throw new AthanorException(where + " has mask arrays, which Athanor's data sets do not have: they would be lost. Bring"
            + " sequences to one length without masks, or drop them on purpose with setFeaturesMaskArray(null) and"
            + " setLabelsMaskArray(null)");
      }
      if (batch.getFeatures() == null || batch.getFeatures().rank() < 2) {
        throw new AthanorException(where + ": expected features [examples, ...], found "
            + (batch.getFeatures() == null ? "none" : Arrays.toString(batch.getFeatures().shape())));
      }
      long count = batch.getFeatures().size(0);
      if (batch.getLabels() != null && batch.getLabels().size(0) != count) {
        throw new AthanorException(where + ": " + count + " examples, but labels for " + batch.getLabels().size(0));
      }
      featureShape = same(where + ": features", featureShape, example(batch.getFeatures()));
      labelShape = same(where + ": labels", labelShape, batch.getLabels() == null ? Shape.of(0) : example(batch.getLabels()));
      features.add(floats(batch.getFeatures()));
      labels.add(batch.getLabels() == null ? new float[0] : floats(batch.getLabels()));
      size += count;
      if (size * Math.max(featureShape.size(), labelShape.size()) > LARGEST) {
        throw new AthanorException(where + ": " + size + " examples of shape " + featureShape
            + " are too many for one array; implement dev.athanor.data.Dataset over your files instead");
      }
    }

    private static Shape example(INDArray array) {
      long[] dims = array.shape();
      return Shape.of(dims.length == 1 ? new long[] {1} : Arrays.copyOfRange(dims, 1, dims.length));
    }

    private static Shape same(String what, Shape before, Shape now) {
      if (before != null && !before.equals(now)) {
        throw new AthanorException(what + " of shape " + now + " an example, those before had " + before);
      }
      return now;
    }

    private static float[] floats(INDArray array) {
      return array.castTo(DataType.FLOAT).dup('c').data().asFloat();
    }

    Dataset dataset(List<String> names, boolean classes) {
      if (size == 0) {
        throw new AthanorException(name + ": the iterator gives no examples");
      }
      float[] x = joined(features, featureShape);
      float[] y = joined(labels, labelShape);
      int width = (int) labelShape.size();
      int[] found = classes && labelShape.rank() == 1 && width >= 2 ? oneHot(y, width) : null;
      if (found == null) {
        return ArrayDataset.values(name, x, featureShape, y, labelShape);
      }
      boolean named = names != null && names.size() == width;
      return ArrayDataset.classes(name, x, featureShape, found,
          named ? names : IntStream.range(0, width).mapToObj(Integer::toString).toList());
    }

    private float[] joined(List<float[]> parts, Shape example) {
      float[] all = new float[(int) (size * example.size())];
      int at = 0;
      for (float[] part : parts) {
        System.arraycopy(part, 0, all, at, part.length);
        at += part.length;
      }
      return all;
    }

    /** The class of each row, or null if a row is not one 1 among zeros. */
    private static int[] oneHot(float[] y, int width) {
      int[] found = new int[y.length / width];
      Arrays.fill(found, -1);
      for (int i = 0; i < y.length; i++) {
        if (y[i] == 1 && found[i / width] < 0) {
          found[i / width] = i % width;
        } else if (y[i] != 0) {
          return null;
        }
      }
      return Arrays.stream(found).allMatch(c -> c >= 0) ? found : null;
    }
  }
}
