package dev.athanor.backend;

import dev.athanor.AthanorException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;

/** Finds backends and opens the one asked for. A device chosen by name and not usable is an error, never a fall-back. */
public final class Backends {
  private static final Logger LOG = System.getLogger("dev.athanor.backend");

  private Backends() {}

  /**
   * A provider and its answer.
   *
   * @param provider who was asked
   * @param availability what it said
   */
  public record Candidate(BackendProvider provider, Availability availability) {}

  /**
   * What {@code auto} chose.
   *
   * @param backend the opened backend
   * @param reason one line: what was chosen, and why better ones were passed over
   */
  public record Choice(Backend backend, String reason) {}

  /** Every provider found, best rank first, with its answer. */
  public static List<Candidate> candidates() {
    var found = new ArrayList<Candidate>();
    for (BackendProvider p : providers()) {
      found.add(new Candidate(p, p.probe()));
    }
    return found;
  }

  private static List<BackendProvider> providers() {
    var found = new ArrayList<BackendProvider>();
    ServiceLoader.load(BackendProvider.class).forEach(found::add);
    found.sort(Comparator.comparingInt(BackendProvider::rank).reversed().thenComparing(BackendProvider::name));
    return found;
  }

  /**
   * Opens a backend by name, {@code auto} for the best usable one. Logs one line (level INFO) about what {@code auto} chose.
   *
   * @throws AthanorException if the name is unknown or the device cannot be used, with the reason and the remedy
   */
  public static Backend open(String name) {
    if (!name.equals("auto")) {
      return openNamed(name);
    }
    Choice choice = auto();
    LOG.log(Level.INFO, choice.reason());
    return choice.backend();
  }

  /** Opens the usable backend of the highest rank and says why. */
  public static Choice auto() {
    JavaVersion.check();
    var passedOver = new StringBuilder();
    for (BackendProvider p : providers()) {
      if (p.rank() < 0) {
        continue;
      }
      switch (p.probe()) {
        case Availability.Usable usable -> {
          Backend backend = p.open(0);
          return new Choice(backend, "using " + backend.name() + " (" + usable.detail() + ")" + passedOver);
        }
        case Availability.Unusable no -> passedOver.append("; ").append(p.name()).append(" passed over: ").append(no.reason());
      }
    }
    throw new AthanorException("no usable device was found" + passedOver + ". Put athanor-cpu on the class path");
  }

  private static Backend openNamed(String name) {
    JavaVersion.check();
    int colon = name.indexOf(':');
    String kind = colon < 0 ? name : name.substring(0, colon);
    int index = colon < 0 ? 0 : index(name, name.substring(colon + 1));
    var names = new ArrayList<String>();
    for (BackendProvider p : providers()) {
      names.add(p.name());
      if (p.name().equals(kind)) {
        return switch (p.probe()) {
          case Availability.Usable usable -> p.open(index);
          case Availability.Unusable no -> throw new AthanorException("device " + name + " cannot be used: " + no.reason() + ". "
              + no.remedy());
        };
      }
    }
    throw new AthanorException(kind.equals("cuda") && !names.contains("cuda")
        ? "device cuda cannot be used: the CUDA backend is not on the class path. Add athanor-cuda, or choose --device cpu"
        : "unknown device '" + name + "': expected auto" + (names.isEmpty() ? "" : " or one of " + names));
  }

  private static int index(String name, String digits) {
    try {
      int i = Integer.parseInt(digits);
      if (i >= 0) {
        return i;
      }
    } catch (NumberFormatException e) {
      // Falls through to the error below.
    }
    throw new AthanorException("unknown device '" + name + "': after the colon a number from 0 is expected, as in cuda:1");
  }
}
