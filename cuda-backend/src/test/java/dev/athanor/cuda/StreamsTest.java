package dev.athanor.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.backend.Buffer;
import dev.athanor.cuda.SimulatedStreams.Order;
import dev.athanor.cuda.SimulatedStreams.Stream;
import dev.athanor.data.Datasets;
import dev.athanor.data.LoadOptions;
import dev.athanor.loss.CrossEntropy;
import dev.athanor.nn.Activation;
import dev.athanor.nn.Flatten;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.nn.Sequential;
import dev.athanor.optim.Optimizer;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import dev.athanor.tensor.Upload;
import dev.athanor.train.Callback;
import dev.athanor.train.Trainer;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two streams: what is ordered, what is not, and that a wait that is missing shows. */
class StreamsTest {
  private static CudaBackend backend(Order order, String checks) {
    return SimulatedCudaProvider.open("cuda-sim", SimulatedMachine.of(SimulatedCudaProvider.checks(checks)).with(order));
  }

  @ParameterizedTest
  @EnumSource
  void uploadsBesideTheComputationGiveTheSameInEveryOrder(Order order) {
    try (Device device = Device.of(backend(order, "all"))) {
      float[] bytes = {1, 2, 3, 4};
      float total = 0;
      Tensor weights = device.ones(4).persist();
      Upload next = device.upload(MemorySegment.ofArray(bytes), DType.FLOAT32, Shape.of(4));
      for (int step = 1; step <= 5; step++) {
        try (Upload batch = next; Scope _ = device.scope()) {
          Tensor x = batch.tensor();
          bytes[0] = 1 + step; // the source may change
          next = device.upload(MemorySegment.ofArray(bytes), DType.FLOAT32, Shape.of(4));
          Tensor y = x.mul(weights).sum();
          weights.addInPlace(device.ones(4));
          total += y.item() - step * (step + 9);
        }
      }
      next.close();
      assertEquals(0, total);
    }
  }

  private static List<Double> losses(Order order) {
    List<Double> losses = new ArrayList<>();
    CudaBackend backend = backend(order, "unwritten");
    try (Device device = Device.of(backend);
        Layer model = new Sequential(new Flatten(), new Linear(64, 4), Activation.tanh(), new Linear(4, 10))) {
      Trainer trainer = Trainer.of(model.initialize(device, 1), new CrossEntropy(), m -> Optimizer.adam(m, 1e-2))
          .epochs(2).batch(300).seed(1).callback(new Callback() {
            @Override
            public void onStep(Run run) {
              losses.add(run.loss());
            }
          }).build();
      trainer.fit(Datasets.load("digits", LoadOptions.none()).split(0).train());
      trainer.close();
      assertTrue(((SimulatedGpu) backend.stream().gpu()).uploadsAhead() > 0, "no batch was sent ahead");
    }
    return losses;
  }

  @Test
  void trainingGivesTheSameBitsInEveryOrder() {
    List<Double> given = losses(Order.AS_GIVEN);
    assertTrue(given.size() > 6 && given.getLast() < given.getFirst(), given::toString);
    assertEquals(given, losses(Order.COPIES_LATE));
    assertEquals(given, losses(Order.COMPUTE_LATE));
  }

  @Test
  void aMissingWaitForTheUploadIsCaught() {
    try (CudaBackend backend = backend(Order.COPIES_LATE, "all")) {
      Buffer x = backend.allocate(16);
      backend.uploadAhead(MemorySegment.ofArray(new float[] {1, 2, 3, 4}), x, 0);
      Buffer y = backend.allocate(16);
      backend.stream().copy(((CudaBuffer) x).address(), ((CudaBuffer) y).address(), 16); // nobody waited
      assertThrows(RuntimeException.class, () -> backend.download(y, 0, MemorySegment.ofArray(new float[4])));
    }
    try (CudaBackend backend = backend(Order.COPIES_LATE, "all")) {
      Buffer x = backend.allocate(16);
      long ticket = backend.uploadAhead(MemorySegment.ofArray(new float[] {1, 2, 3, 4}), x, 0);
      Buffer y = backend.allocate(16);
      backend.awaitUpload(ticket);
      backend.stream().copy(((CudaBuffer) x).address(), ((CudaBuffer) y).address(), 16);
      float[] got = new float[4];
      backend.download(y, 0, MemorySegment.ofArray(got));
      assertArrayEquals(new float[] {1, 2, 3, 4}, got);
    }
  }

  @Test
  void aMissingWaitForTheComputationIsCaught() {
    for (boolean waits : new boolean[] {true, false}) {
      SimulatedStreams streams = new SimulatedStreams(Order.COMPUTE_LATE);
      List<String> done = new ArrayList<>();
      streams.add(Stream.COMPUTE, () -> done.add("read"));
      if (waits) {
        streams.await(Stream.COPIES, streams.record(Stream.COMPUTE));
      }
      streams.add(Stream.COPIES, () -> done.add("overwrite"));
      streams.finish();
      assertEquals(waits ? List.of("read", "overwrite") : List.of("overwrite", "read"), done);
    }
  }

  @Test
  void workAfterAFaultNeverRuns() {
    SimulatedStreams streams = new SimulatedStreams(Order.AS_GIVEN);
    List<String> done = new ArrayList<>();
    streams.add(Stream.COMPUTE, () -> {
      throw new IllegalStateException("planted");
    });
    streams.add(Stream.COMPUTE, () -> done.add("later"));
    assertThrows(IllegalStateException.class, streams::finish);
    assertEquals(List.of(), done);
  }
}
