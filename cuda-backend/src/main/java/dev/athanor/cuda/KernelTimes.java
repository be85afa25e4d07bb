package dev.athanor.cuda;

import dev.athanor.AthanorException;
import dev.athanor.tensor.Device;
import java.util.List;

/**
 * Says what each piece of a program's work takes on a device: kernels, matrix products, convolutions, copies and fills.
 *
 * <pre>{@code
 * try (KernelTimes times = KernelTimes.open("cuda")) {
 *   Device device = times.device();
 *   …
 *   step();                              // loads what it needs
 *   for (KernelTimes.Work work : times.of(() -> step())) {
 *     System.out.println(work);
 *   }
 * }
 * }</pre>
 *
 * <p>Each piece runs many times over, alone, in a captured graph; its time is that of one copy there, with the step from one piece
 * to the next (about a microsecond). So a step that is replayed as one graph takes about the sum of its pieces, and what it takes
 * more is time in which the device had nothing to do. Uploads and downloads are not among the pieces. Numbers computed in a timed
 * step are of no use, since pieces that work in place did so many times.
 */
public final class KernelTimes implements AutoCloseable {
  private final TimedGpu gpu;
  private final Device device;

  /**
   * A piece of work.
   *
   * @param name the kernel, or what a library was asked for
   * @param blocks of the kernel's grid; 0 where it is no kernel of Athanor's
   * @param nanos what it takes
   */
  public record Work(String name, int blocks, double nanos) {}

  private KernelTimes(TimedGpu gpu, String name) {
    this.gpu = gpu;
    this.device = Device.of(new CudaBackend(name, gpu));
  }

  /**
   * Opens a device for it.
   *
   * @param name {@code cuda} or {@code cuda:1} and so on; or {@code cuda-sim}, whose times are those of the simulator
   * @throws AthanorException if there is no such device or it cannot be used
   */
  public static KernelTimes open(String name) {
    if (name.equals("cuda-sim")) {
      return new KernelTimes(new TimedGpu(new SimulatedGpu(SimulatedMachine.fromProperties()), 2, 1), name);
    }
    if (!name.matches("cuda(:\\d{1,3})?")) {
      throw new AthanorException("kernel times of '" + name + "': expected cuda, cuda:1 and so on, or cuda-sim");
    }
    int index = name.equals("cuda") ? 0 : Integer.parseInt(name.substring(5));
    return new KernelTimes(new TimedGpu(CudaProvider.gpu(index), 40, 5), name);
  }

  /** The device, which runs as any other while nothing is timed. */
  public Device device() {
    return device;
  }

  /** The pieces of a step, in order; the step is run. Run it once before: kernels are loaded when they are first used. */
  public List<Work> of(Runnable step) {
    List<Work> pieces;
    device.synchronize();
    gpu.start();
    try {
      step.run();
    } finally {
      pieces = gpu.stop();
    }
    device.synchronize();
    return pieces;
  }

  /** Closes the device. */
  @Override
  public void close() {
    device.close();
  }
}
