package dev.athanor.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CallRecorderTest {
  /** A method that is inherited as it stands would run at once while a plan records, and not at its replays. */
  @Test
  void everyOperationIsTakenDown() {
    List<String> missing = Stream.of(Backend.class, FusedOps.class).flatMap(c -> Arrays.stream(c.getMethods()))
        .filter(m -> !Modifier.isStatic(m.getModifiers()) && !isDeclared(m)).map(Method::toString).toList();
    assertEquals(List.of(), missing);
  }

  private static boolean isDeclared(Method m) {
    try {
      CallRecorder.class.getDeclaredMethod(m.getName(), m.getParameterTypes());
      return true;
    } catch (NoSuchMethodException e) {
      return false;
    }
  }
}
