package dev.athanor.bench.gpu;

import dev.athanor.backend.DeviceMemory;
import dev.athanor.bench.track.Case;
import dev.athanor.tensor.Device;

/** 10,000 training steps, eager and then captured: after the first of each, the device gives no byte more. */
final class Flatness {
  private Flatness() {}

  static void run(Setting setting, Results results) {
    int steps = setting.of(10_000, 40);
    Case c = setting.quick() ? Network.compared(true).getFirst() : Case.of("mlp-32");
    try (Device device = Device.open(setting.device()); var network = new Network(device, c)) {
      flat(results, device, c.name() + " eager", steps, network::eager);
      flat(results, device, c.name() + " captured", steps, network::captured);
    }
  }

  private static void flat(Results results, Device device, String name, int steps, Runnable step) {
    int settled = steps / 100 + 5;
    long heldThen = 0;
    long freeThen = 0;
    DeviceMemory memory = DeviceMemory.UNKNOWN;
    for (int i = 1; i <= steps; i++) {
      step.run();
      if (i == settled || i % (steps / 4) == 0) {
        device.synchronize();
        memory = device.deviceMemory();
        results.row("Device bytes", "run", name, "step", i, "held", memory.held(), "free", memory.free(), "live",
            device.memory().live());
        if (i == settled) {
          heldThen = memory.held();
          freeThen = memory.free();
        }
      }
    }
    results.check(name + ", " + steps + " steps", memory.held() == heldThen && memory.free() == freeThen, "held "
        + heldThen + " bytes after step " + settled + " and " + memory.held() + " at the end; free by the device's own account "
        + freeThen + " and " + memory.free());
  }
}
