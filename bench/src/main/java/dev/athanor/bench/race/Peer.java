package dev.athanor.bench.race;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The contestants, and how each one's Java is started. */
enum Peer {
  /** This toolkit: steps are plans, as the trainer runs them. */
  ATHANOR("dev.athanor.bench.race.Ours", false),
  /** This toolkit without plans, operation by operation. */
  WRITTEN("dev.athanor.bench.race.Ours", false),
  /** DJL with PyTorch. */
  DJL("dev.athanor.bench.peers.djl.Djl", true),
  /** PyTorch through JavaCPP. */
  PYTORCH("dev.athanor.bench.peers.pytorch.PyTorch", true),
  /** TensorFlow Java: its thread pool is its own and knows no policy. */
  TENSORFLOW("dev.athanor.bench.peers.tensorflow.TensorFlowJava", false),
  /** DL4J. */
  DL4J("dev.athanor.bench.peers.dl4j.Dl4j", true);

  private final String mainClass;
  private final boolean openMp;

  Peer(String mainClass, boolean openMp) {
    this.mainClass = mainClass;
    this.openMp = openMp;
  }

  String label() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  static Peer of(String label) {
    for (Peer p : values()) {
      if (p.label().equals(label)) {
        return p;
      }
    }
    throw new IllegalArgumentException("there is no contestant '" + label + "'; they are " + java.util.Arrays.stream(values())
        .map(
        Peer::label).toList());
  }

  /** Whether it is this toolkit, in one way or the other: no peer in the table's ratios. */
  boolean isOurs() {
    return this == ATHANOR || this == WRITTEN;
  }

  List<Runner.Policy> policies() {
    return openMp ? List.of(Runner.Policy.PASSIVE, Runner.Policy.SPINNING) : List.of(Runner.Policy.PASSIVE);
  }

  /**
   * The command line: the same JVM flags for all.
   *
   * @param peers the folder in which the peers were built
   */
  List<String> command(Path peers) {
    var command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC",
        "-Xmx2g",
        "--enable-native-access=ALL-UNNAMED", "--add-modules=jdk.incubator.vector", "-cp"));
    if (isOurs()) {
      command.add(System.getProperty("java.class.path"));
    } else {
      Path target = peers.resolve(label()).resolve("target");
      try {
        command.add(target.resolve("classes") + java.io.File.pathSeparator + Files.readString(target.resolve("classpath"))
            .strip());
      } catch (IOException e) {
        throw new UncheckedIOException(label() + " is not built: start the race with bench/race, or build bench/peers/pom.xml",
            e);
      }
    }
    command.add(mainClass);
    if (this == WRITTEN) {
      command.add(Ours.WRITTEN);
    }
    return command;
  }
}
