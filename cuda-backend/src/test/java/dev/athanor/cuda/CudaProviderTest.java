package dev.athanor.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.athanor.AthanorException;
import dev.athanor.backend.Availability;
import dev.athanor.backend.Backends;
import dev.athanor.ptx.Check;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the providers say, on machines with and without parts of CUDA. */
class CudaProviderTest {
  @TempDir private Path folder;

  private static Availability.Unusable unusable(Availability a) {
    return assertInstanceOf(Availability.Unusable.class, a);
  }

  private List<Path> noDevice() {
    return List.of(folder.resolve("nvidiactl"), folder.resolve("dxg"));
  }

  @Test
  void withoutADeviceFileNothingIsPrintedOrTried() {
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    try {
      PrintStream to = new PrintStream(said, true, StandardCharsets.UTF_8);
      System.setOut(to);
      System.setErr(to);
      Availability.Unusable no = unusable(new CudaProbe("Linux", "amd64", noDevice(), new JCudaParts()).probe());
      assertTrue(no.reason().contains("no NVIDIA GPU"), no.reason());
      assertTrue(no.remedy().contains("driver") && no.remedy().contains("--gpus all"), no.remedy());
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
    assertEquals("", said.toString(StandardCharsets.UTF_8));
  }

  @Test
  void aDeviceFileWithoutADriverIsExplained() throws IOException {
    assumeFalse(CudaProbe.DEVICE_FILES.stream().anyMatch(Files::exists), "this machine may have a driver");
    Path device = Files.createFile(folder.resolve("nvidiactl"));
    CudaProbe probe = new CudaProbe("Linux", "amd64", List.of(device, folder.resolve("dxg")), new JCudaParts());
    Availability.Unusable no = unusable(probe.probe());
    assertTrue(no.reason().contains("driver") && no.reason().contains("libcuda.so.1"), no.reason());
    assertFalse(no.reason().contains("\n"), no.reason());
    assertTrue(no.remedy().contains("libcuda.so.1"), no.remedy());
    Availability.Unusable again = unusable(new CudaProbe("Linux", "amd64", List.of(device, device), new JCudaParts()).probe());
    assertEquals(no.reason(), again.reason(), "also the second time");
  }

  @Test
  void otherSystemsAreNamed() {
    Availability.Unusable no = unusable(new CudaProbe("Mac OS X", "aarch64", noDevice(), new JCudaParts()).probe());
    assertTrue(no.reason().contains("Mac OS X") && no.reason().contains("aarch64"), no.reason());
    assertTrue(no.remedy().endsWith("or choose --device cpu"), no.remedy());
  }

  @Test
  void versionsReadAsPeopleWriteThem() {
    assertEquals("12.6", CudaProbe.text(12_060));
    assertEquals("11.4", CudaProbe.text(11_040));
  }

  @Test
  void cudaAskedForByNameIsAnErrorWithTheRemedyWhereItCannotBeUsed() {
    assumeFalse(CudaProbe.DEVICE_FILES.stream().anyMatch(Files::exists), "this machine may have a GPU");
    AthanorException e = assertThrows(AthanorException.class, () -> Backends.open("cuda"));
    assertTrue(e.getMessage().startsWith("device cuda cannot be used: there is no NVIDIA GPU"), e.getMessage());
    assertTrue(e.getMessage().contains("--gpus all"), e.getMessage());
    AthanorException direct = assertThrows(AthanorException.class, () -> new CudaProvider().open(0));
    assertTrue(direct.getMessage().contains("no NVIDIA GPU"), direct.getMessage());
  }

  @Test
  void theSimulatorIsOpenedByNameAndNeverByAuto() {
    assertTrue(new SimulatedCudaProvider().rank() < 0);
    assertTrue(new CudaProvider().rank() > 0);
    try (var backend = Backends.open("cuda-sim")) {
      assertEquals("cuda-sim", backend.name());
      assertTrue(backend.description().contains("simulator"), backend.description());
    }
    assertThrows(AthanorException.class, () -> new SimulatedCudaProvider().open(1));
  }

  @Test
  void checksAreChosenByName() {
    assertEquals(Set.of(), SimulatedCudaProvider.checks("none"));
    assertEquals(Set.of(Check.UNWRITTEN, Check.SHARED_RACES), SimulatedCudaProvider.checks("unwritten, shared_races"));
    assertTrue(SimulatedCudaProvider.checks("all").contains(Check.GLOBAL_RACES));
    AthanorException e = assertThrows(AthanorException.class, () -> SimulatedCudaProvider.checks("races"));
    assertTrue(e.getMessage().contains("'races'") && e.getMessage().contains("SHARED_RACES"), e.getMessage());
  }
}
