package dev.athanor.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import dev.athanor.backend.Availability;
import dev.athanor.backend.BackendProvider;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

/** The provider that a copy of the reference backend starts from. */
class ReferenceProviderTest {
  @Test
  void isFoundByServiceLoaderAndNeverChosenByItself() {
    BackendProvider provider = ServiceLoader.load(BackendProvider.class).stream().map(ServiceLoader.Provider::get)
        .filter(p -> p.name().equals("reference")).findFirst().orElseThrow();
    assertTrue(provider.rank() < 0);
    assertInstanceOf(Availability.Usable.class, provider.probe());
    try (var backend = provider.open(0)) {
      assertEquals("reference", backend.name());
    }
    AthanorException e = assertThrows(AthanorException.class, () -> provider.open(1));
    assertTrue(e.getMessage().contains("index 0"), e.getMessage());
  }

  @Test
  void useAfterReleaseThrows() {
    try (var backend = new ReferenceBackend()) {
      var buffer = backend.allocate(8);
      backend.release(buffer);
      assertThrows(IllegalStateException.class, () -> backend.release(buffer));
    }
  }
}
