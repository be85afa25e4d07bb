package dev.athanor.cli;

import dev.athanor.AthanorException;
import dev.athanor.data.Dataset;
import dev.athanor.data.Standardizer;
import dev.athanor.io.Json;
import dev.athanor.io.SafeTensors;
import dev.athanor.io.SafeTensorsFile;
import dev.athanor.loss.Loss;
import dev.athanor.models.Models;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Weights;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Shape;
import dev.athanor.train.Checkpoint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a model file says about its model beside the weights: enough to build it again, to prepare data for it, and to read its
 * outputs. It stands in the file's metadata.
 *
 * @param input the shape of one example
 * @param features the features' names in order; empty if they have none
 * @param task what the outputs tell
 * @param settings how it was trained
 * @param standardizer what was applied to its features, or empty
 */
record ModelCard(Shape input, List<String> features, Task task, Settings settings, Optional<Standardizer> standardizer) {
  private static final String MODEL = "athanor.model";
  private static final String SETTINGS = "athanor.settings";
  private static final String STANDARDIZER = "athanor.standardizer";
  private static final String VERSION = "athanor.version";

  /** The card of a model for this data. */
  static ModelCard of(Dataset train, Settings settings, Optional<Standardizer> standardizer) {
    return new ModelCard(train.featureShape(), train.featureNames(), Task.of(train), settings, standardizer);
  }

  /** Builds the network, on a device, with first weights by the settings' seed. */
  Layer build(Device device) {
    Layer network = Models.of(settings.model()).build(input, task.outputs());
    return settings.choices().applied(settings.model(), network).initialize(device, settings.seed());
  }

  /**
   * The loss it is trained by.
   *
   * @throws AthanorException if the chosen one is not for its task
   */
  Loss loss() {
    return settings.choices().loss(task);
  }

  /** The card as a file's metadata. */
  Map<String, String> metadata() {
    var model = new LinkedHashMap<String, Object>();
    model.put("network", settings.model());
    model.put("input", Arrays.stream(input.dims()).boxed().toList());
    model.put("features", features);
    model.put("task", task.toJson());
    var all = new LinkedHashMap<String, String>();
    all.put(VERSION, AthanorCommand.Version.athanor());
    all.put(MODEL, Json.write(model));
    all.put(SETTINGS, settings.toJson());
    standardizer.ifPresent(s -> all.put(STANDARDIZER,
        Json.write(Map.of("mean", list(s.mean()), "deviation", list(s.deviation())))));
    return all;
  }

  /**
   * Reads the card of a model file or a checkpoint.
   *
   * @throws AthanorException if there is no such file, or it is damaged or was not written by {@code athanor train}
   */
  static ModelCard read(Path file) {
    try (SafeTensorsFile stored = SafeTensors.open(file)) {
      Map<String, String> all = stored.metadata();
      if (!all.containsKey(MODEL) || !all.containsKey(SETTINGS)) {
        throw new AthanorException(file + " does not say what model its weights belong to; 'athanor train' writes files that do. "
            + "'athanor info' shows what is in it");
      }
      return parse(file, all);
    }
  }

  private static ModelCard parse(Path file, Map<String, String> all) {
    try {
      Map<?, ?> model = (Map<?, ?>) Json.parse(file, all.get(MODEL));
      Optional<Standardizer> standardizer = Optional.ofNullable(all.get(STANDARDIZER)).map(text -> {
        Map<?, ?> m = (Map<?, ?>) Json.parse(file, text);
        return Standardizer.of(floats(m.get("mean")), floats(m.get("deviation")));
      });
      long[] input = ((List<?>) model.get("input")).stream().mapToLong(v -> (Long) v).toArray();
      return new ModelCard(Shape.of(input), ((List<?>) model.get("features")).stream().map(String.class::cast).toList(),
          Task.fromJson((Map<?, ?>) model.get("task")), Settings.fromJson((Map<?, ?>) Json.parse(file, all.get(SETTINGS))),
          standardizer);
    } catch (ClassCastException | NullPointerException | ArithmeticException | IllegalArgumentException e) {
      throw new AthanorException(file + ": what it says about its model is damaged, or of another version of Athanor", e);
    }
  }

  /**
   * Builds the model of a file, with its weights.
   *
   * @throws AthanorException if the file is damaged or holds other tensors than its model needs
   */
  Layer load(Path file, Device device) {
    Layer model = build(device);
    boolean checkpoint;
    try (SafeTensorsFile stored = SafeTensors.open(file)) {
      checkpoint = stored.metadata().containsKey(Checkpoint.KEY);
    }
    if (checkpoint) {
      Checkpoint.loadModel(model, file);
    } else {
      Weights.load(model, file);
    }
    return model;
  }

  /**
   * Data as the model takes it: checked, and standardised as the training data was.
   *
   * @throws AthanorException if its examples have another shape
   */
  Dataset prepare(Dataset data) {
    if (!data.featureShape().equals(input)) {
      throw new AthanorException(data.name() + " does not fit the model: its examples are " + data.featureShape()
          + ", the model takes " + input);
    }
    return standardizer.isPresent() ? data.map(standardizer.get()).bake() : data;
  }

  private static List<Double> list(float[] values) {
    var list = new ArrayList<Double>(values.length);
    for (float v : values) {
      list.add((double) v);
    }
    return list;
  }

  private static float[] floats(Object list) {
    List<?> values = (List<?>) list;
    float[] floats = new float[values.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) Json.toDouble(values.get(i));
    }
    return floats;
  }
}
