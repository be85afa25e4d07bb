package dev.athanor.cuda;

import dev.athanor.AthanorException;
import dev.athanor.backend.Availability;
import dev.athanor.backend.Backend;
import dev.athanor.backend.BackendProvider;
import dev.athanor.ptx.Check;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * Offers the CUDA backend on the simulator under the name {@code cuda-sim}: for looking at what a program does on a GPU without
 * one. Never chosen by {@code auto}. The system property {@code athanor.cuda.sim.checks} says what is checked beside bounds and
 * alignment: {@code all}, {@code none} (the default; races and reads of unwritten memory cost most of the time), or names of
 * {@link Check} with commas between. {@code athanor.cuda.sim.memory} is the memory of each device, such as {@code 64M} (16G by
 * default), {@code athanor.cuda.sim.elsewhere} how much of it another process seems to hold, {@code athanor.cuda.sim.devices} how
 * many devices there are (1).
 * With {@code athanor.cuda.cudnn} set to {@code on} each has a cuDNN, by plain loops; else convolutions run Athanor's kernels.
 */
public final class SimulatedCudaProvider implements BackendProvider {
  /** For {@link java.util.ServiceLoader}. */
  public SimulatedCudaProvider() {}

  @Override
  public String name() {
    return "cuda-sim";
  }

  @Override
  public int rank() {
    return -10;
  }

  @Override
  public Availability probe() {
    return new Availability.Usable("CUDA kernels run by a simulator on the CPU; for looking and testing, far slower than cpu");
  }

  @Override
  public Backend open(int index) {
    SimulatedMachine machine = SimulatedMachine.fromProperties();
    if (index >= machine.devices()) {
      throw new AthanorException("device cuda-sim:" + index + " does not exist: " + (machine.devices() == 1
          ? "there is one simulated device, cuda-sim (or cuda-sim:0); athanor.cuda.sim.devices makes more"
          : "there are cuda-sim:0 to cuda-sim:" + (machine.devices() - 1)));
    }
    return open(index == 0 ? "cuda-sim" : "cuda-sim:" + index, machine);
  }

  static CudaBackend open(String name, SimulatedMachine machine) {
    return new CudaBackend(name, new SimulatedGpu(machine));
  }

  /** The backend on a simulated device with these checks, without cuDNN. */
  static CudaBackend open(Set<Check> checks) {
    return open("cuda-sim", SimulatedMachine.of(checks));
  }

  static Set<Check> checks(String names) {
    if (names.equals("all")) {
      return EnumSet.complementOf(EnumSet.of(Check.COUNTERS));
    }
    EnumSet<Check> checks = EnumSet.noneOf(Check.class);
    if (!names.equals("none")) {
      for (String name : names.split(",")) {
        try {
          checks.add(Check.valueOf(name.strip().toUpperCase(Locale.ROOT)));
        } catch (IllegalArgumentException e) {
          throw new AthanorException("athanor.cuda.sim.checks: there is no check '" + name.strip()
              + "': expected all, none, or some of " + EnumSet.allOf(Check.class), e);
        }
      }
    }
    return checks;
  }
}
