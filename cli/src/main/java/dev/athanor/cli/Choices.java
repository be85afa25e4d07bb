package dev.athanor.cli;

import dev.athanor.AthanorException;
import dev.athanor.augment.AugmentName;
import dev.athanor.augment.Mix;
import dev.athanor.loss.Loss;
import dev.athanor.loss.Losses;
import dev.athanor.nn.Activation;
import dev.athanor.nn.Activations;
import dev.athanor.nn.Conv;
import dev.athanor.nn.Initializer;
import dev.athanor.nn.Initializers;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.nn.Sequential;
import dev.athanor.tensor.Shape;
import dev.athanor.train.Trainer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What of a network and its training can be chosen apart from its name; empty for the usual.
 *
 * @param activation between the layers, see {@link Activations}
 * @param init the weights' first values, see {@link Initializers}; biases start at 0 then
 * @param loss see {@link Losses}
 * @param augment what changes the training data, see {@link AugmentName#parse}
 * @param mix what mixes it, see {@link Mix#parse}
 */
record Choices(Optional<String> activation, Optional<String> init, Optional<String> loss, Optional<String> augment,
    Optional<String> mix) {
  /** The losses for a task. Poisson's is left out: its network would tell the logarithm of what is asked for. */
  static List<String> losses(Task.Kind kind) {
    var labels = new ArrayList<String>(Losses.labels(Losses.Kind.valueOf(kind.name())));
    labels.remove(Losses.POISSON.label());
    return labels;
  }

  /**
   * The loss for a task.
   *
   * @throws AthanorException if the chosen one is for other tasks
   */
  Loss loss(Task task) {
    if (loss.isEmpty()) {
      return task.loss();
    }
    if (!losses(task.kind()).contains(loss.get())) {
      throw new AthanorException("--loss " + loss.get() + " is not for this data, which asks for " + task + "; expected one of "
          + String.join(", ", losses(task.kind())));
    }
    return Losses.of(loss.get()).create();
  }

  /**
   * The network with these choices made. It must not be initialized yet.
   *
   * @param network its name, for messages
   * @throws AthanorException if it has no activation to choose
   */
  Layer applied(String network, Layer model) {
    Layer chosen = activation.isEmpty() ? model : withActivation(network, model, Activations.of(activation.get()));
    init.ifPresent(name -> {
      Initializer weights = Initializers.of(name).get();
      for (Layer layer : chosen.layers().values()) {
        switch (layer) {
          case Linear linear -> linear.init(weights, Initializer.zeros());
          case Conv<?> convolution -> convolution.init(weights, Initializer.zeros());
          default -> { }
        }
      }
    });
    return chosen;
  }

  private static Layer withActivation(String network, Layer model, Activations activation) {
    var layers = new ArrayList<Layer>();
    int replaced = 0;
    if (model instanceof Sequential) {
      for (Layer layer : model.children().values()) {
        boolean one = layer instanceof Activation;
        layers.add(one ? activation.create() : layer);
        replaced += one ? 1 : 0;
      }
    }
    if (replaced == 0) {
      throw new AthanorException("the network " + network
          + " has no activation to choose: leave --activation out, or choose a chain of "
          + "layers such as --model mlp");
    }
    return new Sequential(layers);
  }

  /**
   * Refuses changes that are for images where there are none.
   *
   * @param example the shape of an example's features
   */
  void checkData(Shape example) {
    boolean images = example.rank() == 3;
    if (!images && augment.isPresent() && AugmentName.needsImages(augment.get())) {
      throw new AthanorException("--augment " + augment.get() + " is for images, but an example here is " + example
          + "; for any data there are noise, brightness and contrast");
    }
    if (!images && mix.isPresent() && Mix.parse(mix.get()).kind() == Mix.Kind.CUTMIX) {
      throw new AthanorException("--mix " + mix.get() + " is for images, but an example here is " + example
          + "; for any data there is mixup");
    }
  }

  /** Gives a trainer what changes its data. */
  void give(Trainer.Builder trainer) {
    augment.ifPresent(text -> trainer.augment(AugmentName.parse(text)));
    mix.ifPresent(text -> trainer.mix(Mix.parse(text)));
  }

  /** Puts what was chosen under its names. */
  void put(Map<String, Object> json) {
    activation.ifPresent(a -> json.put("activation", a));
    init.ifPresent(i -> json.put("init", i));
    loss.ifPresent(l -> json.put("loss", l));
    augment.ifPresent(a -> json.put("augment", a));
    mix.ifPresent(m -> json.put("mix", m));
  }

  static Choices fromJson(Map<?, ?> m) {
    return new Choices(Optional.ofNullable((String) m.get("activation")), Optional.ofNullable((String) m.get("init")),
        Optional.ofNullable((String) m.get("loss")), Optional.ofNullable((String) m.get("augment")),
        Optional.ofNullable((String) m.get("mix")));
  }
}
