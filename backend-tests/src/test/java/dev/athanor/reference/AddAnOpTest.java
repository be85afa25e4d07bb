package dev.athanor.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import dev.athanor.autograd.GradCheck;
import dev.athanor.autograd.Saved;
import dev.athanor.autograd.Tape;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Keeps the examples of docs/add-an-op.md true: they are this source, and they work. */
class AddAnOpTest {

  // [composed]
  /** √(a² + b²), broadcast. */
  static Tensor hypot(Tensor a, Tensor b) {
    Checks.floating("hypot", "a", a);
    Checks.broadcast("hypot", a, b);
    try (Scope temporaries = a.device().internalScope()) {
      return temporaries.keep(a.square().add(b.square()).sqrt());
    }
  }
  // [end]

  // [rule]
  /** The outer product of {@code a[M]} and {@code b[N]}: {@code [M, N]}. */
  static Tensor outer(Tensor a, Tensor b) {
    // 1. check
    Checks.sameType("outer", a, b);
    Checks.floating("outer", "a", a);
    Checks.rank("outer", "a", a, 1);
    Checks.rank("outer", "b", b, 1);
    // 2. allocate
    Tensor y = a.device().result("outer", a.dtype(), Shape.of(a.dim(0), b.dim(0)));
    // 3. call the backend
    a.device().backend().gemm(1, a.view().unsqueeze(1), b.view().unsqueeze(0), 0, y.view());
    // 4. record
    if (Tape.wants(a, b)) {
      Saved sa = b.requiresGrad() ? Saved.of(a) : null;
      Saved sb = a.requiresGrad() ? Saved.of(b) : null;
      Tape.record("outer", y, (dy, g) -> {
        if (g.wants(0)) {
          g.give(0, dy.matmul(sb.get()));
        }
        if (g.wants(1)) {
          g.give(1, sa.get().matmul(dy));
        }
      }, new Tensor[] {a, b}, Saved.present(sa, sb));
    }
    return y;
  }
  // [end]

  @Test
  void theExamplesWork() {
    try (Device device = Device.of(new ReferenceBackend()); Scope _ = device.scope()) {
      // [check]
      Tensor a = device.tensor(new double[] {3, -1, 0.5});
      Tensor b = device.tensor(new double[] {4, 2});
      GradCheck.check(x -> outer(x.get(0), x.get(1)), a, b);
      GradCheck.checkSecondOrder(x -> outer(x.get(0), x.get(1)), a, b);
      // [end]
      assertArrayEquals(new double[] {12, 6, -4, -2, 2, 1}, outer(a, b).toDoubles());
      GradCheck.check(x -> hypot(x.get(0), x.get(1)), a, device.tensor(new double[] {4}));
      GradCheck.checkSecondOrder(x -> hypot(x.get(0), x.get(1)), a, device.tensor(new double[] {4}));
      assertEquals(5, hypot(a, device.tensor(new double[] {4})).select(0, 0).item());
      assertThrows(AthanorException.class, () -> outer(a, outer(a, b)));
    }
  }

  @Test
  void thePageShowsThem() throws IOException {
    String page = Files.readString(Path.of("../docs/add-an-op.md"));
    String source = Files.readString(Path.of("src/test/java/dev/athanor/reference/AddAnOpTest.java"));
    for (String name : new String[] {"composed", "rule", "check"}) {
      int from = source.indexOf('\n', source.indexOf("// [" + name + "]")) + 1;
      String example = source.substring(from, source.lastIndexOf('\n', source.indexOf("// [end]", from)) + 1).stripTrailing().stripIndent() + "\n";
      assertTrue(page.contains(example), () -> "docs/add-an-op.md does not show the example '" + name + "' as it is:\n" + example);
    }
  }
}
