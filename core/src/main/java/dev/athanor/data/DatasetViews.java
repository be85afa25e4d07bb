package dev.athanor.data;

import dev.athanor.AthanorException;
import dev.athanor.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Objects;

/** Data sets that show another one differently. */
final class DatasetViews {
  private DatasetViews() {}

  /** Passes everything on; each view overrides what it changes. */
  private abstract static class View implements Dataset {
    final Dataset base;

    View(Dataset base) {
      this.base = base;
    }

    @Override
    public String name() {
      return base.name();
    }

    @Override
    public int size() {
      return base.size();
    }

    @Override
    public Shape featureShape() {
      return base.featureShape();
    }

    @Override
    public List<String> featureNames() {
      return base.featureNames();
    }

    @Override
    public Target target() {
      return base.target();
    }

    @Override
    public boolean inMemory() {
      return base.inMemory();
    }

    @Override
    public void copyFeatures(int index, MemorySegment into, long offset) {
      base.copyFeatures(index, into, offset);
    }

    @Override
    public void copyTarget(int index, MemorySegment into, long offset) {
      base.copyTarget(index, into, offset);
    }

    @Override
    public int label(int index) {
      return base.label(index);
    }

    @Override
    public String toString() {
      return describe(this);
    }
  }

  static final class Subset extends View {
    private final int[] indices;

    Subset(Dataset base, int[] indices) {
      super(base);
      this.indices = indices;
      for (int index : indices) {
        Objects.checkIndex(index, base.size());
      }
    }

    @Override
    public int size() {
      return indices.length;
    }

    @Override
    public void copyFeatures(int index, MemorySegment into, long offset) {
      base.copyFeatures(indices[index], into, offset);
    }

    @Override
    public void copyTarget(int index, MemorySegment into, long offset) {
      base.copyTarget(indices[index], into, offset);
    }

    @Override
    public int label(int index) {
      return base.label(indices[index]);
    }
  }

  static final class Mapped extends View {
    private final FeatureTransform transform;
    private final int count;

    Mapped(Dataset base, FeatureTransform transform) {
      super(base);
      this.transform = transform;
      this.count = Math.toIntExact(base.featureShape().size());
    }

    @Override
    public void copyFeatures(int index, MemorySegment into, long offset) {
      base.copyFeatures(index, into, offset);
      transform.apply(into, offset, count);
    }
  }

  static final class Reshaped extends View {
    private final Shape shape;

    Reshaped(Dataset base, Shape shape) {
      super(base);
      this.shape = shape;
      if (shape.size() != base.featureShape().size()) {
        throw new AthanorException("reshape of " + base.name() + ": features " + base.featureShape() + " have "
            + base.featureShape().size() + " values, " + shape + " has " + shape.size());
      }
    }

    @Override
    public Shape featureShape() {
      return shape;
    }
  }

  static final class AsBinary extends View {
    private final Target.Binary target;

    AsBinary(Dataset base) {
      super(base);
      if (!(base.target() instanceof Target.Classes c) || c.names().size() != 2) {
        throw new AthanorException(base.name() + ": a binary target needs two classes, found " + base.target());
      }
      this.target = new Target.Binary(c.names());
    }

    @Override
    public Target target() {
      return target;
    }

    @Override
    public void copyTarget(int index, MemorySegment into, long offset) {
      into.set(ValueLayout.JAVA_FLOAT, offset, base.label(index));
    }
  }

  /** For toString: name, number of examples, shapes. */
  static String describe(Dataset d) {
    return d.name() + ": " + d.size() + " examples, features " + d.featureShape() + ", target " + d.target();
  }
}
