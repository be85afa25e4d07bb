package dev.athanor.data;

import dev.athanor.AthanorException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Targets in memory: class indices as int, everything else as float32. Exactly one of the two arrays is there. */
record Targets(Target kind, int[] labels, float[] values) {
  /** Class indices, checked against the number of classes. */
  static Targets classes(String name, Target.Classes kind, int[] labels) {
    int classes = kind.names().size();
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] < 0 || labels[i] >= classes) {
        throw new AthanorException(name + ": example " + i + " has the label " + labels[i] + "; expected 0 to " + (classes - 1)
            + " for " + classes + " classes");
      }
    }
    return new Targets(kind, labels, null);
  }

  /** Numbers, or zeros and ones, checked to be such. */
  static Targets values(String name, Target kind, float[] values) {
    long width = kind.shape().size();
    for (int i = 0; i < values.length; i++) {
      float v = values[i];
      if (kind instanceof Target.Binary && v != 0f && v != 1f) {
        throw new AthanorException(name + ": example " + i / width + " has the target " + v + "; expected 0 or 1");
      }
      if (!Float.isFinite(v)) {
        throw new AthanorException(name + ": example " + i / width + " has the target " + v + "; expected a finite number");
      }
    }
    return new Targets(kind, null, values);
  }

  /** The number of targets, for a given number of examples: as many, whatever their width. */
  boolean fits(int examples) {
    return labels != null ? labels.length == examples : values.length == examples * kind.shape().size();
  }

  void copy(int index, MemorySegment into, long offset) {
    if (labels != null) {
      into.set(ValueLayout.JAVA_LONG, offset, labels[index]);
    } else {
      int width = (int) kind.shape().size();
      MemorySegment.copy(values, index * width, into, ValueLayout.JAVA_FLOAT, offset, width);
    }
  }

  int label(String name, int index) {
    if (labels != null) {
      return labels[index];
    }
    if (kind instanceof Target.Binary b && b.shape().size() == 1) {
      return (int) values[index];
    }
    throw new AthanorException(name + " has no classes: its target is " + kind);
  }
}
