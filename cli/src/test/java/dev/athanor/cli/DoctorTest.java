package dev.athanor.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.athanor.backend.Availability;
import dev.athanor.backend.Backend;
import dev.athanor.backend.BackendProvider;
import dev.athanor.backend.Backends;
import dev.athanor.backend.Finding;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What {@code doctor} prints of devices that this machine does not have. */
class DoctorTest {
  /** A kind of device that says what it was told to. */
  private record Fake(Availability probe, List<Finding> examine) implements BackendProvider {
    @Override
    public String name() {
      return "cuda";
    }

    @Override
    public int rank() {
      return 100;
    }

    @Override
    public Backend open(int index) {
      throw new UnsupportedOperationException();
    }
  }

  private static String printed(Availability availability, Finding... findings) {
    var text = new StringWriter();
    var fake = new Fake(availability, List.of(findings));
    DoctorCommand.print(List.of(new Backends.Candidate(fake, availability)), new PrintWriter(text, true));
    return text.toString().replace("\r", "");
  }

  @Test
  void partsStandBelowTheirDeviceEachWithItsRemedy() {
    assertEquals("""

        Devices, the best first
          ok  cuda: NVIDIA H200
                ok  cuBLAS 12.6.4, /lib/libcublas.so.12
                NO  cuDNN 9 could not be loaded
                    -> Install cuDNN 9
        """, printed(new Availability.Usable("NVIDIA H200"),
        Finding.good("cuBLAS 12.6.4, /lib/libcublas.so.12"), Finding.bad("cuDNN 9 could not be loaded", "Install cuDNN 9")));
  }

  @Test
  void whatTheDeviceItselfSaysIsNotRepeated() {
    assertEquals("""

        Devices, the best first
          NO  cuda: no driver
              -> Install it
              -> put athanor-cpu on the class path; the launcher does
        """, printed(new Availability.Unusable("no driver", "Install it"), Finding.bad("no driver", "Install it")));
  }
}
