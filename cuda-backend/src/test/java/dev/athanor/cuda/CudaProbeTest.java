package dev.athanor.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import dev.athanor.backend.Availability;
import dev.athanor.backend.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said on machines whose parts are old, missing or do not fit together. */
class CudaProbeTest {
  @TempDir private Path folder;
  private final Machine machine = new Machine();
  private CudaProbe probe;

  /** A machine with everything, until a test takes something away. */
  private static final class Machine implements CudaParts {
    String noDriver;
    int status;
    int driver = 12_060;
    String release = "560.35.03";
    List<Card> cards = new ArrayList<>(List.of(new Card("NVIDIA H200", 90, 141L << 30)));
    final Map<CudaLibrary, String> missing = new EnumMap<>(CudaLibrary.class);
    int[] cublas = {12, 6, 4};
    long cudnn = 90_501;
    long cudnnCuda = 12_060;

    @Override
    public void loadDriver() {
      if (noDriver != null) {
        throw new UnsatisfiedLinkError(noDriver);
      }
    }

    @Override
    public int start() {
      return status;
    }

    @Override
    public String error(int status) {
      return "CUDA_ERROR_" + status;
    }

    @Override
    public int driverVersion() {
      return driver;
    }

    @Override
    public String driverRelease() {
      return release;
    }

    @Override
    public int devices() {
      return cards.size();
    }

    @Override
    public Card card(int index) {
      return cards.get(index);
    }

    @Override
    public long freeBytes(int index) {
      return 70L << 30;
    }

    @Override
    public void load(CudaLibrary library) throws IOException {
      if (missing.containsKey(library)) {
        throw new IOException(missing.get(library));
      }
    }

    @Override
    public String loadedFrom(CudaLibrary library) {
      return "/lib/" + library.main();
    }

    @Override
    public int[] cublasVersion() {
      return cublas;
    }

    @Override
    public long cudnnVersion() {
      return cudnn;
    }

    @Override
    public long cudnnCuda() {
      return cudnnCuda;
    }
  }

  @BeforeEach
  void device() throws IOException {
    Path file = Files.createFile(folder.resolve("nvidiactl"));
    probe = new CudaProbe("Linux", "amd64", List.of(file, folder.resolve("dxg")), machine);
  }

  private void unusable(String reason, String remedy) {
    var no = assertInstanceOf(Availability.Unusable.class, probe.probe());
    assertEquals(reason, no.reason());
    assertEquals(remedy + "; or choose --device cpu", no.remedy());
  }

  @Test
  void aWholeMachineIsUsable() {
    machine.cards.add(new CudaParts.Card("NVIDIA A100", 80, 80L << 30));
    var yes = assertInstanceOf(Availability.Usable.class, probe.probe());
    assertEquals("NVIDIA H200, 141 GiB, compute capability 9.0, driver for CUDA 12.6, 2 GPUs", yes.detail());
    assertTrue(probe.usesCudnn(CudnnUse.AUTO));
    assertFalse(probe.usesCudnn(CudnnUse.OFF));
    assertEquals(List.of(Finding.good("NVIDIA driver 560.35.03, for CUDA up to 12.6"), Finding.good("JCuda 12.6.0"),
        Finding.good("cuda:0: NVIDIA H200, 141 GiB, compute capability 9.0, 70.0 of 141.0 GiB free"),
        Finding.good("cuda:1: NVIDIA A100, 80 GiB, compute capability 8.0, 70.0 of 80.0 GiB free"),
        Finding.good("cuBLAS 12.6.4, /lib/libcublas.so.12"), Finding.good("cuDNN 9.5.1 for CUDA 12.6, /lib/libcudnn.so.9")),
        probe.examine(CudnnUse.AUTO));
  }

  @Test
  void aDriverThatCannotBeLoadedOrStarted() {
    machine.noDriver = "Error while loading\n  libcuda.so.1: cannot open shared object file: No such file or directory\n";
    unusable("the CUDA driver's library could not be loaded (libcuda.so.1: cannot open shared object file: No such file or "
        + "directory)",
        "Install the NVIDIA driver's libcuda.so.1, and keep JCuda's jars with natives for linux-x86_64 on the class path");
    assertEquals(1, probe.examine(CudnnUse.AUTO).size());
    machine.noDriver = null;
    machine.status = 803;
    unusable("the CUDA driver does not start (CUDA_ERROR_803)",
        "See what nvidia-smi says; after an update of the driver, restart the machine");
  }

  @Test
  void aDriverTooOldForThePtx() {
    machine.driver = 11_040;
    machine.release = "470.82.01";
    unusable("the NVIDIA driver 470.82.01 is too old: it offers CUDA 11.4, and the kernels need 12.0",
        "Install driver 525 or later");
    assertEquals(List.of(Finding.bad("the NVIDIA driver 470.82.01 is too old: it offers CUDA 11.4, and the kernels need 12.0",
        "Install driver 525 or later")), probe.examine(CudnnUse.AUTO));
    assertEquals("loading of kernel unary_exp_f32: the driver does not take its PTX (CUDA_ERROR_UNSUPPORTED_PTX_VERSION). "
        + "Install driver 525 or later", JCudaGpu.loadingError("unary_exp_f32", 222, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION"));
    assertEquals("loading of kernel unary_exp_f32: CUDA_ERROR_OPERATING_SYSTEM",
        JCudaGpu.loadingError("unary_exp_f32", 304, "CUDA_ERROR_OPERATING_SYSTEM"));
  }

  @Test
  void noGpuAndGpusThatAreTooOld() {
    machine.cards.clear();
    unusable("the CUDA driver sees no GPU", "Check CUDA_VISIBLE_DEVICES; start a container with --gpus all");
    CudaParts.Card pascal = new CudaParts.Card("NVIDIA GeForce GTX 1080", 61, 8L << 30);
    machine.cards.add(pascal);
    String reason = "the GPU NVIDIA GeForce GTX 1080 has compute capability 6.1, and 7.5 (Turing) is needed";
    String remedy = "Use a newer GPU; CUDA_VISIBLE_DEVICES chooses among several";
    unusable(reason, remedy);
    String named = assertThrows(AthanorException.class, () -> CudaProbe.check("cuda:1", pascal)).getMessage();
    assertEquals("device cuda:1 cannot be used: " + reason + ". " + remedy, named);
    CudaProbe.check("cuda:0", new CudaParts.Card("NVIDIA T4", 75, 16L << 30));
    assertTrue(probe.examine(CudnnUse.AUTO).contains(Finding.bad("cuda:0: " + reason, remedy)));
  }

  @Test
  void cublasMissingOrOfAnotherVersion() {
    machine.missing.put(CudaLibrary.CUBLAS, "libcublas.so.12 was looked for in this order: here and there");
    unusable("cuBLAS 12 could not be loaded: libcublas.so.12 was looked for in this order: here and there",
        CudaLibrary.CUBLAS.remedy());
    machine.missing.clear();
    machine.cublas = new int[] {11, 10, 3};
    unusable("cuBLAS is version 11.10.3 (/lib/libcublas.so.12), and 12 is needed", CudaLibrary.CUBLAS.remedy());
    assertTrue(CudaLibrary.CUBLAS.remedy().contains("-Dathanor.cuda.libraries=FOLDER"));
    assertTrue(CudaLibrary.CUBLAS.remedy().contains("cuda-redist"));
  }

  @Test
  void cudnnMissingTooOldOrForANewerCuda() {
    machine.missing.put(CudaLibrary.CUDNN, "libcudnn.so.9 was looked for in this order: here and there");
    cudnnFault("cuDNN 9 could not be loaded: libcudnn.so.9 was looked for in this order: here and there",
        CudaLibrary.CUDNN.remedy());
    machine.missing.clear();
    machine.cudnn = 8_907;
    cudnnFault("cuDNN 8.9.7 (/lib/libcudnn.so.9) is too old: 9 is needed", CudaLibrary.CUDNN.remedy());
    machine.cudnn = 91_200;
    machine.cudnnCuda = 13_000;
    cudnnFault("cuDNN 9.12.0 (/lib/libcudnn.so.9) was built for CUDA 13.0, and the driver offers CUDA 12.6",
        "Install cuDNN 9 for CUDA 12, or a newer driver");
    machine.driver = 13_000;
    assertTrue(probe.usesCudnn(CudnnUse.ON));
  }

  private void cudnnFault(String reason, String remedy) {
    assertInstanceOf(Availability.Usable.class, probe.probe(), "Athanor does without cuDNN");
    assertFalse(probe.usesCudnn(CudnnUse.AUTO));
    String message = assertThrows(AthanorException.class, () -> probe.usesCudnn(CudnnUse.ON)).getMessage();
    assertEquals("athanor.cuda.cudnn is on, but " + reason + ". " + remedy, message);
    assertEquals(Finding.bad(reason + "; convolutions run on Athanor's own kernels", remedy),
        probe.examine(CudnnUse.AUTO).getLast());
  }

  @Test
  void withoutNvidiaPartsNothingIsAsked() {
    machine.noDriver = "must not be asked";
    CudaProbe none = new CudaProbe("Linux", "amd64", List.of(folder.resolve("a"), folder.resolve("b")), machine);
    assertEquals(List.of(), none.examine(CudnnUse.AUTO));
    assertTrue(assertInstanceOf(Availability.Unusable.class, none.probe()).reason().startsWith("there is no NVIDIA GPU"));
  }
}
