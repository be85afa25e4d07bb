package dev.athanor.nn;

import dev.athanor.AthanorException;
import dev.athanor.autograd.Tape;
import dev.athanor.io.SafeTensors;
import dev.athanor.io.SafeTensorsFile;
import dev.athanor.io.StoredTensor;
import dev.athanor.io.StoredType;
import dev.athanor.ops.Transfer;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A model's parameters and buffers as a safetensors file, under the names PyTorch would give them. */
public final class Weights {
  private Weights() {}

  /**
   * Writes all parameters and buffers, whole or not at all.
   *
   * @param metadata free text by name
   * @throws AthanorException if the file cannot be written; an older one is then untouched
   */
  public static void save(Layer model, Path file, Map<String, String> metadata) {
    SafeTensors.write(file, metadata, items("", all(model)));
  }

  /**
   * Reads all parameters and buffers of a model into it. Float types are converted where they differ.
   *
   * @return the file's metadata
   * @throws AthanorException if the file is damaged, lacks a tensor, has one too many, or one of another shape; the model is
   *     unchanged then
   */
  public static Map<String, String> load(Layer model, Path file) {
    try (SafeTensorsFile stored = SafeTensors.open(file)) {
      Map<String, Tensor> wanted = all(model);
      check(stored, "", wanted);
      read(stored, "", wanted);
      return stored.metadata();
    }
  }

  /**
   * All parameters and buffers of a model, which must be built.
   *
   * @throws AthanorException if a layer waits for its first input
   */
  public static Map<String, Tensor> all(Layer model) {
    if (!model.isBuilt()) {
      throw new AthanorException("weights: the model has layers that wait for their first input; initialize it and run a batch "
          + "first");
    }
    var all = new LinkedHashMap<>(model.parameters());
    all.putAll(model.buffers());
    return all;
  }

  /**
   * The tensors as items of a file, each name after a prefix. Each is downloaded when it is written, all into one staging buffer
   * that the garbage collector frees.
   */
  public static List<SafeTensors.Item> items(String prefix, Map<String, Tensor> tensors) {
    long largest = tensors.values().stream().mapToLong(t -> t.size() * t.dtype().bytes()).max().orElse(0);
    MemorySegment staging = Arena.ofAuto().allocate(Math.max(1, largest), 8);
    var items = new ArrayList<SafeTensors.Item>();
    tensors.forEach((name, t) -> items.add(new SafeTensors.Item(prefix + name, storedType(t.dtype()), t.shape().dims(), () -> {
      MemorySegment bytes = staging.asSlice(0, t.size() * t.dtype().bytes());
      Transfer.download(t, bytes);
      return bytes;
    })));
    return items;
  }

  /**
   * Checks that a file's tensors whose names begin with a prefix are these, with their shapes and convertible types.
   *
   * @throws AthanorException if one is missing, too many, or of another shape or kind of type
   */
  public static void check(SafeTensorsFile file, String prefix, Map<String, Tensor> tensors) {
    for (StoredTensor s : file.tensors()) {
      if (s.name().startsWith(prefix) && !tensors.containsKey(s.name().substring(prefix.length()))) {
        throw new AthanorException(file.path() + " is of another model: it holds '" + s.name() + "', a " + s.type()
            + Arrays.toString(s.shape()) + ", which this model has not");
      }
    }
    tensors.forEach((name, t) -> {
      StoredTensor s = file.find(prefix + name).orElseThrow(() -> new AthanorException(file.path()
          + " is of another model: it lacks '" + prefix + name + "', a " + t.dtype() + t.shape()));
      if (!Arrays.equals(s.shape(), t.shape().dims())) {
        throw new AthanorException(file.path() + " is of another model: '" + prefix + name + "' is " + Arrays.toString(s.shape())
            + " there, " + t.shape() + " here");
      }
      boolean exact = s.type() == storedType(t.dtype());
      boolean floats = t.dtype().isFloat() && isFloat(s.type());
      if (!exact && !floats) {
        throw new AthanorException(file.path() + ": '" + prefix + name + "' is of type " + s.type() + " there, " + t.dtype()
            + " here");
      }
    });
  }

  /**
   * Checks that the tensors have the very types of a checked file's, so that reading them converts nothing.
   *
   * @throws AthanorException if one has not
   */
  public static void checkTypes(SafeTensorsFile file, String prefix, Map<String, Tensor> tensors) {
    tensors.forEach((name, t) -> {
      StoredType stored = file.get(prefix + name).type();
      if (stored != storedType(t.dtype())) {
        throw new AthanorException(file.path() + ": '" + prefix + name + "' is of type " + stored + " there, " + t.dtype()
            + " here");
      }
    });
  }

  /** Copies tensors from a checked file, see {@link #check}. */
  public static void read(SafeTensorsFile file, String prefix, Map<String, Tensor> tensors) {
    try (Arena arena = Arena.ofConfined(); var _ = Tape.noGrad()) {
      tensors.forEach((name, t) -> {
        StoredTensor s = file.get(prefix + name);
        MemorySegment bytes = arena.allocate(Math.max(1, s.bytes()), 8).asSlice(0, s.bytes());
        file.read(s.name(), bytes);
        try (Scope _ = t.device().scope()) {
          t.assign(t.device().tensor(bytes, dtype(s.type()), Shape.of(s.shape())).cast(t.dtype()));
        }
      });
    }
  }

  private static boolean isFloat(StoredType type) {
    return type == StoredType.F64 || type == StoredType.F32 || type == StoredType.F16 || type == StoredType.BF16;
  }

  private static StoredType storedType(DType dtype) {
    return switch (dtype) {
      case FLOAT32 -> StoredType.F32;
      case FLOAT64 -> StoredType.F64;
      case BFLOAT16 -> StoredType.BF16;
      case FLOAT16 -> StoredType.F16;
      case INT32 -> StoredType.I32;
      case INT64 -> StoredType.I64;
      case BOOL -> StoredType.BOOL;
    };
  }

  private static DType dtype(StoredType type) {
    return switch (type) {
      case F32 -> DType.FLOAT32;
      case F64 -> DType.FLOAT64;
      case BF16 -> DType.BFLOAT16;
      case F16 -> DType.FLOAT16;
      case I32 -> DType.INT32;
      case I64 -> DType.INT64;
      case BOOL -> DType.BOOL;
      case I16, I8, U8 -> throw new AthanorException("weights: type " + type + " is not one a tensor can have");
    };
  }
}
