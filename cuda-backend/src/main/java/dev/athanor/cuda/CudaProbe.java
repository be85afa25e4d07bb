package dev.athanor.cuda;

import dev.athanor.backend.Availability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.JCudaDriver;

/**
 * Finds out, from the cheapest question to the dearest, whether a GPU can be used. Nothing of JCuda is touched without a driver.
 */
final class CudaProbe {
  /** What the driver leaves on Linux, and on Windows' Linux. */
  static final List<Path> DEVICE_FILES = List.of(Path.of("/dev/nvidiactl"), Path.of("/dev/dxg"));
  /** CUDA 12.0: what JCuda's libraries were built with. */
  static final int LEAST_DRIVER = 12_000;
  /** sm_75 (Turing): what the kernels are built for. */
  static final int LEAST_CAPABILITY = 75;

  private CudaProbe() {}

  static Availability probe(String system, String architecture, List<Path> deviceFiles) {
    if (!system.startsWith("Linux") || !architecture.equals("amd64")) {
      return no("the CUDA backend runs on Linux on x86-64, not on " + system + " on " + architecture,
          "For the GPU use Linux on x86-64, also inside Windows (WSL 2)");
    }
    if (deviceFiles.stream().noneMatch(Files::exists)) {
      return no("there is no NVIDIA GPU or no driver for it (neither " + deviceFiles.getFirst() + " nor " + deviceFiles.getLast()
          + " exists)",
          "If the machine has an NVIDIA GPU, install its driver, version 525 or later; start a container with --gpus all");
    }
    try {
      JCudaLibraries.loadDriver();
    } catch (LinkageError | IOException e) {
      return no("the CUDA driver's library could not be loaded (" + reason(e) + ")",
          "Install the NVIDIA driver's libcuda.so.1, and keep JCuda's jars with natives for linux-x86_64 on the class path");
    }
    return driver();
  }

  private static Availability driver() {
    int status = JCudaDriver.cuInit(0);
    if (status != 0) {
      return no("the CUDA driver does not start (" + JCudaGpu.error(status) + ")",
          "See what nvidia-smi says; after an update of the driver, restart the machine");
    }
    int[] version = {0};
    int[] count = {0};
    JCudaDriver.cuDriverGetVersion(version);
    if (version[0] < LEAST_DRIVER) {
      return no("the NVIDIA driver is too old: it offers CUDA " + text(version[0]) + ", and 12.0 is needed",
          "Install driver 525 or later");
    }
    status = JCudaDriver.cuDeviceGetCount(count);
    if (status != 0 || count[0] == 0) {
      return no("the CUDA driver sees no GPU", "Check CUDA_VISIBLE_DEVICES; start a container with --gpus all");
    }
    CUdevice device = new CUdevice();
    JCudaDriver.cuDeviceGet(device, 0);
    int capability = capability(device);
    if (capability < LEAST_CAPABILITY) {
      return no("the GPU " + name(device) + " has compute capability " + capability / 10 + "." + capability % 10
          + ", and 7.5 (Turing) is needed", "Use a newer GPU");
    }
    try {
      JCudaLibraries.loadCublas();
    } catch (LinkageError | IOException e) {
      return no("cuBLAS 12 could not be loaded (" + reason(e) + ")",
          "Install CUDA 12's cuBLAS (libcublas.so.12 and libcublasLt.so.12), "
          + "and put its folder on LD_LIBRARY_PATH or name it by -Dathanor.cuda.libraries=FOLDER");
    }
    return new Availability.Usable(describe(device) + ", driver for CUDA " + text(version[0])
        + (count[0] > 1 ? ", " + count[0] + " GPUs" : ""));
  }

  private static Availability no(String reason, String remedy) {
    return new Availability.Unusable(reason, remedy + "; or choose --device cpu");
  }

  /** The line of JCuda's long messages that says what is missing. */
  static String reason(Throwable e) {
    String message = String.valueOf(e.getMessage());
    return message.lines().map(String::strip).filter(l -> l.contains("cannot open") || l.contains("undefined symbol")).findFirst()
        .map(l -> l.substring(l.lastIndexOf(".so: ") < 0 ? 0 : l.lastIndexOf(".so: ") + 5))
        .orElseGet(() -> message.lines().findFirst().orElse(e.getClass().getSimpleName()));
  }

  /** A version as CUDA counts: 12060 is 12.6. */
  static String text(int version) {
    return version / 1000 + "." + version % 1000 / 10;
  }

  static int capability(CUdevice device) {
    int[] major = {0};
    int[] minor = {0};
    JCudaDriver.cuDeviceGetAttribute(major, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, device);
    JCudaDriver.cuDeviceGetAttribute(minor, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, device);
    return 10 * major[0] + minor[0];
  }

  static String name(CUdevice device) {
    byte[] name = new byte[256];
    JCudaDriver.cuDeviceGetName(name, name.length, device);
    return new String(name, java.nio.charset.StandardCharsets.UTF_8).split("\0", 2)[0].strip();
  }

  /** The GPU's name, memory and compute capability. */
  static String describe(CUdevice device) {
    long[] bytes = {0};
    JCudaDriver.cuDeviceTotalMem(bytes, device);
    int capability = capability(device);
    return name(device) + ", " + Math.round(bytes[0] / 0x1p30) + " GiB, compute capability " + capability / 10 + "."
        + capability % 10;
  }
}
