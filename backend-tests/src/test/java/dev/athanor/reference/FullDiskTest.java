package dev.athanor.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.athanor.AthanorException;
import dev.athanor.data.ArrayDataset;
import dev.athanor.loss.MeanSquaredError;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.optim.Optimizer;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Shape;
import dev.athanor.train.Callback;
import dev.athanor.train.History;
import dev.athanor.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that fills up, or becomes read-only, during a run: one clear message, and the old checkpoint is whole. */
class FullDiskTest {
  @TempDir Path folder;

  /** What happens to the disk after the first epoch's checkpoint. */
  private interface Accident {
    void happen(Path disk) throws Exception;
  }

  @Test
  void fullDisk() throws Exception {
    train(disk -> {
      // All but what a small file beside the checkpoint takes: creating the temporary file works, writing it does not.
      Path filler = disk.resolve("filler");
      try (var out = Files.newOutputStream(filler)) {
        while (true) {
          out.write(new byte[4096]);
        }
      } catch (IOException _) {
        assertTrue(Files.size(filler) > 0);
      }
    }, "the disk is full (No space left on device); free some space", "filler");
  }

  @Test
  void readOnlyDisk() throws Exception {
    train(disk -> assertEquals(0, exit("mount", "-o", "remount,ro", disk.toString())), "is read-only; choose another path",
        "run");
  }

  private void train(Accident accident, String reason, String left) throws Exception {
    Path disk = mount();
    try {
      Path file = disk.resolve("run");
      byte[][] old = new byte[1][];
      float[] x = new float[64 * 100];
      ArrayDataset data = ArrayDataset.values("zeros", x, Shape.of(100), new float[64], Shape.of(1));
      try (Device device = Device.open("reference"); Layer model = new Linear(100, 1).initialize(device, 1);
          Trainer trainer = Trainer.of(model, new MeanSquaredError(), m -> Optimizer.adam(m, 0.1)).batch(32).epochs(5)
              .checkpoint(file)
              .callback(new Callback() {
                @Override
                public void onEpoch(Run run, History.Epoch epoch) {
                  if (epoch.number() == 2) {
                    try {
                      old[0] = Files.readAllBytes(file);
                      accident.happen(disk);
                    } catch (Exception e) {
                      throw new IllegalStateException(e);
                    }
                  }
                }
              }).build()) {
        var e = assertThrows(AthanorException.class, () -> trainer.fit(data));
        for (String part : List.of("training stopped at step 4, since its checkpoint cannot be written: cannot write " + file,
            reason,
            "The file that was there is untouched")) {
          assertTrue(e.getMessage().contains(part), () -> part + " in: " + e.getMessage());
        }
      }
      assertArrayEquals(old[0], Files.readAllBytes(file));
      try (Stream<Path> files = Files.list(disk)) {
        assertEquals(Stream.of("run", left).distinct().sorted().toList(), files.map(f -> f.getFileName().toString()).sorted()
            .toList());
      }
    } finally {
      assertEquals(0, exit("umount", disk.toString()));
    }
  }

  private Path mount() throws Exception {
    assumeTrue(System.getProperty("os.name").equals("Linux"), "needs Linux: mounts a tmpfs");
    Path disk = Files.createDirectory(folder.resolve("disk"));
    assumeTrue(exit("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk.toString()) == 0, "this user may not mount a tmpfs");
    return disk;
  }

  private static int exit(String... command) throws Exception {
    return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start()
        .waitFor();
  }
}
