package dev.athanor.conformance.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.autograd.Autograd;
import dev.athanor.backend.Backend;
import dev.athanor.backend.Buffer;
import dev.athanor.backend.OutOfDeviceMemoryException;
import dev.athanor.memory.CachingAllocator;
import dev.athanor.memory.MemoryStats;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import dev.athanor.tensor.View;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/** Scopes, the allocator, and memory that nobody closes. */
final class MemoryTests extends TensorFamily {
  private static final long MIB = 1 << 20;
  private final Supplier<Backend> open;

  MemoryTests(Device device, Supplier<Backend> open) {
    super(device);
    this.open = open;
  }

  @Override
  void define() {
    scopes();
    keeping();
    useAfterClose();
    graphs();
    unscoped();
    allocator();
    fullDevice();
    devices();
  }

  private long live() {
    return device.memory().live();
  }

  private void scopes() {
    plain("a scope gives back what was made in it, views and results alike", () -> {
      long before = live();
      Tensor x;
      Tensor view;
      try (Scope scope = device.scope()) {
        assertSame(device, scope.device());
        x = count(1000);
        view = x.slice(0, 0, 10);
        x.add(view.sum());
        assertTrue(live() >= before + 16_000);
      }
      assertTrue(x.isClosed() && view.isClosed());
      assertEquals(before, live());
    });
    plain("scopes nest", () -> {
      long before = live();
      try (Scope outer = device.scope()) {
        Tensor a = count(100);
        Tensor b;
        try (Scope inner = device.scope()) {
          b = a.add(a);
        }
        assertTrue(b.isClosed());
        assertFalse(a.isClosed());
        expect(a.slice(0, 3, 4), dims(1), 3);
      }
      assertEquals(before, live());
    });
    plain("closing a tensor early gives its memory back at once, closing twice does nothing", () -> {
      try (Scope scope = device.scope()) {
        long before = live();
        Tensor x = count(1000);
        Tensor y = x.reshape(10, 100);
        x.close();
        x.close();
        assertTrue(live() > before);
        y.close();
        assertEquals(before, live());
      }
    });
    plain("a scope closed before an inner one is an error, and both can be closed after it", () -> {
      Scope outer = device.scope();
      Scope inner = device.scope();
      IllegalStateException e = assertThrows(IllegalStateException.class, outer::close);
      assertTrue(e.getMessage().contains("inner scope"), e.getMessage());
      inner.close();
      outer.close();
      outer.close();
    });
    plain("a scope closed by another thread is an error", () -> {
      try (Scope scope = device.scope()) {
        var thrown = new AtomicReference<Throwable>();
        Thread t = new Thread(() -> {
          try {
            scope.close();
          } catch (IllegalStateException e) {
            thrown.set(e);
          }
        });
        t.start();
        t.join();
        assertTrue(thrown.get() != null && thrown.get().getMessage().contains("thread"));
      }
    });
    plain("scopes belong to their thread", () -> {
      try (Scope scope = device.scope()) {
        var made = new AtomicReference<Tensor>();
        Thread t = new Thread(() -> made.set(count(10)));
        t.start();
        t.join();
        scope.close();
        assertFalse(made.get().isClosed());
        made.get().close();
      }
    });
    plain("an exception passes through a scope and leaves nothing", () -> {
      long before = live();
      assertThrows(IllegalArgumentException.class, () -> {
        try (Scope scope = device.scope()) {
          count(1000).add(1.0);
          throw new IllegalArgumentException("planted");
        }
      });
      assertTrue(live() <= before + 64, "a constant at most");
      try (Scope scope = device.scope()) {
        fails(() -> count(2).add(count(3)), "add");
      }
    });
  }

  private void keeping() {
    plain("keep moves a tensor one scope out", () -> {
      long before = live();
      try (Scope outer = device.scope()) {
        Tensor kept;
        try (Scope inner = device.scope()) {
          Tensor x = count(10);
          kept = inner.keep(x.slice(0, 2, 4));
          assertSame(kept, inner.keep(kept), "again: it belongs to the outer one now");
        }
        expect(kept, dims(2), 2, 3);
        outer.keep(kept);
        outer.close();
        expect(kept, dims(2), 2, 3);
        kept.close();
      }
      assertEquals(before, live());
    });
    plain("an outer scope keeps what an inner one owns", () -> {
      long before = live();
      Tensor kept;
      try (Scope outer = device.scope()) {
        try (Scope inner = device.scope()) {
          kept = outer.keep(count(5));
        }
        assertFalse(kept.isClosed());
      }
      expect(kept, dims(5), 0, 1, 2, 3, 4);
      kept.close();
      assertEquals(before, live());
    });
    plain("keeping what is not the scope's changes nothing", () -> {
      try (Scope outer = device.scope()) {
        Tensor x = count(3);
        try (Scope inner = device.scope()) {
          inner.keep(x);
        }
        Tensor free = count(3).persist();
        outer.keep(free);
        outer.close();
        assertTrue(x.isClosed());
        assertFalse(free.isClosed());
        free.close();
      }
    });
    plain("keeping a closed tensor or one of another device is an error", () -> {
      try (Scope scope = device.scope(); Device other = Device.of(open.get())) {
        Tensor x = count(3);
        x.close();
        fails(() -> scope.keep(x), "closed");
        fails(() -> scope.keep(other.zeros(2)), "keep", other.name());
      }
    });
    plain("persist outlives every scope", () -> {
      long before = live();
      Tensor p;
      try (Scope outer = device.scope()) {
        try (Scope inner = device.scope()) {
          p = count(7).persist();
        }
      }
      expect(p.slice(0, 0, 2), dims(2), 0, 1);
      p.close();
      assertTrue(live() <= before + 64, () -> "left " + (live() - before)); // the unscoped slice is the collector's
    });
    plain("scopes of two devices do not mix", () -> {
      try (Device other = Device.of(open.get())) {
        Tensor there;
        Tensor here;
        try (Scope mine = device.scope(); Scope theirs = other.scope()) {
          here = count(3);
          there = other.zeros(3);
          theirs.keep(there);
        }
        assertTrue(here.isClosed());
        assertFalse(there.isClosed());
        try (Scope mine = device.scope()) {
          Tensor moved = there.to(device);
          assertSame(device, moved.device());
          expect(moved, dims(3), 0, 0, 0);
          assertSame(there, there.to(other));
          fails(() -> moved.add(there), "devices differ", "to(device)");
        }
      }
    });
  }

  private void useAfterClose() {
    plain("using a closed tensor names where it was made and how it was closed", () -> {
      Tensor x = count(2, 3);
      x.close();
      fails(() -> x.add(1), "closed tensor", "float64[2, 3]", "by close()", "conformance.tensor");
      Tensor y;
      try (Scope scope = device.scope()) {
        y = count(2).neg();
      }
      fails(y::toDoubles, "closed", "with its scope", "keep", "persist", "conformance.tensor");
      fails(y::detach, "closed");
      fails(y::persist, "closed");
      fails(() -> y.reshape(2, 1), "closed");
      fails(() -> y.fill(0), "closed");
      assertEquals("Tensor(closed, float64[2])", y.toString());
      assertEquals(Shape.of(2), y.shape());
    });
  }

  private void graphs() {
    plain("a forward pass never followed by backward releases what it saved", () -> {
      Tensor w = count(100).persist().requiresGrad(true);
      long before = live();
      for (int i = 0; i < 3; i++) {
        try (Scope scope = device.scope()) {
          Tensor y = w.exp().mul(w).sum();
          assertTrue(y.requiresGrad());
        }
      }
      assertEquals(before, live());
      w.close();
    });
    plain("what backward needs lives on when its input is closed", () -> {
      long before = live();
      try (Scope scope = device.scope()) {
        Tensor x = count(3).requiresGrad(true);
        Tensor y = x.mul(2);
        Tensor z = y.square();
        y.close();
        expect(Autograd.grad(z.sum(), x).getFirst(), dims(3), 0, 8, 16);
      }
      assertTrue(live() <= before + 64);
    });
    plain("backward releases the graph as it goes", () -> {
      try (Scope scope = device.scope()) {
        Tensor x = count(10_000).requiresGrad(true);
        Tensor y = x;
        for (int i = 0; i < 10; i++) {
          Tensor next = y.tanh();
          if (y != x) {
            y.close();
          }
          y = next;
        }
        Tensor s = y.sum();
        y.close();
        long before = live();
        s.backward();
        // Ten saved results of 80 kB are gone; the gradient has come.
        assertTrue(live() <= before - 9 * 80_000 + 2 * 81_920, () -> before + " bytes before, " + live() + " after");
      }
    });
    plain("gradients and parameters survive the step's scope, the rest does not", () -> {
      Tensor w = count(50).persist().requiresGrad(true);
      long before = live();
      for (int i = 0; i < 3; i++) {
        try (Scope scope = device.scope()) {
          w.square().sum().backward();
        }
      }
      expect(w.grad().slice(0, 2, 3), dims(1), 12);
      assertEquals(before + 448, live(), "one gradient");
      w.zeroGrad();
      w.close();
    });
    plain("a kept result keeps its graph, and the outer scope releases it", () -> {
      long before = collected();
      try (Scope outer = device.scope()) {
        Tensor x = count(1000).requiresGrad(true);
        Tensor kept;
        try (Scope inner = device.scope()) {
          kept = inner.keep(x.exp().sum());
        }
        assertTrue(live() >= before + 16_000);
      }
      assertTrue(live() <= before + 64, () -> "left " + (live() - before));
    });
  }

  // ---- without scopes

  private void unscoped() {
    plain("what is unreachable comes back", () -> {
      long before = collected();
      for (int i = 0; i < 100; i++) {
        count(1000).add(1);
      }
      long after = collected();
      assertTrue(after <= before + 64, () -> (after - before) + " bytes did not come back");
    });
    plain("a graph that is unreachable comes back with what it saved", () -> {
      long before = collected();
      abandonGraphs();
      long after = collected();
      assertTrue(after <= before + 64, () -> (after - before) + " bytes did not come back");
    });
    plain("a loop without scopes stays bounded although the Java heap hardly grows", () -> {
      var counting = new CountingBackend(open.get());
      try (Device small = Device.of(counting.backend())) {
        Tensor x = small.result("test", DType.FLOAT32, Shape.of(MIB)); // 4 MiB
        long highest = 0;
        for (int i = 0; i < 400; i++) { // 1.6 GiB in all
          x = small.result("test", DType.FLOAT32, x.shape());
          highest = Math.max(highest, counting.used);
        }
        long found = highest;
        assertTrue(found <= 320 * MIB, () -> MemoryStats.size(found) + " were allocated at once");
      }
    });
    plain("sizes that change do not pile up in the cache", () -> {
      var counting = new CountingBackend(open.get());
      try (Device small = Device.of(counting.backend())) {
        long highest = 0;
        for (int i = 1; i < 200; i++) {
          try (Scope scope = small.scope()) {
            small.result("test", DType.FLOAT32, Shape.of(100_000L * i)); // up to 80 MB each, 7 GB in all
            highest = Math.max(highest, counting.used);
          }
        }
        long found = highest;
        assertTrue(found <= 512 * MIB, () -> MemoryStats.size(found) + " were allocated at once");
      }
    });
  }

  private void abandonGraphs() {
    Tensor x = count(1000).requiresGrad(true);
    for (int i = 0; i < 50; i++) {
      x.exp().mul(x).sum().backward();
      x.square().sum();
    }
  }

  /** The live bytes after garbage collections. */
  private long collected() throws InterruptedException {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 20; i++) {
      System.gc();
      Thread.sleep(10);
      long now = live();
      if (now == least && i > 3) {
        break;
      }
      least = Math.min(least, now);
    }
    return least;
  }

  // ---- the allocator

  private void allocator() {
    plain("a size class serves every size, and wastes little", () -> {
      try (Backend backend = open.get()) {
        var allocator = new CachingAllocator(backend);
        for (long bytes = 0; bytes < 200_000; bytes = bytes < 2100 ? bytes + 1 : bytes + bytes / 37) {
          Buffer b = allocator.allocate(bytes);
          long wanted = bytes;
          assertTrue(b.bytes() >= wanted, () -> wanted + " bytes got " + b.bytes());
          long needed = Math.max(64, bytes + 63 & -64);
          assertTrue(b.bytes() <= needed + needed / 4, () -> wanted + " bytes got " + b.bytes());
          allocator.free(b);
          assertSame(b, allocator.allocate(bytes), "the cache serves the same size again");
          allocator.free(b);
        }
        assertEquals(0, allocator.stats().live());
        allocator.trim();
      }
    });
    plain("statistics", () -> {
      var counting = new CountingBackend(open.get());
      var allocator = new CachingAllocator(counting.backend());
      Buffer a = allocator.allocate(100);
      Buffer b = allocator.allocate(1000);
      assertEquals(new MemoryStats(128 + 1024, 0, 128 + 1024, 2, 2), allocator.stats());
      allocator.free(a);
      assertEquals(new MemoryStats(1024, 128, 1152, 2, 2), allocator.stats());
      assertSame(a, allocator.allocate(65));
      assertEquals(new MemoryStats(1152, 0, 1152, 3, 2), allocator.stats());
      assertNotSame(b, allocator.allocate(1024));
      allocator.free(a);
      allocator.free(b);
      allocator.trim();
      assertEquals(2, counting.releases);
      assertEquals(new MemoryStats(1024, 0, 2176, 4, 3), allocator.stats());
      assertEquals("live 1.0 KiB, cached 0 B, peak 2.1 KiB, 4 requests, 3 misses", allocator.stats().toString());
      assertEquals("1.5 MiB", MemoryStats.size(3 * MIB / 2));
      assertEquals("1023 B", MemoryStats.size(1023));
      counting.backend().close();
    });
    plain("workspace memory comes from the same cache", () -> {
      try (Backend backend = open.get()) {
        var allocator = new CachingAllocator(backend);
        View v = allocator.take(DType.FLOAT64, Shape.of(3, 4));
        assertEquals(128, allocator.stats().live());
        allocator.give(v);
        assertSame(v.buffer(), allocator.allocate(100));
        allocator.trim();
      }
    });
    plain("a step in a scope allocates nothing from the device after its first time", () -> {
      var counting = new CountingBackend(open.get());
      try (Device d = Device.of(counting.backend())) {
        Tensor w = d.ones(20, 20).persist().requiresGrad(true);
        int after = 0;
        for (int i = 0; i < 5; i++) {
          try (Scope step = d.scope()) {
            Tensor x = d.ones(4, 20);
            x.matmul(w).tanh().square().mean().backward();
            w.zeroGrad();
          }
          if (i == 1) {
            after = counting.allocations;
          }
        }
        assertEquals(after, counting.allocations);
      }
    });
    plain("tensors made by several threads are whole", () -> {
      var allocator = device.allocator();
      long before = device.memory().live();
      var threads = new ArrayList<Thread>();
      var failure = new AtomicReference<Throwable>();
      for (int i = 0; i < 4; i++) {
        Thread t = new Thread(() -> {
          var mine = new ArrayList<Buffer>();
          for (int k = 0; k < 2000; k++) {
            mine.add(allocator.allocate(64L * (k % 7 + 1)));
            if (mine.size() > 10) {
              allocator.free(mine.removeFirst());
            }
          }
          mine.forEach(allocator::free);
        });
        t.setUncaughtExceptionHandler((_, e) -> failure.set(e));
        threads.add(t);
        t.start();
      }
      for (Thread t : threads) {
        t.join();
      }
      assertEquals(null, failure.get());
      assertEquals(before, device.memory().live());
    });
  }

  private void fullDevice() {
    plain("a full device empties its cache and tries once more", () -> {
      var counting = new CountingBackend(open.get());
      try (Device d = Device.of(counting.backend())) {
        counting.limit = 3 * MIB;
        try (Scope scope = d.scope()) {
          d.zeros(DType.FLOAT32, Shape.of(MIB / 2)); // 2 MiB, then cached
        }
        try (Scope scope = d.scope()) {
          Tensor x = d.zeros(DType.FLOAT32, Shape.of(5 * MIB / 8)); // 2.5 MiB
          assertEquals(1, counting.failures);
          assertEquals(1, counting.releases);
          OutOfDeviceMemoryException e = assertThrows(OutOfDeviceMemoryException.class, () -> x.add(x));
          assertTrue(e.getMessage().contains("2.5 MiB in use") && e.getMessage().contains("scope"), e.getMessage());
          assertEquals(5 * MIB / 2, e.requested());
          x.slice(0, 0, 10).add(1); // goes on working
        }
      }
    });
    plain("a full device takes back what is unreachable first", () -> {
      var counting = new CountingBackend(open.get());
      try (Device d = Device.of(counting.backend())) {
        counting.limit = 10 * MIB;
        for (int i = 0; i < 20; i++) {
          d.result("test", DType.FLOAT32, Shape.of(MIB / 2)); // 2 MiB each, dropped
        }
        assertTrue(counting.failures > 0);
      }
    });
  }

  private void devices() {
    plain("a closed device says so", () -> {
      Device d = Device.of(open.get());
      Tensor x = d.ones(3);
      d.close();
      d.close();
      fails(() -> x.add(x), "was closed");
      fails(() -> x.softmax(0), "was closed");
      fails(() -> d.zeros(1), "was closed");
    });
    plain("constants are made once", () -> {
      try (Device d = Device.of(open.get())) {
        assertSame(d.constant(DType.FLOAT32, 0.5), d.constant(DType.FLOAT32, 0.5));
        assertNotSame(d.constant(DType.FLOAT32, 0.0), d.constant(DType.FLOAT32, -0.0));
        assertNotSame(d.constant(DType.FLOAT32, 1), d.constant(DType.INT32, 1));
        try (Scope scope = d.scope()) {
          for (int i = 0; i < 3000; i++) { // more than are kept
            Tensor x = d.constant(DType.FLOAT64, i);
            if (i % 100 == 0) {
              expect(x, dims(), i);
            }
          }
        }
        assertTrue(d.memory().live() <= 1024 * 64);
        expect(d.tensor(new double[] {1}).add(2999), dims(1), 3000);
      }
    });
  }
}
