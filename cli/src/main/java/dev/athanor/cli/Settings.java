package dev.athanor.cli;

import dev.athanor.backend.OptimizerRule;
import dev.athanor.data.LoadOptions;
import dev.athanor.io.Json;
import dev.athanor.nn.Layer;
import dev.athanor.optim.Optimizer;
import dev.athanor.optim.OptimizerName;
import dev.athanor.optim.ParameterGroup;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything that decides how a training run goes. A run's checkpoint holds it, so that the run can be continued with nothing but
 * its folder.
 *
 * @param data the data set's name
 * @param dataDir the folder of its files, or empty
 * @param target the target column of a CSV file, or empty
 * @param model the network's name, see {@link dev.athanor.models.Models}
 * @param choices what else of it was chosen
 * @param epochs how often the training part is gone through
 * @param batch examples per step
 * @param learningRate the learning rate
 * @param optimizer one of {@link #OPTIMIZERS}
 * @param momentum for {@code sgd}, {@code momentum} and {@code nesterov}
 * @param weightDecay added to the gradients, or where the rule has it decoupled, apart from them
 * @param clipNorm the largest norm of the gradients, or 0 for any
 * @param seed of the split, the first weights, the examples' order and dropout
 * @param validation the share of the training part that is set aside to judge each epoch; 0 for none
 * @param patience epochs without improvement before training ends; negative: never
 * @param pace how the rate changes, and what becomes of the steps
 */
record Settings(String data, Optional<String> dataDir, Optional<String> target, String model, Choices choices, int epochs,
    int batch, double learningRate, String optimizer, double momentum, double weightDecay, double clipNorm, long seed,
    double validation, int patience, Pace pace) {
  /** The optimizers' names. */
  static final List<String> OPTIMIZERS = OptimizerName.labels();

  /** The same run, to be trained for another number of epochs. */
  Settings withEpochs(int number) {
    return new Settings(data, dataDir, target, model, choices, number, batch, learningRate, optimizer, momentum, weightDecay,
        clipNorm, seed, validation, patience, pace);
  }

  /** The same run, with its data in another folder. */
  Settings withDataDir(Path folder) {
    return new Settings(data, Optional.of(folder.toString()), target, model, choices, epochs, batch, learningRate, optimizer,
        momentum,
        weightDecay, clipNorm, seed, validation, patience, pace);
  }

  /** What to tell the data set's provider. */
  LoadOptions loadOptions() {
    return new LoadOptions(dataDir.map(Path::of), target);
  }

  /** The rule by which parameters change. */
  OptimizerRule rule() {
    OptimizerName name = OptimizerName.of(optimizer);
    return isSgd(optimizer) ? new OptimizerRule.Sgd(momentum, 0, name == OptimizerName.NESTEROV, weightDecay)
        : name.rule().withWeightDecay(weightDecay);
  }

  /** Whether an optimizer's momentum can be chosen. */
  static boolean isSgd(String optimizer) {
    return OptimizerName.of(optimizer).rule() instanceof OptimizerRule.Sgd;
  }

  /** The optimizer of a model. */
  Optimizer optimizer(Layer network) {
    return pace.noDecayOnBiases() ? new Optimizer(ParameterGroup.decayWeightsOnly(rule(), network), learningRate)
        : new Optimizer(rule(), learningRate, network);
  }

  /** As JSON. */
  String toJson() {
    var m = new LinkedHashMap<String, Object>();
    m.put("data", data);
    m.put("data_dir", dataDir.orElse(null));
    m.put("target", target.orElse(null));
    m.put("model", model);
    choices.put(m);
    m.put("epochs", epochs);
    m.put("batch", batch);
    m.put("learning_rate", learningRate);
    m.put("optimizer", optimizer);
    m.put("momentum", momentum);
    m.put("weight_decay", weightDecay);
    m.put("clip_norm", clipNorm);
    m.put("seed", seed);
    m.put("validation", validation);
    m.put("patience", patience);
    m.putAll(pace.toMap());
    return Json.write(m);
  }

  static Settings fromJson(Map<?, ?> m) {
    return new Settings((String) m.get("data"), Optional.ofNullable((String) m.get("data_dir")),
        Optional.ofNullable((String) m.get("target")), (String) m.get("model"), Choices.fromJson(m), whole(m, "epochs"), whole(m,
        "batch"),
        Json.toDouble(m.get("learning_rate")), (String) m.get("optimizer"), Json.toDouble(m.get("momentum")),
        Json.toDouble(m.get("weight_decay")), Json.toDouble(m.get("clip_norm")), (Long) m.get("seed"),
        Json.toDouble(m.get("validation")), whole(m, "patience"),
        Pace.fromMap(m, whole(m, "epochs")));
  }

  private static int whole(Map<?, ?> m, String key) {
    return Math.toIntExact((Long) m.get(key));
  }
}
