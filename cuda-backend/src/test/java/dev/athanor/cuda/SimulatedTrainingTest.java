package dev.athanor.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.backend.Backends;
import dev.athanor.data.Datasets;
import dev.athanor.data.LoadOptions;
import dev.athanor.loss.CrossEntropy;
import dev.athanor.nn.Activation;
import dev.athanor.nn.BatchNorm;
import dev.athanor.nn.Conv2d;
import dev.athanor.nn.Dropout;
import dev.athanor.nn.Flatten;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.nn.MaxPool2d;
import dev.athanor.nn.Sequential;
import dev.athanor.optim.Optimizer;
import dev.athanor.tensor.Device;
import dev.athanor.train.Callback;
import dev.athanor.train.Trainer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The program of the examples, some steps of it: handwritten digits, a convolutional network with batch normalisation and
 * dropout, Adam. The same seeds on the CPU backend and on the simulated device give the same batches, the same first weights and
 * the same dropout masks; what differs is rounding. It grows with each step, as Adam divides by the root of small second moments:
 * hence a tolerance of 1e-5 at first, and 1e-3 after {@value #STEPS} steps.
 */
class SimulatedTrainingTest {
  private static final int STEPS = 16;

  private static Layer network() {
    return new Sequential(
        new Conv2d(1, 6, 3).padding(1), new BatchNorm(6), Activation.relu(),
        new MaxPool2d(2),
        new Flatten(), new Dropout(0.2),
        new Linear(6 * 4 * 4, 24), Activation.tanh(),
        new Linear(24, 10));
  }

  private static List<Double> losses(Device device, boolean plans) {
    List<Double> losses = new ArrayList<>();
    var data = Datasets.load("digits", LoadOptions.none()).split(0);
    try (Layer model = network()) {
      Trainer trainer = Trainer.of(model.initialize(device, 1), new CrossEntropy(), m -> Optimizer.adam(m, 1e-2))
          .epochs(1).batch(16).seed(1).clipNorm(5).plans(plans).callback(new Callback() {
            @Override
            public void onStep(Run run) {
              losses.add(run.loss());
              if (losses.size() == STEPS) {
                run.trainer().stop();
              }
            }
          }).build();
      trainer.fit(data.train());
      trainer.close();
    }
    return losses;
  }

  /** By plans, which are captured graphs, and operation by operation; with Athanor's convolutions and with cuDNN's. */
  @ParameterizedTest(name = "plans {0}, cuDNN {1}")
  @CsvSource({"true, false", "true, true", "false, false"})
  void digitsTrainToTheLossesOfTheCpu(boolean plans, boolean cudnn) {
    List<Double> expected;
    try (Device cpu = Device.of(Backends.open("cpu"))) {
      expected = losses(cpu, plans);
    }
    List<Double> got;
    SimulatedMachine machine = SimulatedMachine.of(SimulatedCudaProvider.checks("all"));
    try (Device simulated = Device.of(SimulatedCudaProvider.open("cuda-sim", cudnn ? machine.withCudnn() : machine))) {
      got = losses(simulated, plans);
    }
    assertEquals(STEPS, got.size());
    for (int i = 0; i < STEPS; i++) {
      double tolerance = 1e-5 * Math.pow(100, (double) i / (STEPS - 1));
      assertEquals(expected.get(i), got.get(i), tolerance, "step " + (i + 1) + ": CPU " + expected + ", simulated " + got);
    }
    assertTrue(mean(got.subList(STEPS - 4, STEPS)) < 0.9 * mean(got.subList(0, 4)), got.toString());
  }

  private static double mean(List<Double> losses) {
    return losses.stream().mapToDouble(l -> l).average().orElseThrow();
  }

  @Test
  void theSameSeedGivesTheSameBitsCapturedOrNot() {
    try (Device simulated = Device.of(SimulatedCudaProvider.open(SimulatedCudaProvider.checks("none")))) {
      List<Double> once = losses(simulated, true);
      assertEquals(once, losses(simulated, true));
      assertEquals(once, losses(simulated, false));
    }
  }
}
