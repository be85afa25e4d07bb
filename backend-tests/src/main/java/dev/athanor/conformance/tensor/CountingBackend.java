package dev.athanor.conformance.tensor;

import dev.athanor.backend.Backend;
import dev.athanor.backend.Buffer;
import dev.athanor.backend.OutOfDeviceMemoryException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/** A backend whose memory is counted and can be made small: an allocation beyond the limit fails as a full device does. */
final class CountingBackend {
  private final Backend real;
  long limit = Long.MAX_VALUE;
  long used;
  int allocations;
  int releases;
  int failures;

  CountingBackend(Backend real) {
    this.real = real;
  }

  /** The backend with its allocations counted. */
  Backend backend() {
    return (Backend) Proxy.newProxyInstance(Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, this::invoke);
  }

  private Object invoke(Object proxy, Method method, Object[] args) throws Throwable {
    if (method.getName().equals("allocate")) {
      long bytes = (Long) args[0];
      if (used + bytes > limit) {
        failures++;
        throw new OutOfDeviceMemoryException(bytes, "the device has " + (limit - used) + " bytes left");
      }
      Buffer b = real.allocate(bytes);
      used += b.bytes();
      allocations++;
      return b;
    }
    if (method.getName().equals("release")) {
      used -= ((Buffer) args[0]).bytes();
      releases++;
    }
    try {
      return method.invoke(real, args);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
