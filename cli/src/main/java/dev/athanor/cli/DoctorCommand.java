package dev.athanor.cli;

import dev.athanor.AthanorException;
import dev.athanor.backend.Availability;
import dev.athanor.backend.Backends;
import dev.athanor.backend.Finding;
import dev.athanor.data.Datasets;
import dev.athanor.data.DatasetProvider;
import dev.athanor.data.LoadOptions;
import dev.athanor.data.LoadedData;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Looks at Java, the machine, each device and the data sets, and says what to do where something is missing. */
@Command(name = "doctor",
    description = {"Checks Java, this machine, each device (usable, or why not and what to do) and the data sets.",
      "The exit code is 0 if a model can be trained here, 1 if not."}, footer = {"%nExample:", "  athanor doctor"})
final class DoctorCommand implements Callable<Integer> {
  private static final String CUDA = "cuda";

  @Spec private CommandSpec spec;

  private PrintWriter out;

  @Override
  public Integer call() {
    out = spec.commandLine().getOut();
    out.println("Athanor " + AthanorCommand.Version.athanor());
    boolean java = java();
    machine();
    boolean device = devices(Backends.candidates());
    datasets();
    out.println();
    out.println(java && device ? "Ready: ./athanor train" : "Not ready: mend what is marked NO above.");
    return java && device ? Main.DONE : Main.FAILED;
  }

  private boolean java() {
    head("Java");
    var version = Runtime.version();
    boolean old = version.feature() < 25 || version.feature() == 25 && version.interim() == 0 && version.update() < 3;
    line(!old, "Java " + version + ", " + System.getProperty("java.vendor") + ", " + System.getProperty("java.home"));
    if (old) {
      remedy("install a JDK 25, at least 25.0.3: before that the collector may move arrays that native code has pinned");
    }
    boolean vector = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    line(vector, vector ? "Vector API" : "Vector API: the module jdk.incubator.vector is not loaded");
    if (!vector) {
      remedy("start Java with --add-modules jdk.incubator.vector, as the launcher does");
    }
    note("heap at most " + InfoCommand.size(Runtime.getRuntime().maxMemory()));
    return !old && vector;
  }

  private void machine() {
    head("Machine");
    note(System.getProperty("os.name") + " " + System.getProperty("os.version") + ", " + System.getProperty("os.arch"));
    Processor cpu = Processor.ofThisMachine();
    note(cpu.name() + ", " + Runtime.getRuntime().availableProcessors() + " cores for this process");
    if (!cpu.features().isEmpty()) {
      note("vector features: " + String.join(" ", cpu.features()));
    }
  }

  /** Prints devices to a writer. */
  static void print(List<Backends.Candidate> candidates, PrintWriter out) {
    DoctorCommand doctor = new DoctorCommand();
    doctor.out = out;
    doctor.devices(candidates);
  }

  private boolean devices(List<Backends.Candidate> candidates) {
    head("Devices, the best first");
    boolean any = false;
    boolean cuda = false;
    for (Backends.Candidate c : candidates) {
      String name = c.provider().name();
      cuda |= name.equals(CUDA);
      switch (c.availability()) {
        case Availability.Usable usable -> {
          any = true;
          line(true, name + ": " + usable.detail());
        }
        case Availability.Unusable no -> {
          line(false, name + ": " + no.reason());
          remedy(no.remedy());
        }
      }
      parts(c);
    }
    if (!cuda) {
      line(false, "cuda: this build has no CUDA backend");
      remedy("nothing is needed to train on the CPU");
    }
    if (!any) {
      remedy("put athanor-cpu on the class path; the launcher does");
    }
    return any;
  }

  /** What a device is made of; without what was said of the device itself. */
  private void parts(Backends.Candidate candidate) {
    String said = candidate.availability() instanceof Availability.Unusable no ? no.reason() : "";
    for (Finding f : candidate.provider().examine()) {
      if (f.text().equals(said)) {
        continue;
      }
      out.println((f.good() ? "        ok  " : "        NO  ") + f.text());
      if (!f.good()) {
        out.println("            -> " + f.remedy());
      }
    }
  }

  private void datasets() {
    head("Data sets");
    for (DatasetProvider.Entry entry : Datasets.list()) {
      if (entry.name().contains(":")) {
        note(entry.name() + ": " + entry.description());
        continue;
      }
      try {
        LoadedData data = Datasets.load(entry.name(), LoadOptions.none());
        int examples = data.data().size() + data.ownTest().map(t -> t.size()).orElse(0);
        line(true, String.format(Locale.ROOT, "%s: %,d examples, each %s", entry.name(), examples, data.data().featureShape()));
      } catch (AthanorException e) {
        line(false, e.getMessage().startsWith(entry.name()) ? e.getMessage() : entry.name() + ": " + e.getMessage());
      }
    }
  }

  private void head(String title) {
    out.println();
    out.println(title);
  }

  private void line(boolean ok, String text) {
    out.println((ok ? "  ok  " : "  NO  ") + text);
  }

  private void note(String text) {
    out.println("      " + text);
  }

  private void remedy(String text) {
    out.println("      -> " + text);
  }
}
