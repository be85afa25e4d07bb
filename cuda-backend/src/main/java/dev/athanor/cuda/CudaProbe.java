package dev.athanor.cuda;

import dev.athanor.AthanorException;
import dev.athanor.backend.Availability;
import dev.athanor.backend.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds out, from the cheapest question to the dearest, whether a GPU can be used. Nothing of JCuda is touched without a driver.
 *
 * @param system the operating system's name, as Java gives it
 * @param architecture the processor's
 * @param deviceFiles files one of which a driver leaves
 * @param parts who answers for driver, GPUs and libraries
 */
record CudaProbe(String system, String architecture, List<Path> deviceFiles, CudaParts parts) {
  /** What the driver leaves on Linux, and on Windows' Linux. */
  static final List<Path> DEVICE_FILES = List.of(Path.of("/dev/nvidiactl"), Path.of("/dev/dxg"));
  /** CUDA 12.0: what JCuda's libraries were built with. */
  static final int LEAST_DRIVER = 12_000;
  /** sm_75 (Turing): what the kernels are built for. */
  static final int LEAST_CAPABILITY = 75;
  private static final int LEAST_CUBLAS = 12;
  private static final int LEAST_CUDNN = 90_000;
  private static final String NEWER_DRIVER = "Install driver 525 or later";

  /** Of this machine. */
  static CudaProbe here() {
    return new CudaProbe(System.getProperty("os.name"), System.getProperty("os.arch"), DEVICE_FILES, new JCudaParts());
  }

  /** Something that keeps the GPU from being used, and what to do. */
  private record Fault(String reason, String remedy) {}

  /** Whether device {@code cuda} can be used. */
  Availability probe() {
    Fault fault = machine();
    if (fault == null) {
      fault = driver();
    }
    if (fault == null) {
      fault = cards();
    }
    if (fault == null) {
      fault = cublas();
    }
    if (fault != null) {
      return new Availability.Unusable(fault.reason, fault.remedy + "; or choose --device cpu");
    }
    int count = parts.devices();
    return new Availability.Usable(parts.card(0).describe() + ", driver for CUDA " + text(parts.driverVersion())
        + (count > 1 ? ", " + count + " GPUs" : ""));
  }

  private Fault machine() {
    if (!system.startsWith("Linux") || !architecture.equals("amd64")) {
      return new Fault("the CUDA backend runs on Linux on x86-64, not on " + system + " on " + architecture,
          "For the GPU use Linux on x86-64, also inside Windows (WSL 2)");
    }
    if (deviceFiles.stream().noneMatch(Files::exists)) {
      return new Fault("there is no NVIDIA GPU or no driver for it (neither " + deviceFiles.getFirst() + " nor "
          + deviceFiles.getLast() + " exists)",
          "If the machine has an NVIDIA GPU, install its driver, version 525 or later; start a container with --gpus all");
    }
    return null;
  }

  private Fault driver() {
    try {
      parts.loadDriver();
    } catch (LinkageError | IOException e) {
      return new Fault("the CUDA driver's library could not be loaded (" + reason(e) + ")",
          "Install the NVIDIA driver's libcuda.so.1, and keep JCuda's jars with natives for linux-x86_64 on the class path");
    }
    int status = parts.start();
    if (status != 0) {
      return new Fault("the CUDA driver does not start (" + parts.error(status) + ")",
          "See what nvidia-smi says; after an update of the driver, restart the machine");
    }
    int version = parts.driverVersion();
    if (version < LEAST_DRIVER) {
      return new Fault("the NVIDIA driver " + (parts.driverRelease().isEmpty() ? "" : parts.driverRelease() + " ")
          + "is too old: it offers CUDA " + text(version) + ", and the kernels need " + text(LEAST_DRIVER), NEWER_DRIVER);
    }
    return null;
  }

  private Fault cards() {
    if (parts.devices() == 0) {
      return new Fault("the CUDA driver sees no GPU", "Check CUDA_VISIBLE_DEVICES; start a container with --gpus all");
    }
    return old(parts.card(0));
  }

  private static Fault old(CudaParts.Card card) {
    return card.capability() >= LEAST_CAPABILITY ? null
        : new Fault("the GPU " + card.name() + " has compute capability " + card.capability() / 10 + "." + card.capability() % 10
            + ", and 7.5 (Turing) is needed", "Use a newer GPU; CUDA_VISIBLE_DEVICES chooses among several");
  }

  /**
   * Refuses a GPU that is too old for the kernels.
   *
   * @throws AthanorException with the remedy
   */
  static void check(String device, CudaParts.Card card) {
    Fault fault = old(card);
    if (fault != null) {
      throw new AthanorException("device " + device + " cannot be used: " + fault.reason + ". " + fault.remedy);
    }
  }

  private Fault cublas() {
    try {
      parts.load(CudaLibrary.CUBLAS);
    } catch (IOException e) {
      return new Fault("cuBLAS 12 could not be loaded: " + e.getMessage(), CudaLibrary.CUBLAS.remedy());
    }
    int[] version = parts.cublasVersion();
    return version[0] >= LEAST_CUBLAS ? null
        : new Fault("cuBLAS is version " + dotted(version) + " (" + parts.loadedFrom(CudaLibrary.CUBLAS) + "), and 12 is needed",
            CudaLibrary.CUBLAS.remedy());
  }

  /** Why cuDNN cannot be used, or null. Athanor does without it. */
  private Fault cudnnFault() {
    try {
      parts.load(CudaLibrary.CUDNN);
    } catch (IOException e) {
      return new Fault("cuDNN 9 could not be loaded: " + e.getMessage(), CudaLibrary.CUDNN.remedy());
    }
    long version = parts.cudnnVersion();
    String what = "cuDNN " + CudnnLibrary.version(version) + " (" + parts.loadedFrom(CudaLibrary.CUDNN) + ")";
    if (version < LEAST_CUDNN) {
      return new Fault(what + " is too old: 9 is needed", CudaLibrary.CUDNN.remedy());
    }
    int built = (int) (parts.cudnnCuda() / 1000);
    if (built > parts.driverVersion() / 1000) {
      return new Fault(what + " was built for CUDA " + text((int) parts.cudnnCuda()) + ", and the driver offers CUDA "
          + text(parts.driverVersion()), "Install cuDNN 9 for CUDA 12, or a newer driver");
    }
    return null;
  }

  /**
   * Whether to use cuDNN, after the library was loaded.
   *
   * @throws AthanorException if it is asked for and cannot be used
   */
  boolean usesCudnn(CudnnUse use) {
    if (use == CudnnUse.OFF) {
      return false;
    }
    Fault fault = cudnnFault();
    if (fault != null && use == CudnnUse.ON) {
      throw new AthanorException("athanor.cuda.cudnn is on, but " + fault.reason + ". " + fault.remedy);
    }
    return fault == null;
  }

  // ---- for doctor

  /** Driver, libraries and GPUs, each with version and file or with what is wrong; nothing where there are no NVIDIA parts. */
  List<Finding> examine(CudnnUse use) {
    List<Finding> found = new ArrayList<>();
    if (machine() != null) {
      return found;
    }
    Fault fault = driver();
    if (fault != null) {
      found.add(Finding.bad(fault.reason, fault.remedy));
      return found;
    }
    found.add(Finding.good("NVIDIA driver" + (parts.driverRelease().isEmpty() ? "" : " " + parts.driverRelease())
        + ", for CUDA up to " + text(parts.driverVersion())));
    found.add(Finding.good("JCuda " + jcuda.JCudaVersion.get()));
    gpus(found);
    fault = cublas();
    found.add(fault != null ? Finding.bad(fault.reason, fault.remedy)
        : Finding.good("cuBLAS " + dotted(parts.cublasVersion()) + ", " + parts.loadedFrom(CudaLibrary.CUBLAS)));
    if (use == CudnnUse.OFF) {
      found.add(Finding.good("cuDNN not used: athanor.cuda.cudnn is off"));
      return found;
    }
    fault = fault == null ? cudnnFault() : null;
    if (fault != null) {
      found.add(Finding.bad(fault.reason + "; convolutions run on Athanor's own kernels", fault.remedy));
    } else if (found.getLast().good()) {
      found.add(Finding.good("cuDNN " + CudnnLibrary.version(parts.cudnnVersion()) + " for CUDA " + text((int) parts.cudnnCuda())
          + ", " + parts.loadedFrom(CudaLibrary.CUDNN)));
    }
    return found;
  }

  private void gpus(List<Finding> found) {
    int count = parts.devices();
    if (count == 0) {
      Fault fault = cards();
      found.add(Finding.bad(fault.reason, fault.remedy));
    }
    for (int i = 0; i < count; i++) {
      CudaParts.Card card = parts.card(i);
      Fault fault = old(card);
      long free = fault == null ? parts.freeBytes(i) : -1;
      String memory = free < 0 ? "" : String.format(java.util.Locale.ROOT, ", %.1f of %.1f GiB free", free / 0x1p30,
          card.bytes() / 0x1p30);
      found.add(fault == null ? Finding.good("cuda:" + i + ": " + card.describe() + memory)
          : Finding.bad("cuda:" + i + ": " + fault.reason, fault.remedy));
    }
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

  private static String dotted(int[] version) {
    return version[0] + "." + version[1] + "." + version[2];
  }
}
