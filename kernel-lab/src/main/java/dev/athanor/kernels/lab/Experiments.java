package dev.athanor.kernels.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Every experiment the laboratory knows. */
public final class Experiments {
  /** The sizes every kernel must get right: nothing, one, either side of a warp, just short of a tile. */
  public static final List<Integer> AWKWARD = List.of(0, 1, 31, 33, 1023);
  /** Over a million elements with a ragged end. */
  public static final int LARGE = (1 << 20) + 7;

  private static final List<Experiment> ALL = new ArrayList<>();

  static {
    ALL.addAll(ElementwiseExperiments.all());
    ALL.addAll(BiasExperiments.all());
    ALL.addAll(ReduceExperiments.all());
    ALL.addAll(SoftmaxExperiments.all());
    ALL.addAll(BatchNormExperiments.all());
    ALL.addAll(NormExperiments.all());
    ALL.addAll(RandomExperiments.all());
    ALL.addAll(OptimizerExperiments.all());
    ALL.addAll(GradientExperiments.all());
    ALL.addAll(CopyExperiments.all());
    ALL.addAll(IndexingExperiments.all());
    ALL.addAll(OrderExperiments.all());
    ALL.addAll(WindowExperiments.all());
    ALL.addAll(ResamplingExperiments.all());
  }

  private Experiments() {}

  /** All of them, family by family. */
  public static List<Experiment> all() {
    return List.copyOf(ALL);
  }

  /** Those whose kernel, or kernel and variant, matches a pattern with {@code *} for any characters. */
  public static List<Experiment> matching(String glob) {
    Pattern pattern = glob(glob);
    return ALL.stream().filter(e -> pattern.matcher(e.kernel().entry()).matches() || pattern.matcher(e.name()).matches())
        .toList();
  }

  static Pattern glob(String glob) {
    StringBuilder regex = new StringBuilder();
    for (String part : glob.split("\\*", -1)) {
      regex.append(regex.isEmpty() ? "" : ".*").append(part.isEmpty() ? "" : Pattern.quote(part));
      if (regex.isEmpty()) {
        regex.append("(?:)");
      }
    }
    return Pattern.compile(regex.toString());
  }
}
